// Peer protocol 1, the answering side: one JSON object a line in, one answer a line out, in order
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { FieldError, readFields, writeFields } from "./kinds.ts";
import { type Handlers, PeerRefusal, Unsupported } from "./peer.ts";
import { COMMANDS, type CommandName } from "./protocol.ts";

/** The protocol page names the commands, not the field that holds them: the first of these that is there. */
export const COMMAND_FIELDS = ["command", "cmd", "method", "op"] as const;

type Wire = Record<string, unknown>;
type Handler = (request: unknown) => unknown;

const isObject = (value: unknown): value is Wire =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isCommand = (name: unknown): name is CommandName =>
  typeof name === "string" && Object.hasOwn(COMMANDS, name);

function parse(line: string): Wire {
  try {
    const value: unknown = JSON.parse(line);
    if (isObject(value)) return value;
  } catch {}
  throw new PeerRefusal("not a JSON object");
}

async function dispatch(handlers: Handlers, request: Wire): Promise<Wire> {
  const name = COMMAND_FIELDS.map((field) => request[field]).find((value) => value !== undefined);
  if (!isCommand(name)) throw new Unsupported(String(name));
  const handler = handlers[name] as Handler | undefined;
  if (!handler) throw new Unsupported(name);
  const fields = COMMANDS[name];
  const answer = await handler(readFields(fields.request, request));
  return writeFields(fields.answer, answer as never);
}

function problemOf(error: unknown): string {
  if (error instanceof Unsupported) return "unsupported";
  if (error instanceof PeerRefusal || error instanceof FieldError) return error.message;
  if (error instanceof Error) return `${error.name}: ${error.message}`;
  return String(error);
}

/** Answers one line. Never throws: whatever goes wrong is an answer with `ok: false`. */
export async function answerLine(handlers: Handlers, line: string): Promise<string> {
  let id: unknown;
  try {
    const request = parse(line);
    id = request.id;
    const answer = await dispatch(handlers, request);
    return JSON.stringify({ ...(id === undefined ? {} : { id }), ok: true, ...answer });
  } catch (error) {
    return JSON.stringify({ ...(id === undefined ? {} : { id }), ok: false, error: problemOf(error) });
  }
}

/** Serves until the end of input. */
export async function serve(handlers: Handlers, input: Readable, output: Writable): Promise<void> {
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() === "") continue;
    const answer = await answerLine(handlers, line);
    if (!output.write(`${answer}\n`)) await new Promise((resolve) => output.once("drain", resolve));
  }
}
