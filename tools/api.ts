// npm run api: writes the API report of each library. `npm test` compares them.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { apiReport, DOORS, reportPath } from "./docs/api-reports.ts";

const root = process.cwd();
for (const door of DOORS) {
  mkdirSync(dirname(reportPath(root, door)), { recursive: true });
  writeFileSync(reportPath(root, door), apiReport(root, door));
}
