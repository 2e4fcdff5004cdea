// A captured voice gateway session: JSON lines with direction, time, and text or base64 binary
import { OPCODES } from "@puredave/dave/protocol";

/** One message. `in`: from the gateway; `out`: to it; `at`: the client's clock in milliseconds. */
export interface CapturedMessage {
  readonly line: number;
  readonly direction: "in" | "out";
  readonly at: number;
  readonly data: string | Uint8Array;
}

/** A line that is no message of a capture. */
export class CaptureError extends Error {
  override readonly name = "CaptureError";
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

function dataOf(record: Record<string, unknown>, line: number): string | Uint8Array {
  if (typeof record.text === "string") return record.text;
  if (typeof record.binary !== "string" || !BASE64.test(record.binary))
    throw new CaptureError(`line ${line}: neither "text" nor base64 "binary"`);
  return new Uint8Array(Buffer.from(record.binary, "base64"));
}

function parseLine(text: string, line: number): CapturedMessage {
  let record: Record<string, unknown>;
  try {
    record = JSON.parse(text);
  } catch {
    throw new CaptureError(`line ${line}: not JSON`);
  }
  if (typeof record !== "object" || record === null) throw new CaptureError(`line ${line}: not an object`);
  const { direction, at = 0 } = record;
  if (direction !== "in" && direction !== "out")
    throw new CaptureError(`line ${line}: direction is "in" or "out"`);
  if (typeof at !== "number" || !Number.isFinite(at))
    throw new CaptureError(`line ${line}: "at" is a number`);
  return { line, direction, at, data: dataOf(record, line) };
}

/** Reads a capture; empty lines are passed over. */
export function parseCapture(text: string): readonly CapturedMessage[] {
  const lines = text.split(/\r?\n/).map((content, index) => ({ content, line: index + 1 }));
  return lines
    .filter(({ content }) => content.trim() !== "")
    .map(({ content, line }) => parseLine(content, line));
}

/** A message of a running client as a line of a capture. */
export function captureLine(message: {
  readonly direction: "in" | "out";
  readonly at: number;
  readonly text?: string;
  readonly binary?: Uint8Array;
}): string {
  const { direction, at, text, binary } = message;
  const data = binary ? { binary: Buffer.from(binary).toString("base64") } : { text };
  return JSON.stringify({ direction, at, ...data });
}

const NAMES: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(OPCODES).map(([name, number]) => [number, name]),
);

/** The opcode of a message, whichever way it went; undefined where there is none to read. */
export function opcodeOf({
  direction,
  data,
}: Pick<CapturedMessage, "direction" | "data">): number | undefined {
  if (data instanceof Uint8Array) return direction === "in" ? data[2] : data[0];
  try {
    const { op } = JSON.parse(data);
    return typeof op === "number" ? op : undefined;
  } catch {
    return undefined;
  }
}

export const opcodeName = (opcode: number | undefined): string =>
  opcode === undefined ? "no opcode" : `op ${opcode}${NAMES[opcode] ? ` ${NAMES[opcode]}` : ""}`;
