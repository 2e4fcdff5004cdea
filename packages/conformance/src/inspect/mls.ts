// The structures of RFC 9420 as annotated trees
import { createCryptoProvider, keyPackageCodec, keyPackageRef, proposalRef } from "@puredave/mls";
import { toHex } from "../vectors/fields.ts";
import type { Cursor } from "./cursor.ts";
import {
  type Field,
  noted,
  opaque,
  optional,
  select,
  snowflake,
  struct,
  u32,
  u64,
  uint,
  vector,
  wrapped,
} from "./grammar.ts";

const SUITES = { 1: "X25519, AES-128-GCM, SHA-256, Ed25519", 2: "P-256, AES-128-GCM, SHA-256, ECDSA P-256" };
const VERSIONS = { 1: "mls10" };
const CREDENTIALS = { 1: "basic", 2: "x509" };
const EXTENSIONS = {
  1: "application_id",
  2: "ratchet_tree",
  3: "required_capabilities",
  4: "external_pub",
  5: "external_senders",
};
const PROPOSALS = {
  1: "add",
  2: "update",
  3: "remove",
  4: "psk",
  5: "reinit",
  6: "external_init",
  7: "group_context_extensions",
};

const version = uint(2, VERSIONS)("version");
const cipherSuite = uint(2, SUITES)("cipher_suite");
const groupId = opaque(snowflake)("group_id");
const epoch = u64("epoch");
const signature = opaque()("signature");

const credential = struct(
  select("credential_type", 2, {
    1: ["basic", opaque(snowflake)("identity")],
    2: ["x509", vector(opaque())("certificates")],
  }),
);

export const externalSender = struct(opaque()("signature_key"), credential("credential"));

// The bodies of the extensions that DAVE knows are shown; of others their bytes.
const EXTENSION_BODIES: Readonly<Record<number, Field>> = {
  2: (name) => (cursor) => ratchetTree(name)(cursor),
  5: vector(externalSender),
};

const extension: Field = (name) => (cursor) => {
  cursor.part(name, (inner) => {
    const start = inner.at;
    uint(2, EXTENSIONS)("extension_type")(inner);
    const type = Buffer.from(inner.bytes).readUInt16BE(start);
    const body = EXTENSION_BODIES[type];
    (body ? wrapped(body)("extension_data") : opaque()("extension_data"))(inner);
  });
};
const extensions = vector(extension)("extensions");

const capabilities = struct(
  vector(uint(2, VERSIONS))("versions"),
  vector(uint(2, SUITES))("cipher_suites"),
  vector(uint(2, EXTENSIONS))("extensions"),
  vector(uint(2, PROPOSALS))("proposals"),
  vector(uint(2, CREDENTIALS))("credentials"),
);

const leafNode = struct(
  opaque()("encryption_key"),
  opaque()("signature_key"),
  credential("credential"),
  capabilities("capabilities"),
  select("leaf_node_source", 1, {
    1: ["key_package", struct(u64("not_before"), u64("not_after"))("lifetime")],
    2: ["update"],
    3: ["commit", opaque()("parent_hash")],
  }),
  extensions,
  signature,
);

const parentNode = struct(
  opaque()("encryption_key"),
  opaque()("parent_hash"),
  vector(u32)("unmerged_leaves"),
);
const treeNode = struct(
  select("node_type", 1, { 1: ["leaf", leafNode("leaf_node")], 2: ["parent", parentNode("parent_node")] }),
);
const ratchetTree: Field = vector(optional(treeNode));

const crypto = createCryptoProvider();
/** What can be said of bytes that should be whole; nothing if they are not. */
const attempt =
  (say: (bytes: Uint8Array) => string) =>
  (bytes: Uint8Array): string | undefined => {
    try {
      return say(bytes);
    } catch {
      return undefined;
    }
  };

const refOfKeyPackage = attempt(
  (bytes) => `ref ${toHex(keyPackageRef(crypto, keyPackageCodec.decode(bytes)))}`,
);
export const keyPackage: Field = (name) =>
  noted(
    struct(version, cipherSuite, opaque()("init_key"), leafNode("leaf_node"), extensions, signature)(name),
    refOfKeyPackage,
  );

const pskId = struct(
  select("psktype", 1, {
    1: ["external", opaque()("psk_id")],
    2: ["resumption", uint(1)("usage"), opaque()("psk_group_id"), u64("psk_epoch")],
  }),
  opaque()("psk_nonce"),
);

const proposal = struct(
  select("proposal_type", 2, {
    1: ["add", keyPackage("key_package")],
    2: ["update", leafNode("leaf_node")],
    3: ["remove", u32("removed")],
    4: ["psk", pskId("psk")],
    5: ["reinit", opaque()("group_id"), version, cipherSuite, extensions],
    6: ["external_init", opaque()("kem_output")],
    7: ["group_context_extensions", extensions],
  }),
);

