// npm run api: writes the API report of each library. `npm test` compares them.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { apiReport, REPORTED, reportPath } from "./docs/api-reports.ts";

const root = process.cwd();
for (const name of REPORTED) {
  mkdirSync(dirname(reportPath(root, name)), { recursive: true });
  writeFileSync(reportPath(root, name), apiReport(root, name));
}
