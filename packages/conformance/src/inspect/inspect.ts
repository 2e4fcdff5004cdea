// What are these bytes? Every kind is tried; the one that reads to the end wins, else the one that got furthest
import { type Inspected, inspectAs } from "./cursor.ts";
import { inspectFrame } from "./frame.ts";
import { clientMessage, proposalsBody, serverMessage } from "./gateway.ts";
import type { Field } from "./grammar.ts";
import { externalSender, keyPackage, mlsMessage, type ProposalNotes, welcome } from "./mls.ts";

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

/** A structure whose fields are those of the input itself. */
const whole = (name: string, field: Field, bytes: Uint8Array): Inspected => {
  const inspected = inspectAs(name, bytes, field(name));
  const [only] = inspected.root.children;
  if (only && inspected.root.children.length === 1)
    return { ...inspected, root: { ...only, length: bytes.length, offset: 0 } };
  return inspected;
};

/** Reads bytes as one kind; `notes` carries proposals from one message to the next. */
export function inspectKind(
  kind: Kind,
  bytes: Uint8Array,
  notes: ProposalNotes = new Map(),
  key?: Uint8Array,
): Inspected {
  switch (kind) {
    case "frame":
      return inspectFrame(bytes, key);
    case "mls-message":
      return whole("MLSMessage", mlsMessage(notes), bytes);
    case "server-message":
      return inspectAs("from the server", bytes, serverMessage(notes));
    case "client-message":
      return inspectAs("from the client", bytes, clientMessage(notes));
    case "key-package":
      return whole("KeyPackage", keyPackage, bytes);
    case "welcome":
      return whole("Welcome", welcome, bytes);
    case "external-sender":
      return whole("ExternalSender", externalSender, bytes);
    case "proposals":
      return inspectAs("op 27", bytes, proposalsBody(notes));
  }
}

/** The kind that reads the whole input, or gets furthest in it. */
export function inspectBytes(bytes: Uint8Array, key?: Uint8Array): { readonly kind: Kind } & Inspected {
  const tried = KINDS.map((kind) => ({ kind, ...inspectKind(kind, bytes, new Map(), key) }));
  const complete = tried.find(({ problem }) => problem === undefined);
  return complete ?? tried.reduce((best, other) => (other.reached > best.reached ? other : best));
}
