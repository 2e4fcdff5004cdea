// RFC 9420 §12.4 Commit; §7.6 UpdatePath.
import {
  atLeast,
  type Codec,
  enumeration,
  opaque,
  optional,
  struct,
  u8,
  variant,
  vector,
} from "../codec/codec.ts";
import { type HpkeCiphertext, hpkeCiphertextCodec } from "../crypto/hpke.ts";
import { type LeafNode, leafNodeCodec } from "../tree/nodes.ts";
import { type Proposal, proposalCodec } from "./proposal.ts";

/** §7.6; one ciphertext for each node of the copath node's resolution. */
export interface UpdatePathNode {
  readonly encryptionKey: Uint8Array;
  readonly encryptedPathSecret: readonly HpkeCiphertext[];
}
/** §7.6 fresh keys for the committer's direct path. */
export interface UpdatePath {
  /** The committer's new leaf. */
  readonly leafNode: LeafNode;
  /** For each node of the filtered direct path its public key (65 bytes), and its secret sealed to the copath. */
  readonly nodes: readonly UpdatePathNode[];
}
export const updatePathCodec: Codec<UpdatePath> = /* @__PURE__ */ struct<UpdatePath>({
  leafNode: leafNodeCodec,
  nodes: /* @__PURE__ */ vector(
    // A key of 67 bytes with its length; ciphertexts for nobody where all below were added by this commit.
    /* @__PURE__ */ atLeast(
      68,
      /* @__PURE__ */ struct<UpdatePathNode>({
        encryptionKey: opaque,
        encryptedPathSecret: /* @__PURE__ */ vector(hpkeCiphertextCodec),
      }),
    ),
  ),
});

/** §12.4 a proposal by value, or the ProposalRef (32 bytes) of one sent before. */
export type ProposalOrRef =
  | { readonly type: "proposal"; readonly proposal: Proposal }
  | { readonly type: "reference"; readonly reference: Uint8Array };

const proposalOrRefCodec = /* @__PURE__ */ variant<ProposalOrRef>(
  "type",
  /* @__PURE__ */ enumeration(u8, { proposal: 1, reference: 2 }),
  {
    proposal: /* @__PURE__ */ struct({ proposal: proposalCodec }),
    // A ProposalRef of 32 bytes.
    reference: /* @__PURE__ */ atLeast(33, /* @__PURE__ */ struct({ reference: opaque })),
  },
);

/** §12.4 */
export interface Commit {
  /** In the order in which they are applied. */
  readonly proposals: readonly ProposalOrRef[];
  /** Required where §12.4 says so. */
  readonly path?: UpdatePath;
}
/** §12.4 `Commit` on the wire. `decode` throws {@link MlsError} `malformed`, `too-large`, `unsupported`. */
export const commitCodec: Codec<Commit> = /* @__PURE__ */ struct<Commit>({
  proposals: /* @__PURE__ */ vector(proposalOrRefCodec),
  path: /* @__PURE__ */ optional(updatePathCodec),
});
