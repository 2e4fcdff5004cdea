// workerd: the report answers a request
import { reason } from "../suite/report.ts";

export default {
  async fetch(): Promise<Response> {
    try {
      // modules are evaluated without a request; some of the suite's work would not be allowed there
      const { runSuite } = await import("../suite/main.ts");
      return Response.json(await runSuite());
    } catch (error) {
      return new Response(reason(error), { status: 500 });
    }
  },
};
