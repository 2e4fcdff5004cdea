// A browser's page or dedicated worker: the report is posted
import { runSuite } from "../suite/main.ts";
import type { SuiteReport } from "../suite/report.ts";

interface Scope {
  postMessage(message: SuiteReport): void;
  window?: unknown;
  resolveReport?: (report: SuiteReport) => void;
}
const scope = globalThis as unknown as Scope;

const report = await runSuite();
if (scope.window === undefined) scope.postMessage(report);
else scope.resolveReport?.(report);
