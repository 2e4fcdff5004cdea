// RFC 9420 §12.4.3.1 Welcome and what it seals.
import { type Codec, opaque, optional, struct, u16, vector } from "../codec/codec.ts";
import { type HpkeCiphertext, hpkeCiphertextCodec } from "../crypto/hpke.ts";
import { type PreSharedKeyId, preSharedKeyIdCodec } from "./proposal.ts";

export interface GroupSecrets {
  readonly joinerSecret: Uint8Array;
  readonly pathSecret?: Uint8Array;
  readonly psks: readonly PreSharedKeyId[];
}
export const groupSecretsCodec: Codec<GroupSecrets> = /* @__PURE__ */ struct<GroupSecrets>({
  joinerSecret: opaque,
  pathSecret: /* @__PURE__ */ optional(opaque),
  psks: /* @__PURE__ */ vector(preSharedKeyIdCodec),
});

export interface EncryptedGroupSecrets {
  /** KeyPackageRef, 32 bytes. */
  readonly newMember: Uint8Array;
  readonly encryptedGroupSecrets: HpkeCiphertext;
}
export interface Welcome {
  readonly cipherSuite: number;
  readonly secrets: readonly EncryptedGroupSecrets[];
  readonly encryptedGroupInfo: Uint8Array;
}
export const welcomeCodec: Codec<Welcome> = /* @__PURE__ */ struct<Welcome>({
  cipherSuite: u16,
  secrets: /* @__PURE__ */ vector(
    /* @__PURE__ */ struct<EncryptedGroupSecrets>({
      newMember: opaque,
      encryptedGroupSecrets: hpkeCiphertextCodec,
    }),
  ),
  encryptedGroupInfo: opaque,
});
