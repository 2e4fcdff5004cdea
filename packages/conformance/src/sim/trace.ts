// A replayed seed in words: messages, gateway events, client events.
import type { DaveClient } from "@puredave/dave";
import type { WireMessage } from "./network.ts";
import type { SeatClient } from "./seat.ts";

/** Plain data as short JSON; big integers as digits, bytes by their length. */
export const describe = (value: unknown): string =>
  JSON.stringify(value, (_, field: unknown) => {
    if (typeof field === "bigint") return field.toString();
    return field instanceof Uint8Array ? `${field.length} bytes` : field;
  });

/** A message by opcode; `header`: bytes before the body (3 from the server, 1 from the client). */
export function describeWire(message: WireMessage, header: 1 | 3): string {
  if (typeof message === "string") return message;
  const op = message[header - 1]!;
  const seq = header === 3 ? ` seq ${message[0]! * 256 + message[1]!}` : "";
  const id = op === 29 || op === 30 ? ` id ${message[3]! * 256 + message[4]!}` : "";
  const operation = op === 27 ? (message[header] === 0 ? " append" : " revoke") : "";
  return `op ${op}${operation}${id}${seq}, ${message.length - header} bytes`;
}

const EVENTS = [
  "transition",
  "version",
  "epoch",
  "recovery",
  "invalid",
  "ignored",
  "plaintext",
  "state",
] as const;

export function traceClient(client: SeatClient, userId: string, trace: (line: string) => void): void {
  for (const type of EVENTS) {
    (client.on as DaveClient["on"])(type, (event) => trace(`${userId} ** ${type} ${describe(event)}`));
  }
}
