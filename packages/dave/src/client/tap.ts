// A capture of the voice gateway session, to turn a bug report into a replay (F-22). Holds no secrets.

import { encodeServerMessage } from "../gateway/codec.ts";
import type { ServerMessage } from "../gateway/opcodes.ts";

/** One message, as a line of a capture. */
export interface CaptureRecord {
  /** `in`: from the gateway; `out`: to it. */
  readonly direction: "in" | "out";
  /** The client's clock, ms. */
  readonly at: number;
  /** A JSON message. */
  readonly text?: string;
  /** An MLS message, its opcode and, from the gateway, its sequence number in front. */
  readonly binary?: Uint8Array;
}

export function capture(direction: "in" | "out", at: number, data: string | Uint8Array): CaptureRecord {
  return typeof data === "string" ? { direction, at, text: data } : { direction, at, binary: data.slice() };
}

/** Only what DAVE reads is kept: op 4 carries the transport's secret key, other opcodes whatever they like. */
export const captureServer = (at: number, message: ServerMessage): CaptureRecord =>
  capture("in", at, encodeServerMessage(message));
