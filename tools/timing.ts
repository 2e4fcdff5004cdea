// npm run timing [-- --measurements N] [--json FILE]: whether what claims to be constant time is, as far as a clock can tell.
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { examine, type Finding, lastResult } from "./timing/measure.ts";
import { CONTROLS, SUBJECTS } from "./timing/subjects.ts";

const HELP = `usage: npm run timing [-- --measurements N] [--json FILE]
Times each operation with two classes of inputs in random order, in the manner of dudect, and prints how much longer a call
takes for the second class, Welch's t of three rounds (4.5 is significant), and the smallest difference that would have shown.
The controls stop at the first difference and must be found out. By hand: a busy machine makes the check blind, not wrong.
  --measurements N  in a round; default 20000
  --json FILE       writes the findings`;

/** Fair coins from the platform, many at a time. */
function coins(): () => boolean {
  let pool = new Uint8Array(0);
  let at = 0;
  return () => {
    if (at === pool.length) {
      pool = randomBytes(4096);
      at = 0;
    }
    return (pool[at++]! & 1) === 1;
  };
}

const { values } = parseArgs({
  options: {
    help: { type: "boolean", short: "h" },
    measurements: { type: "string", default: "20000" },
    json: { type: "string" },
  },
});
const measurements = Number(values.measurements);

function print({ name, t, difference, detectable, differs }: Finding, expected: boolean): void {
  const verdict = differs
    ? expected
      ? "found out, as it must be"
      : "DIFFERS"
    : expected
      ? "NOT FOUND OUT"
      : "no difference";
  const all = t.map((value) => value.toFixed(1).padStart(7)).join("");
  console.log(
    `${name.padEnd(32)}${difference.toFixed(2).padStart(9)}${detectable.toFixed(2).padStart(11)}  ${all}  ${verdict}`,
  );
}

if (values.help) console.log(HELP);
else if (!Number.isInteger(measurements) || measurements < 100) {
  console.error("--measurements: a whole number from 100");
  process.exitCode = 2;
} else {
  const coin = coins();
  console.log(`${"".padEnd(32)}${"ns a call".padStart(9)}${"detectable".padStart(11)}  t of each round`);
  const look = (subject: (typeof SUBJECTS)[number], expected: boolean) => {
    const finding = examine(subject, measurements, coin);
    print(finding, expected);
    return finding;
  };
  const controls = CONTROLS.map((subject) => look(subject, true));
  const subjects = SUBJECTS.map((subject) => look(subject, false));
  const blind = controls.some(({ differs }) => !differs);
  if (values.json)
    writeFileSync(values.json, `${JSON.stringify({ measurements, controls, subjects }, undefined, 2)}\n`);
  if (blind) console.error("a control was not found out: this run says nothing");
  process.exitCode = blind ? 3 : subjects.some(({ differs }) => differs) ? 1 : 0;
  if (lastResult() === coin) process.exitCode = 4;
}
