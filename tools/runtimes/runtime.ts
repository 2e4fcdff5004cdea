// A runtime as the table knows it
import type { SuiteReport } from "./suite/report.ts";

export interface Workplace {
  /** Where the tarballs are installed by npm. */
  readonly installed: string;
  /** For bundles and configurations of one runtime. */
  readonly folder: string;
}

export interface Outcome {
  readonly version: string;
  readonly report: SuiteReport;
}

export interface Runtime {
  /** For `--only`. */
  readonly id: string;
  readonly title: string;
  /** Runs the suite. Throws `NotAvailable` when the runtime cannot be had, anything else when it broke down. */
  run(place: Workplace): Promise<Outcome>;
}
