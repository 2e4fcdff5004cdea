// RFC 9420 §12.1 Proposals; §8.4 PreSharedKeyID.
import {
  atLeast,
  type Codec,
  enumeration,
  opaque,
  struct,
  u8,
  u16,
  u32,
  u64,
  variant,
} from "../codec/codec.ts";
import { type LeafNode, leafNodeCodec } from "../tree/nodes.ts";
import { type Extension, extensionsCodec } from "./extension.ts";
import { type KeyPackage, keyPackageCodec } from "./key-package.ts";

export type ResumptionUsage = "application" | "reinit" | "branch";

/** §8.4 */
export type PreSharedKeyId =
  | { readonly pskType: "external"; readonly pskId: Uint8Array; readonly pskNonce: Uint8Array }
  | {
      readonly pskType: "resumption";
      readonly usage: ResumptionUsage;
      readonly pskGroupId: Uint8Array;
      readonly pskEpoch: bigint;
      readonly pskNonce: Uint8Array;
    };

// An empty id, a nonce of 32 bytes.
export const preSharedKeyIdCodec: Codec<PreSharedKeyId> = /* @__PURE__ */ atLeast(
  35,
  /* @__PURE__ */ variant<PreSharedKeyId>(
    "pskType",
    /* @__PURE__ */ enumeration(u8, { external: 1, resumption: 2 }),
    {
      external: /* @__PURE__ */ struct({ pskId: opaque, pskNonce: opaque }),
      resumption: /* @__PURE__ */ struct({
        usage: /* @__PURE__ */ enumeration(u8, { application: 1, reinit: 2, branch: 3 }),
        pskGroupId: opaque,
        pskEpoch: u64,
        pskNonce: opaque,
      }),
    },
  ),
);

/** §12.1.5 the parameters of the group that follows. */
export interface ReInit {
  readonly groupId: Uint8Array;
  readonly version: number;
  readonly cipherSuite: number;
  readonly extensions: readonly Extension[];
}

/**
 * §12.1 what may change a group: a discriminated union on `proposalType`.
 *
 * `add` has the newcomer's `keyPackage`, `remove` the leaf index `removed`, `update` a `leafNode`, `psk` the id of a
 * pre-shared key, `reinit` the parameters of the group that follows, `external_init` a `kemOutput` of 65 bytes,
 * `group_context_extensions` the new list.
 */
export type Proposal =
  | { readonly proposalType: "add"; readonly keyPackage: KeyPackage }
  | { readonly proposalType: "update"; readonly leafNode: LeafNode }
  | { readonly proposalType: "remove"; readonly removed: number }
  | { readonly proposalType: "psk"; readonly psk: PreSharedKeyId }
  | ({ readonly proposalType: "reinit" } & ReInit)
  | { readonly proposalType: "external_init"; readonly kemOutput: Uint8Array }
  | { readonly proposalType: "group_context_extensions"; readonly extensions: readonly Extension[] };

export type ProposalType = Proposal["proposalType"];

/** §17.4 */
export const PROPOSAL_TYPES: { readonly [K in ProposalType]: number } = {
  add: 1,
  update: 2,
  remove: 3,
  psk: 4,
  reinit: 5,
  external_init: 6,
  group_context_extensions: 7,
};

/** §12.1 `Proposal` on the wire. `decode` throws {@link MlsError} `malformed`, `too-large`, `unsupported`. */
export const proposalCodec: Codec<Proposal> = /* @__PURE__ */ variant<Proposal>(
  "proposalType",
  /* @__PURE__ */ enumeration(u16, PROPOSAL_TYPES),
  {
    add: /* @__PURE__ */ struct({ keyPackage: keyPackageCodec }),
    update: /* @__PURE__ */ struct({ leafNode: leafNodeCodec }),
    // By value in a commit a Remove is shorter, but no commit holds thousands of them.
    remove: /* @__PURE__ */ atLeast(12, /* @__PURE__ */ struct({ removed: u32 })),
    psk: /* @__PURE__ */ struct({ psk: preSharedKeyIdCodec }),
    reinit: /* @__PURE__ */ struct({
      groupId: opaque,
      version: u16,
      cipherSuite: u16,
      extensions: extensionsCodec,
    }),
    // An encapsulated key of 65 bytes.
    external_init: /* @__PURE__ */ atLeast(67, /* @__PURE__ */ struct({ kemOutput: opaque })),
    // One of these may be empty; a commit has one at most.
    group_context_extensions: /* @__PURE__ */ atLeast(
      16,
      /* @__PURE__ */ struct({ extensions: extensionsCodec }),
    ),
  },
);
