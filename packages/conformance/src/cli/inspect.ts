// `inspect` and `replay`: what bytes are, and what a captured session does to a fresh client
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import {
  type CapturedMessage,
  CaptureError,
  opcodeName,
  opcodeOf,
  parseCapture,
} from "../capture/capture.ts";
import { type ReplayStep, replay } from "../capture/replay.ts";
import { inspectBytes, inspectKind, KINDS, type Kind } from "../inspect/inspect.ts";
import type { ProposalNotes } from "../inspect/mls.ts";
import { treeText } from "../inspect/text.ts";
import type { Inspected } from "../inspect/trace.ts";
import { fromHex, isHex } from "../vectors/fields.ts";
import { colors, EXIT, print, UsageError } from "./context.ts";

interface InspectFlags {
  readonly file?: string;
  readonly as?: string;
  readonly key?: string;
  readonly json?: boolean;
}

const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;
const KEY_LENGTH = 16;
const isPrintable = (bytes: Uint8Array): boolean =>
  bytes.every((byte) => byte >= 0x20 || byte === 9 || byte === 10 || byte === 13);

function fromText(text: string): Uint8Array {
  const joined = text.replace(/^0x/i, "").replace(/[\s:,]/g, "");
  if (isHex(joined)) return fromHex(joined);
  if (BASE64.test(joined)) return new Uint8Array(Buffer.from(joined, "base64"));
  throw new UsageError("the input is neither hex nor base64");
}

/** Bytes given as words, in a file, or on stdin; a file may hold hex or base64 as well as the bytes themselves. */
function read(
  input: string | undefined,
  file: string | undefined,
): { readonly text?: string; readonly bytes: Uint8Array } {
  if (input !== undefined && input !== "-") return { bytes: fromText(input) };
  const content = readFileSync(file ?? 0);
  if (!isPrintable(content)) return { bytes: new Uint8Array(content) };
  const text = content.toString("utf8").trim();
  return text.startsWith("{") ? { text, bytes: new Uint8Array() } : { bytes: fromText(text) };
}

function show(kind: string, { root, problem, reached }: Inspected, size: number): void {
  print(colors.bold(`${kind}, ${size} bytes`));
  for (const line of treeText(root)) print(line.includes("<-- stopped here") ? colors.red(line) : line);
  if (problem !== undefined) print(colors.red(`stopped after ${reached} of ${size} bytes: ${problem}`));
}

const kindOf = (message: CapturedMessage): Kind =>
  message.direction === "in" ? "server-message" : "client-message";
const arrow = ({ direction }: CapturedMessage): string =>
  direction === "in" ? "from the server" : "to the server";

/** A whole session: proposals are remembered, so that a commit names what it refers to. */
function inspectSession(text: string, json: boolean): number {
  const notes: ProposalNotes = new Map();
  let bad = 0;
  const shown = parseCapture(text).map((message) => {
    const head = { line: message.line, at: message.at, direction: message.direction, op: opcodeOf(message) };
    if (typeof message.data === "string") {
      if (!json)
        print(
          `${colors.bold(`${message.at} ms ${arrow(message)}: ${opcodeName(head.op)}`)}\n        ${message.data}`,
        );
      return { ...head, text: message.data };
    }
    const inspected = inspectKind(kindOf(message), message.data, notes);
    if (inspected.problem !== undefined) bad++;
    if (!json)
      show(`${message.at} ms ${arrow(message)}: ${opcodeName(head.op)}`, inspected, message.data.length);
    return { ...head, ...inspected };
  });
  if (json) print(JSON.stringify(shown, null, 2));
  return bad > 0 ? EXIT.failed : EXIT.ok;
}

function keyOf(flags: InspectFlags): Uint8Array | undefined {
  if (flags.key === undefined) return undefined;
  const key = fromText(flags.key);
  if (key.length !== KEY_LENGTH) throw new UsageError(`--key takes ${KEY_LENGTH} bytes, not ${key.length}`);
  return key;
}

function inspect(input: string | undefined, flags: InspectFlags): number {
  const { text, bytes } = read(input, flags.file);
  if (text !== undefined) return inspectSession(text, flags.json === true);
  const key = keyOf(flags);
  const { as } = flags;
  if (as !== undefined && !KINDS.includes(as as Kind))
    throw new UsageError(`--as takes one of: ${KINDS.join(", ")}`);
  const found = as
    ? { kind: as as Kind, ...inspectKind(as as Kind, bytes, new Map(), key) }
    : inspectBytes(bytes, key);
  if (flags.json) print(JSON.stringify(found, null, 2));
  else show(found.kind, found, bytes.length);
  return found.problem === undefined ? EXIT.ok : EXIT.failed;
}

const opcodes = (list: readonly (number | undefined)[]): string =>
  list.map((op) => op ?? "?").join(" ") || "nothing";

function printStep(step: ReplayStep): void {
  const same = opcodes(step.sent) === opcodes(step.captured);
  const then = same ? "" : colors.yellow(` (in the capture: ${opcodes(step.captured)})`);
  print(
    `${step.at} ms  ${opcodeName(step.opcode)}  ->  sent ${opcodes(step.sent)}${then}  [${step.state}${step.ready ? ", ready" : ""}]`,
  );
  for (const event of step.events) print(colors.dim(`        ${JSON.stringify(event)}`));
  if (step.thrown) print(colors.red(`        THROWN: ${step.thrown}`));
}

function runReplay(
  file: string,
  flags: { user: string; channel: string; seed: string; json?: boolean },
): number {
  const messages = parseCapture(readFileSync(file, "utf8"));
  const seed = Number(flags.seed);
  if (!Number.isSafeInteger(seed)) throw new UsageError("--seed takes a whole number");
  const steps = replay(messages, { userId: flags.user, channelId: flags.channel, seed });
  if (flags.json) print(JSON.stringify(steps, null, 2));
  else for (const step of steps) printStep(step);
  const thrown = steps.filter((step) => step.thrown !== undefined).length;
  if (!flags.json) print(`${steps.length} messages replayed, ${thrown} threw`);
  return thrown > 0 ? EXIT.failed : EXIT.ok;
}

/** A capture that cannot be read is the user's problem, told with its line. */
const asUsage = (act: () => number): number => {
  try {
    return act();
  } catch (error) {
    if (error instanceof CaptureError) throw new UsageError(error.message);
    throw error;
  }
};

export function addInspect(program: Command, exit: (code: number) => void): void {
  program
    .command("inspect")
    .description("show what bytes are: a frame, an MLS message, a binary opcode, a captured session")
    .argument("[input]", "hex or base64; - or nothing: stdin")
    .option("--file <file>", "read a file: bytes, hex, base64, or a session as JSON lines")
    .option("--as <kind>", `read as one of: ${KINDS.join(", ")}`)
    .option("--key <hex>", "16 bytes: the key of a frame, or its sender's base secret")
    .option("--json", "as JSON")
    .action((input: string | undefined, flags: InspectFlags) => exit(asUsage(() => inspect(input, flags))));
  program
    .command("replay")
    .description("run a captured session (JSON lines) against a fresh client")
    .argument("<file>")
    .requiredOption("--user <id>", "the captured client's user id")
    .requiredOption("--channel <id>", "the channel's id")
    .option("--seed <n>", "randomness of the fresh client", "1")
    .option("--json", "as JSON")
    .action((file: string, flags: { user: string; channel: string; seed: string; json?: boolean }) =>
      exit(asUsage(() => runReplay(file, flags))),
    );
}
