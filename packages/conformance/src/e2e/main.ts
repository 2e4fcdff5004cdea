// npm run e2e -- relay: the relay bot's story over real sockets, and its table.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Command, CommanderError } from "commander";
import { type ChannelReport, relay, SPEECH } from "./relay.ts";

const COLUMNS = ["channel", "sent", "heard", "lost", "plaintext", "errors", "races", "epoch"] as const;

function table(reports: readonly ChannelReport[]): string {
  const rows = [COLUMNS, ...reports.map((report) => COLUMNS.map((name) => String(report[name])))];
  const widths = COLUMNS.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) => row.map((cell, i) => cell.padStart(widths[i]!)).join("  ")).join("\n");
}

function number(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 50) return value;
  throw new CommanderError(2, "number", `error: expected a whole number from 1 to 50: ${text}`);
}

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
  console.log(table(reports));
  console.log(`lost ${lost}, plaintext ${plaintext}, errors ${errors}`);
  const clean = lost + plaintext + errors === 0 && sum("heard") > 0 && sum("races") === channels * guests;
  if (json !== undefined) {
    mkdirSync(dirname(json), { recursive: true });
    const counts = { passed: clean ? channels : 0, failed: clean ? 0 : 1 };
    writeFileSync(json, `${JSON.stringify({ ...counts, sent: sum("sent"), lost, plaintext, errors })}\n`);
  }
  process.exitCode = clean ? 0 : 1;
}

const program = new Command("e2e").exitOverride().showHelpAfterError("(--help shows what there is)");
program
  .command("relay")
  .description(
    "one listener, three speakers and guests who come and go, in several channels at once, over real sockets",
  )
  .option("--channels <n>", "channels at once", number, 3)
  .option(
    "--guests <n>",
    "guests in each channel, one after the other; the race of G15 meets each join",
    number,
    4,
  )
  .option("--seed <n>", "of the server's choices", number, 1)
  .option("--json <file>", "write the figures there")
  .action(run);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) process.stderr.write(`error: ${(error as Error).message}\n`);
  else if (error.code === "number") process.stderr.write(`${error.message}\n`);
  process.exitCode = error instanceof CommanderError ? (error.exitCode === 0 ? 0 : 2) : 1;
}
