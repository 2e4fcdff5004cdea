// `npm start`: the relay-bot call. One listener and three speakers, one more joins, one leaves, one rejoins.
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Command, CommanderError } from "commander";
import { wholeNumber } from "../cli/numbers.ts";
import { OutputError, prepareOutputs } from "../cli/outputs.ts";
import { RelayCall, type RelayCallOptions } from "./relay-call.ts";
import { openScreen, type Screen } from "./screen.ts";
import { readSpeech, type Speech, writeSpeech } from "./speech.ts";
import { closingLine, judge, type Verdict } from "./verdict.ts";

interface Settings {
  readonly seed: number;
  readonly out: string;
  readonly json?: string;
  readonly realtime: boolean;
}

/** What a test may put in place of the real thing. */
export type Doubles = Pick<RelayCallOptions, "makeClient" | "sfu">;

/** media/speech.opus of this package, seen from src/call as from dist. */
function recording(): URL {
  const places = ["../media/speech.opus", "../../media/speech.opus"];
  const found = places.map((place) => new URL(place, import.meta.url)).find((place) => existsSync(place));
  if (found === undefined) throw new Error("media/speech.opus is missing from the package");
  return found;
}

/** Virtual milliseconds between two looks at the screen. */
const FRAME_MS = 200;

function parse(argv: readonly string[]): Settings {
  const command = new Command("npm start --")
    .description(
      "A DAVE call through a simulated voice gateway and SFU: a relay listens, speakers stream, people come and go.\n" +
        "sent: frames that left sealed; received: copies that decrypted bit-exact, over all members;\n" +
        "lost: copies a member was entitled to and could not read; exit code 1 if anything went wrong.",
    )
    .option("--seed <n>", "decides keys and network delays", wholeNumber, 1)
    .option("--out <dir>", "where the Ogg Opus files of what the relay heard go", "out")
    .option("--json <file>", "write the figures there")
    .option("--realtime", "take as long as the speech does", false)
    .allowExcessArguments(false)
    .exitOverride();
  command.parse([...argv], { from: "user" });
  return command.opts<Settings>();
}

/** Runs the call to its end; in real time every event waits for its instant. */
async function play(call: RelayCall, realtime: boolean, screen: Screen): Promise<void> {
  const started = performance.now();
  while (!call.over) {
    const until = call.clock.now() + FRAME_MS;
    if (realtime) await sleep(Math.max(0, until - (performance.now() - started)));
    call.clock.runUntil(until);
    screen.update();
  }
  screen.done();
}

async function writeHeard(call: RelayCall, speech: Speech, folder: string): Promise<string[]> {
  const files: string[] = [];
  for (const [name, seat] of call.seats) {
    const heard = call.heard.get(seat.userId);
    if (heard === undefined) continue;
    const file = join(folder, `${name}.opus`);
    await writeSpeech(file, speech, heard);
    files.push(file);
  }
  return files;
}

function figures(call: RelayCall, verdict: Verdict, settings: Settings): string {
  const members = [...call.ledger.accounts.values()];
  const { seed } = settings;
  return `${JSON.stringify({ seed, ok: verdict.failures.length === 0, ...verdict, members, timeline: call.timeline }, undefined, 2)}\n`;
}

async function perform(settings: Settings, doubles: Doubles): Promise<number> {
  prepareOutputs({ folders: { "--out": settings.out }, files: { "--json": settings.json } });
  const speech = await readSpeech(recording());
  const call = new RelayCall({ seed: settings.seed, speech, ...doubles });
  await play(call, settings.realtime, openScreen(call, process.stdout));
  const verdict = judge(call);
  const files = await writeHeard(call, speech, settings.out);
  if (settings.json !== undefined) await writeFile(settings.json, figures(call, verdict, settings));
  const say = (line: string) => process.stdout.write(`${line}\n`);
  say("");
  say(`voice privacy code: ${verdict.privacyCode ?? "not shared"}`);
  say(`what the relay heard: ${files.join(" ")}`);
  if (verdict.notEntitled > 0)
    say(`not entitled: ${verdict.notEntitled} copies came before their receiver had joined`);
  for (const failure of verdict.failures) say(`failed: ${failure}`);
  say(closingLine(verdict));
  return verdict.failures.length === 0 ? 0 : 1;
}

/** The whole command; resolves to its exit code: 0 ok, 1 the call failed, 2 wrong usage. */
export async function runCall(argv: readonly string[], doubles: Doubles = {}): Promise<number> {
  try {
    return await perform(parse(argv), doubles);
  } catch (error) {
    // commander has printed its own
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof OutputError)) throw error;
    process.stderr.write(`error: ${error.message}\n`);
    return 2;
  }
}
