// RFC 9420 §7.1–7.2 Parent and leaf nodes; §12.4.3.3 the ratchet_tree extension.
import {
  atLeast,
  type Codec,
  enumeration,
  nothing,
  numbers,
  opaque,
  optional,
  sequence,
  struct,
  u8,
  u64,
  variant,
  vector,
} from "../codec/codec.ts";
import { Reader } from "../codec/reader.ts";
import { type Credential, credentialCodec } from "../messages/credential.ts";
import { type Extension, extensionsCodec } from "../messages/extension.ts";

/** §7.1; `unmergedLeaves` are leaf indices, ascending. */
export interface ParentNode {
  readonly encryptionKey: Uint8Array;
  readonly parentHash: Uint8Array;
  readonly unmergedLeaves: readonly number[];
}

/** §7.2 */
export interface Capabilities {
  /** 16-bit protocol versions. */
  readonly versions: readonly number[];
  /** 16-bit cipher suites (§17.1). */
  readonly cipherSuites: readonly number[];
  /** 16-bit extension types (§17.3), but for the default ones. */
  readonly extensions: readonly number[];
  /** 16-bit proposal types (§17.4), but for the default ones. */
  readonly proposals: readonly number[];
  /** 16-bit credential types (§17.5). */
  readonly credentials: readonly number[];
}

/** §7.2 seconds since 1970, both inclusive. */
export interface Lifetime {
  /** Seconds, 64 bits. */
  readonly notBefore: bigint;
  /** Seconds, 64 bits. */
  readonly notAfter: bigint;
}

/** §7.2 where a leaf came from, and what that adds to it. */
export type LeafNodeSource =
  | { readonly leafNodeSource: "key_package"; readonly lifetime: Lifetime }
  | { readonly leafNodeSource: "update" }
  | { readonly leafNodeSource: "commit"; readonly parentHash: Uint8Array };

interface LeafNodeHead {
  readonly encryptionKey: Uint8Array;
  readonly signatureKey: Uint8Array;
  readonly credential: Credential;
  readonly capabilities: Capabilities;
}
interface LeafNodeTail {
  readonly extensions: readonly Extension[];
}
export type LeafNodeContent = LeafNodeHead & LeafNodeSource & LeafNodeTail;
/**
 * §7.2 a member's leaf: `encryptionKey` and `signatureKey` (65 bytes each), `credential`, `capabilities`, `extensions`,
 * `leafNodeSource` with what that adds, and `signature` (ASN.1 DER).
 */
export type LeafNode = LeafNodeContent & { readonly signature: Uint8Array };

const list = /* @__PURE__ */ numbers(2);
export const capabilitiesCodec: Codec<Capabilities> = /* @__PURE__ */ struct<Capabilities>({
  versions: list,
  cipherSuites: list,
  extensions: list,
  proposals: list,
  credentials: list,
});

const lifetimeCodec = /* @__PURE__ */ struct<Lifetime>({ notBefore: u64, notAfter: u64 });

export const leafNodeContentCodec: Codec<LeafNodeContent> = /* @__PURE__ */ sequence<LeafNodeContent>(
  /* @__PURE__ */ struct<LeafNodeHead>({
    encryptionKey: opaque,
    signatureKey: opaque,
    credential: credentialCodec,
    capabilities: capabilitiesCodec,
  }),
  /* @__PURE__ */ variant<LeafNodeSource>(
    "leafNodeSource",
    /* @__PURE__ */ enumeration(u8, { key_package: 1, update: 2, commit: 3 }),
    {
      key_package: /* @__PURE__ */ struct({ lifetime: lifetimeCodec }),
      update: nothing,
      commit: /* @__PURE__ */ struct({ parentHash: opaque }),
    },
  ),
  /* @__PURE__ */ struct<LeafNodeTail>({ extensions: extensionsCodec }),
);

// Two keys of 67 bytes with their lengths, a credential of 3, capabilities that list a version, a suite and a credential type
// in 11, source and extensions in 2, a DER signature of 9.
export const leafNodeCodec: Codec<LeafNode> = /* @__PURE__ */ atLeast(
  159,
  /* @__PURE__ */ sequence<LeafNode>(leafNodeContentCodec, /* @__PURE__ */ struct({ signature: opaque })),
);

// A key of 67 bytes with its length, an empty parent hash, no unmerged leaves.
export const parentNodeCodec: Codec<ParentNode> = /* @__PURE__ */ atLeast(
  69,
  /* @__PURE__ */ struct<ParentNode>({
    encryptionKey: opaque,
    parentHash: opaque,
    unmergedLeaves: /* @__PURE__ */ numbers(4),
  }),
);

/** §12.4.3.3 `Node` */
export type TreeNode =
  | { readonly nodeType: "leaf"; readonly leafNode: LeafNode }
  | { readonly nodeType: "parent"; readonly parentNode: ParentNode };

export const NODE_TYPES = { leaf: 1, parent: 2 } as const;

const treeNodeCodec = /* @__PURE__ */ optional<TreeNode>(
  /* @__PURE__ */ variant<TreeNode>("nodeType", /* @__PURE__ */ enumeration(u8, NODE_TYPES), {
    leaf: /* @__PURE__ */ struct({ leafNode: leafNodeCodec }),
    parent: /* @__PURE__ */ struct({ parentNode: parentNodeCodec }),
  }),
);

/** §12.4.3.3 `optional<Node> ratchet_tree<V>` as it stands on the wire. */
export const ratchetTreeCodec: Codec<(TreeNode | undefined)[]> = /* @__PURE__ */ vector(treeNodeCodec);

/** The ratchet tree of a group with room for `maxLeaves` leaves at most, a power of two; blank ones count. */
export function readRatchetTree(encoded: Uint8Array, maxLeaves: number): (TreeNode | undefined)[] {
  let left = 2 * maxLeaves - 1;
  const reader = new Reader(encoded);
  const nodes = reader.items((node) => {
    // The tree that a newcomer is given has room for no more leaves than the limit.
    if (left-- < 1) node.fail("12.4.3.1-18", "too-large");
    return treeNodeCodec.read(node);
  });
  reader.finish();
  return nodes;
}
