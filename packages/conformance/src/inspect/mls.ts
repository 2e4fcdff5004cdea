// The structures of RFC 9420, read by their codecs: names for numbers, ids in decimal, and what a commit refers to
import {
  createCryptoProvider,
  EXTENSION,
  type Extension,
  externalSenderCodec,
  type KeyPackage,
  keyPackageRef,
  type MLSMessage,
  mlsMessageCodec,
  type Proposal,
  proposalRef,
  ratchetTreeCodec,
  vector,
} from "@puredave/mls";
import { toHex } from "../vectors/fields.ts";
import { type Describe, type Node, shortHex, type TracingReader } from "./trace.ts";

type Names = Readonly<Record<number, string>>;
const SUITES: Names = {
  1: "X25519, AES-128-GCM, SHA-256, Ed25519",
  2: "P-256, AES-128-GCM, SHA-256, ECDSA P-256",
};
const VERSIONS: Names = { 1: "mls10" };
const EXTENSIONS: Names = {
  1: "application_id",
  2: "ratchet_tree",
  3: "required_capabilities",
  4: "external_pub",
  5: "external_senders",
};
const PROPOSALS: Names = {
  1: "add",
  2: "update",
  3: "remove",
  4: "psk",
  5: "reinit",
  6: "external_init",
  7: "group_context_extensions",
};
/** Names of numbers, by the name of the field that holds them. */
const NAMES: Readonly<Record<string, Names>> = {
  version: VERSIONS,
  versions: VERSIONS,
  cipher_suite: SUITES,
  cipher_suites: SUITES,
  extensions: EXTENSIONS,
  proposals: PROPOSALS,
  credentials: { 1: "basic", 2: "x509" },
  opcode: {
    25: "dave_mls_external_sender_package",
    26: "dave_mls_key_package",
    27: "dave_mls_proposals",
    28: "dave_mls_commit_welcome",
    29: "dave_mls_announce_commit_transition",
    30: "dave_mls_welcome",
  },
  operation: { 0: "append", 1: "revoke" },
};

const crypto = createCryptoProvider();

/** What is known of proposals by their reference: filled by the proposals read before. */
export type ProposalNotes = Map<string, string>;

/** Snowflakes have 8 bytes, big endian (P1, P2). */
const snowflake = (bytes: Uint8Array): string =>
  bytes.length === 8 ? `${Buffer.from(bytes).readBigUInt64BE()}` : `${toHex(bytes)} (no snowflake)`;

const numbered = (value: number, names: Names): string =>
  names[value] === undefined ? `${value}` : `${value} (${names[value]})`;

/**
 * The codec of extensions names no fields, so they are named here. The bodies of the extensions that DAVE knows are shown,
 * of others their bytes.
 */
function readExtension({ extensionType, extensionData }: Extension, reader: TracingReader): void {
  const { offset, length, children } = reader.node;
  const type = numbered(extensionType, EXTENSIONS);
  const data: Node = {
    ...{ name: "extension_data", offset: offset + 2, length: length - 2 },
    ...{ value: shortHex(extensionData), children: [] },
  };
  children.push({ name: "extension_type", offset, length: 2, value: type, children: [] }, data);
  if (extensionType === EXTENSION.ratchetTree) reader.into(data, extensionData, ratchetTreeCodec.read);
  if (extensionType === EXTENSION.externalSenders)
    reader.into(data, extensionData, vector(externalSenderCodec).read);
}

/** What a field's name and value say beyond its bytes. */
export const describeWith =
  (notes: ProposalNotes): Describe =>
  (name, value, reader) => {
    const names = NAMES[name];
    if (names && typeof value === "number") return numbered(value, names);
    if (names && Array.isArray(value) && typeof value[0] === "number")
      return value.map((one: number) => numbered(one, names)).join(", ");
    if (value instanceof Uint8Array) {
      if (name === "identity" || name === "group_id") return snowflake(value);
      const known = name === "reference" ? notes.get(toHex(value)) : undefined;
      return known && `${shortHex(value)} = ${known}`;
    }
    if (typeof value !== "object" || value === null) return undefined;
    if ("extensionType" in value) readExtension(value as Extension, reader);
    if ("initKey" in value) return `ref ${toHex(keyPackageRef(crypto, value as KeyPackage))}`;
    return undefined;
  };

function inWords(proposal: Proposal): string {
  if (proposal.proposalType === "remove") return `Remove of leaf ${proposal.removed}`;
  if (proposal.proposalType !== "add") return proposal.proposalType;
  const { credential } = proposal.keyPackage.leafNode;
  return `Add of user ${credential.credentialType === "basic" ? snowflake(credential.identity) : "with a certificate"}`;
}

/** Reads an MLSMessage; a proposal is remembered under its reference. */
export const messageReader =
  (notes: ProposalNotes) =>
  (reader: TracingReader): MLSMessage => {
    const start = reader.offset;
    const message = mlsMessageCodec.read(reader);
    if (message.wireFormat !== "mls_public_message") return message;
    const { content } = message.publicMessage;
    if (content.contentType !== "proposal") return message;
    const ref = toHex(proposalRef(crypto, reader.input.subarray(start, reader.offset)));
    notes.set(ref, inWords(content.proposal));
    reader.node.value = `ref ${ref}`;
    return message;
  };
