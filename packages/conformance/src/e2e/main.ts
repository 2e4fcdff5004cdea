// npm run e2e -- relay: the relay bot's story over real sockets, and its table. npm run e2e -- soak: memory over an hour.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Command, CommanderError } from "commander";
import { relay, SPEECH } from "./relay.ts";
import { isFlat, type SoakMinute, type SoakOptions, soak } from "./soak.ts";

const COLUMNS = ["channel", "sent", "heard", "lost", "plaintext", "errors", "races", "epoch"] as const;
const MINUTE = [
  ...(["minute", "rssMiB", "heapMiB", "callers", "joins", "breaks", "sent", "heard"] as const),
  ...(["dropped", "plaintext", "ended", "faults"] as const),
];

function table<K extends string>(columns: readonly K[], reports: readonly Record<K, unknown>[]): string {
  const rows = [columns, ...reports.map((report) => columns.map((name) => String(report[name])))];
  const widths = columns.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) => row.map((cell, i) => cell.padStart(widths[i]!)).join("  ")).join("\n");
}

const upTo = (max: number) => (text: string) => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new CommanderError(2, "number", `error: expected a whole number from 1 to ${max}: ${text}`);
};
const number = upTo(50);

interface Flags {
  readonly channels: number;
  readonly guests: number;
  readonly seed: number;
  readonly json?: string;
}

async function run({ channels, guests, seed, json }: Flags): Promise<void> {
  const reports = await relay({ channels, guests, seed }, SPEECH);
  const sum = (name: "sent" | "heard" | "lost" | "plaintext" | "errors" | "races") =>
    reports.reduce((total, report) => total + report[name], 0);
  const [lost, plaintext, errors] = [sum("lost"), sum("plaintext"), sum("errors")];
  console.log(table(COLUMNS, reports));
  console.log(`lost ${lost}, plaintext ${plaintext}, errors ${errors}`);
  const clean = lost + plaintext + errors === 0 && sum("heard") > 0 && sum("races") === channels * guests;
  if (json !== undefined) {
    mkdirSync(dirname(json), { recursive: true });
    const counts = { passed: clean ? channels : 0, failed: clean ? 0 : 1 };
    writeFileSync(json, `${JSON.stringify({ ...counts, sent: sum("sent"), lost, plaintext, errors })}\n`);
  }
  process.exitCode = clean ? 0 : 1;
}

const line = (minute: SoakMinute) => MINUTE.map((name) => `${name} ${minute[name]}`).join(", ");

async function runSoak(options: SoakOptions): Promise<void> {
  const minutes = await soak(options, SPEECH, (minute) => console.log(line(minute)));
  console.log(table(MINUTE, minutes));
  const { heard, plaintext, ended, faults } = minutes.at(-1)!;
  const flat = isFlat(minutes);
  console.log(
    `plaintext ${plaintext}, ended ${ended}, faults ${faults}; memory ${flat === undefined ? "not judged, less than 10 minutes" : flat ? "flat" : "GROWS"}`,
  );
  process.exitCode = heard > 0 && plaintext + ended + faults === 0 && flat !== false ? 0 : 1;
}

const EXAMPLES = `
Examples:
  npm run e2e -- relay                                   three channels; ends with "lost 0, plaintext 0, errors 0"
  npm run e2e -- relay --channels 5 --guests 8 --seed 7  more of it, with other choices of the server
  npm run e2e -- soak --minutes 60 --clients 25          one line of figures a minute; ends with "memory flat"

Exit codes: 0 all well, 1 something was lost, in the clear, an error or growing, 2 wrong usage.`;

const program = new Command("e2e")
  .description(
    "Whole calls over real sockets on this machine: bots on @puredave/dave/voice, and the voice server.",
  )
  .addHelpText("after", EXAMPLES)
  .exitOverride()
  .showHelpAfterError("(--help shows what there is)");
program
  .command("relay")
  .description(
    "one listener, three speakers and guests who come and go, in several channels at once, over real sockets; " +
      "prints frames sent, heard and lost, plaintext and errors of each channel",
  )
  .option("--channels <n>", "channels at once", number, 3)
  .option(
    "--guests <n>",
    "guests in each channel, one after the other; the race of G15 meets each join",
    number,
    4,
  )
  .option("--seed <n>", "decides the choices of the server", number, 1)
  .option("--json <file>", "write the figures there, as JSON")
  .action(run);
program
  .command("soak")
  .description("one server for an hour, with clients that come, break off, resume and leave: is memory flat?")
  .option("--minutes <n>", "how long", upTo(600), 60)
  .option("--clients <n>", "clients at once, five in each channel", upTo(100), 25)
  .option("--seed <n>", "decides who comes, leaves and speaks when", upTo(0xffff_ffff), 1)
  .action(runSoak);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) process.stderr.write(`error: ${(error as Error).message}\n`);
  else if (error.code === "number") process.stderr.write(`${error.message}\n`);
  process.exitCode = error instanceof CommanderError ? (error.exitCode === 0 ? 0 : 2) : 1;
}
