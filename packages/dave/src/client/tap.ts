// A capture of the voice gateway session, to turn a bug report into a replay (F-22). Holds no secrets.

import { checkObject, expectOneOf, expectThat } from "../errors.ts";
import { encodeClientMessage, encodeServerMessage } from "../gateway/codec.ts";
import type { ClientMessage, ServerMessage } from "../gateway/opcodes.ts";

/**
 * What the tap sees of a message, `in` from the gateway or `out` to it; `at`: the client's clock, ms. The message is
 * the client's own: not to be changed, nor kept without {@link captureRecord}.
 */
export type TappedMessage =
  | { readonly direction: "in"; readonly at: number; readonly message: ServerMessage }
  | { readonly direction: "out"; readonly at: number; readonly message: ClientMessage };

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

/**
 * A message in the form it has on the wire. Only what DAVE reads is left of it: op 4 carries the transport's secret
 * key, other opcodes whatever they like.
 *
 * @example
 * ```ts
 * const client = new DaveClient({
 *   userId,
 *   channelId,
 *   send: (message) => socket.send(message),
 *   tap: (tapped) => console.log(captureRecord(tapped)),
 * });
 * ```
 */
export function captureRecord(tapped: TappedMessage): CaptureRecord {
  checkObject(tapped, "tapped");
  const { direction, at } = tapped;
  expectOneOf(["in", "out"], direction, "direction");
  expectThat(Number.isFinite(at), "at", "milliseconds", at);
  const data =
    tapped.direction === "in" ? encodeServerMessage(tapped.message) : encodeClientMessage(tapped.message);
  return typeof data === "string" ? { direction, at, text: data } : { direction, at, binary: data };
}
