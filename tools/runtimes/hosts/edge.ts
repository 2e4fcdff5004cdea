// Vercel's edge-runtime: a script with one listener
import { runSuite } from "../suite/main.ts";
import { reason } from "../suite/report.ts";

interface FetchEvent {
  respondWith(answer: Promise<Response>): void;
}
declare const addEventListener: (type: "fetch", listener: (event: FetchEvent) => void) => void;

addEventListener("fetch", (event) =>
  event.respondWith(
    runSuite().then(
      (report) => Response.json(report),
      (error) => new Response(reason(error), { status: 500 }),
    ),
  ),
);
