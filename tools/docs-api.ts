// npm run docs:api: writes the API reference to docs/api; a warning is a failure.
import { apiReference } from "./docs/api-reference.ts";

const reference = await apiReference(process.cwd());
for (const fault of reference.faults) console.error(fault);
if (reference.project === undefined || reference.faults.length > 0) process.exitCode = 1;
else {
  await reference.write("docs/api");
  console.log("docs/api/index.html");
}