const ciphertext = struct(opaque()("kem_output"), opaque()("ciphertext"));
const updatePath = struct(
  leafNode("leaf_node"),
  vector(struct(opaque()("encryption_key"), vector(ciphertext)("encrypted_path_secret")))("nodes"),
);

/** What is known of proposals by their reference: filled by the proposals read before. */
export type ProposalNotes = Map<string, string>;

const commit = (notes: ProposalNotes) => {
  const reference = opaque((bytes) => {
    const hex = toHex(bytes);
    return notes.has(hex) ? `${hex} = ${notes.get(hex)}` : hex;
  });
  const entry = struct(
    select("type", 1, { 1: ["proposal", proposal("proposal")], 2: ["reference", reference("reference")] }),
  );
  return struct(vector(entry)("proposals"), optional(updatePath)("path"));
};

const sender = struct(
  select("sender_type", 1, {
    1: ["member", u32("leaf_index")],
    2: ["external", u32("sender_index")],
    3: ["new_member_proposal"],
    4: ["new_member_commit"],
  }),
);

function publicMessage(notes: ProposalNotes): Field {
  return (name) => (cursor) => {
    cursor.part(name, (inner) => {
      const start = inner.at;
      groupId(inner);
      epoch(inner);
      sender("sender")(inner);
      opaque()("authenticated_data")(inner);
      select("content_type", 1, {
        1: ["application", opaque()("application_data")],
        2: ["proposal", proposal("proposal")],
        3: ["commit", commit(notes)("commit")],
      })(inner);
      const find = (field: string) => inner.node.children.find((child) => child.name === field)?.value ?? "";
      signature(inner);
      if (find("content_type").startsWith("3")) opaque()("confirmation_tag")(inner);
      const from = inner.node.children.find((child) => child.name === "sender")?.children[0]?.value ?? "";
      if (from.startsWith("1")) opaque()("membership_tag")(inner);
      if (find("content_type").startsWith("2")) noteProposal(inner, start, notes);
    });
  };
}

/** Remembers a proposal under its reference: the MLSMessage starts 4 bytes before the PublicMessage. */
function noteProposal(cursor: Cursor, start: number, notes: ProposalNotes): void {
  const message = cursor.bytes.subarray(start - 4, cursor.at);
  const ref = attempt((bytes) => toHex(proposalRef(crypto, bytes)))(message);
  if (ref === undefined) return;
  notes.set(
    ref,
    describeProposal(cursor.node.children.find(({ name }) => name === "proposal")?.children ?? []),
  );
  cursor.node.value = `ref ${ref}`;
}

type Child = { readonly name: string; readonly value?: string; readonly children: readonly Child[] };
const valueAt = (children: readonly Child[], ...names: readonly string[]): string | undefined => {
  const [name, ...rest] = names;
  const found = children.find((child) => child.name === name);
  return rest.length === 0 ? found?.value : valueAt(found?.children ?? [], ...rest);
};

function describeProposal(children: readonly Child[]): string {
  const type = valueAt(children, "proposal_type") ?? "";
  if (type.startsWith("1"))
    return `Add of user ${valueAt(children, "key_package", "leaf_node", "credential", "identity")}`;
  if (type.startsWith("3")) return `Remove of leaf ${valueAt(children, "removed")}`;
  return type;
}

const groupContext = struct(
  version,
  cipherSuite,
  groupId,
  epoch,
  opaque()("tree_hash"),
  opaque()("confirmed_transcript_hash"),
  extensions,
);
const groupInfo = struct(
  groupContext("group_context"),
  extensions,
  opaque()("confirmation_tag"),
  u32("signer"),
  signature,
);
const privateMessage = struct(
  groupId,
  epoch,
  uint(1, { 1: "application", 2: "proposal", 3: "commit" })("content_type"),
  opaque()("authenticated_data"),
  opaque()("encrypted_sender_data"),
  opaque()("ciphertext"),
);
const entry = struct(opaque()("new_member"), ciphertext("encrypted_group_secrets"));
export const welcome = struct(cipherSuite, vector(entry)("secrets"), opaque()("encrypted_group_info"));

export const mlsMessage =
  (notes: ProposalNotes): Field =>
  (name) =>
  (cursor) => {
    cursor.part(name, (inner) => {
      version(inner);
      select("wire_format", 2, {
        1: ["mls_public_message", publicMessage(notes)("public_message")],
        2: ["mls_private_message", privateMessage("private_message")],
        3: ["mls_welcome", welcome("welcome")],
        4: ["mls_group_info", groupInfo("group_info")],
        5: ["mls_key_package", keyPackage("key_package")],
      })(inner);
    });
  };
