// What are these bytes? Every kind is tried; the one that reads to the end wins, else the one that got furthest
import { externalSenderCodec, keyPackageCodec, welcomeCodec } from "@puredave/mls";
import { inspectFrame } from "./frame.ts";
import { readClientMessage, readProposals, readServerMessage } from "./gateway.ts";
import { describeWith, messageReader, type ProposalNotes } from "./mls.ts";
import { type Inspected, inspectAs, type TracingReader } from "./trace.ts";

export const KINDS = [
  "frame",
  "mls-message",
  "server-message",
  "client-message",
  "key-package",
  "welcome",
  "external-sender",
  "proposals",
] as const;
export type Kind = (typeof KINDS)[number];

/** Reads bytes as one kind; `notes` carries proposals from one message to the next. */
export function inspectKind(
  kind: Kind,
  bytes: Uint8Array,
  notes: ProposalNotes = new Map(),
  key?: Uint8Array,
): Inspected {
  const as = (name: string, read: (reader: TracingReader) => unknown) =>
    inspectAs(name, bytes, read, describeWith(notes));
  switch (kind) {
    case "frame":
      return inspectFrame(bytes, key);
    case "mls-message":
      return as("MLSMessage", messageReader(notes));
    case "server-message":
      return as("from the server", (reader) => readServerMessage(reader, notes));
    case "client-message":
      return as("from the client", (reader) => readClientMessage(reader, notes));
    case "key-package":
      return as("KeyPackage", keyPackageCodec.read);
    case "welcome":
      return as("Welcome", welcomeCodec.read);
    case "external-sender":
      return as("ExternalSender", externalSenderCodec.read);
    case "proposals":
      return as("op 27", (reader) => readProposals(reader, notes));
  }
}

/** The kind that reads the whole input, or gets furthest in it. */
export function inspectBytes(bytes: Uint8Array, key?: Uint8Array): { readonly kind: Kind } & Inspected {
  const tried = KINDS.map((kind) => ({ kind, ...inspectKind(kind, bytes, new Map(), key) }));
  const complete = tried.find(({ problem }) => problem === undefined);
  return complete ?? tried.reduce((best, other) => (other.reached > best.reached ? other : best));
}
