// Gateway messages put together by hand for the vectors: text as written, bytes one after the other
import type { Flag, Stage } from "../../runner/about.ts";
import type { Tree, Value } from "../cbor.ts";

/** MLS bytes recorded from the reference. */
export interface RecordedMls {
  /** An ExternalSender. */
  readonly externalSender: Uint8Array;
  /** An MLSMessage with a commit. */
  readonly commit: Uint8Array;
  /** A bare Welcome. */
  readonly welcome: Uint8Array;
}

type Wire = string | Uint8Array;

const wire = (data: Wire): Tree => (typeof data === "string" ? { text: data } : { binary: data });

export interface Remarks {
  readonly rules?: readonly string[];
  readonly flags?: readonly Flag[];
  readonly stage?: Stage;
}

const remarked = ({ rules = ["O1"], flags = [], stage = "accept" }: Remarks): Tree => ({
  rules,
  flags,
  stage,
});

/** Bytes of a list of numbers and byte strings. */
export const bytes = (...parts: readonly (number | Uint8Array)[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === "number" ? [part] : [...part])));

/** A JSON message; `seq` unless it is left out. */
export const json = (op: number, d: unknown, seq?: number): string =>
  JSON.stringify({ op, d, ...(seq === undefined ? {} : { seq }) });
/** One whose `d` is given as text, whatever it is. */
export const raw = (op: number, d: string): string => `{"op":${op},"d":${d}}`;

/** Cases about messages from one side. */
const casesFrom = (from: "server" | "client") => ({
  /** A message that is read as `message` says. */
  reads: (kind: string, data: Wire, message: Tree, remarks: Remarks = {}): Tree => ({
    kind,
    do: "decode",
    from,
    ...wire(data),
    accepted: true,
    message,
    ...remarked(remarks),
  }),
  /** A message that cannot be read. */
  unreadable: (kind: string, data: Wire, remarks: Remarks = {}): Tree => ({
    kind,
    do: "decode",
    from,
    ...wire(data),
    accepted: false,
    ...remarked({ flags: ["malformed"], stage: "decode", ...remarks }),
  }),
  /** A message to be written; JSON is compared as a value, bytes one by one. */
  writes: (kind: string, message: Tree, data: Wire, remarks: Remarks = {}): Tree => ({
    kind,
    do: "encode",
    from,
    message,
    ...wire(data),
    ...remarked(remarks),
  }),
});

/** What the gateway says. */
export const server = casesFrom("server");
/** What a member says. */
export const member = casesFrom("client");

/** One step of a client's script: what it is given, what it must send (`23 5`, `26`), what it must be then. */
export type Step = readonly [given: Wire | "lost" | "identify", sends: readonly string[], state?: string];

/** A script for a fresh client. */
export const client = (kind: string, steps: readonly Step[], remarks: Remarks): Tree => ({
  kind,
  do: "client",
  steps: steps.map(
    ([given, sends, state]): Value => ({
      ...(given === "lost" || given === "identify" ? { connection: given } : wire(given)),
      sends,
      ...(state === undefined ? {} : { state }),
    }),
  ),
  ...remarked(remarks),
});
