// npm run test:runtimes: the same suite on the packed tarballs in every runtime, and one table.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { installed } from "../packaging/install.ts";
import { PACKAGES } from "../packaging/pack.ts";
import { cache } from "../packaging/root.ts";
import { NotAvailable } from "../packaging/tools.ts";
import { BROWSERS } from "./browsers.ts";
import { CONSOLE_RUNTIMES } from "./console-runtimes.ts";
import { EDGE_RUNTIMES } from "./edge-runtimes.ts";
import type { Runtime } from "./runtime.ts";
import { reason } from "./suite/report.ts";
import { complaints, failedOf, passedOf, type Row, rowOf, table } from "./table.ts";

const RUNTIMES: readonly Runtime[] = [...CONSOLE_RUNTIMES, ...EDGE_RUNTIMES, ...BROWSERS];
const MAX_COMPLAINTS = 40;

const HELP = `usage: npm run test:runtimes [-- --only ID,ID] [--json FILE] [--strict] [--install]

  --only     ${RUNTIMES.map(({ id }) => id).join(", ")}
  --json     write versions, figures and failures there
  --strict   a runtime that is not available fails the run
  --install  let root install Chromium from Debian (always so in CI)
`;

async function runOne(runtime: Runtime, installation: string): Promise<Row> {
  const start = performance.now();
  const folder = cache("runtimes", runtime.id);
  mkdirSync(folder, { recursive: true });
  const seconds = () => (performance.now() - start) / 1000;
  try {
    const { version, report } = await runtime.run({ installed: installation, folder });
    const clean = report.parts.length > 0 && report.parts.every(({ failures }) => failures.length === 0);
    return { ...rowOf(runtime), state: clean ? "passed" : "failed", version, report, seconds: seconds() };
  } catch (error) {
    const state = error instanceof NotAvailable ? "not available" : "failed";
    const why = error instanceof NotAvailable ? error.message : reason(error);
    return { ...rowOf(runtime), state, reason: why, seconds: seconds() };
  }
}

function chosen(only: string | undefined): readonly Runtime[] {
  if (only === undefined) return RUNTIMES;
  const ids = only.split(",");
  const unknown = ids.filter((id) => !RUNTIMES.some((runtime) => runtime.id === id));
  if (unknown.length > 0) throw new TypeError(`--only: unknown ${unknown.join(", ")}`);
  return RUNTIMES.filter(({ id }) => ids.includes(id));
}

function conclude(rows: readonly Row[], json: string | undefined): void {
  console.log(`\n${table(rows)}\n`);
  const said = complaints(rows);
  for (const line of said.slice(0, MAX_COMPLAINTS)) console.log(line);
  if (said.length > MAX_COMPLAINTS) console.log(`… and ${said.length - MAX_COMPLAINTS} more`);
  const count = (state: Row["state"]) => rows.filter((row) => row.state === state).length;
  const missing = count("not available");
  console.log(
    `${count("passed")} runtimes passed, ${count("failed")} failed${missing > 0 ? `, ${missing} not available` : ""}`,
  );
  if (json === undefined) return;
  mkdirSync(dirname(json), { recursive: true });
  const counted = rows.map((row) => ({ ...row, passed: passedOf(row), failed: failedOf(row) }));
  writeFileSync(json, `${JSON.stringify({ runtimes: counted }, undefined, 2)}\n`);
}

async function main(): Promise<number> {
  const options = { only: { type: "string" }, json: { type: "string" } } as const;
  const flags = {
    strict: { type: "boolean" },
    install: { type: "boolean" },
    help: { type: "boolean" },
  } as const;
  const { values } = parseArgs({ options: { ...options, ...flags } });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const runtimes = chosen(values.only);
  if (values.install) process.env.PUREDAVE_INSTALL = "1";
  console.error("packing and installing the tarballs …");
  const installation = installed(PACKAGES);
  const rows: Row[] = [];
  for (const runtime of runtimes) {
    console.error(`${runtime.title} …`);
    const row = await runOne(runtime, installation);
    rows.push(row);
    console.error(`  ${row.state}, ${passedOf(row)} cases, ${row.seconds.toFixed(1)} s`);
  }
  conclude(rows, values.json);
  const bad = rows.some(({ state }) => state === "failed" || (values.strict && state === "not available"));
  return bad ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(reason(error));
  process.exitCode = 2;
}
