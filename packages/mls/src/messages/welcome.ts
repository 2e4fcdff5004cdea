// RFC 9420 §12.4.3.1 Welcome and what it seals.
import { type Codec, opaque, optional, struct, u16, vector } from "../codec/codec.ts";
import { type HpkeCiphertext, hpkeCiphertextCodec } from "../crypto/hpke.ts";
import { type PreSharedKeyId, preSharedKeyIdCodec } from "./proposal.ts";

/** §12.4.3.1 what a Welcome seals for one newcomer. */
export interface GroupSecrets {
  /** §8, 32 bytes. A secret. */
  readonly joinerSecret: Uint8Array;
  /** §7.4, 32 bytes; there when the commit has a path. */
  readonly pathSecret?: Uint8Array;
  /** Ids of the pre-shared keys in use. */
  readonly psks: readonly PreSharedKeyId[];
}
/** §12.4.3.1 `GroupSecrets` on the wire. `decode` throws {@link MlsError} `malformed`, `too-large`, `unsupported`. */
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
/** §12.4.3.1 what newcomers join by. */
export interface Welcome {
  /** 2, see {@link CIPHER_SUITE}. */
  readonly cipherSuite: number;
  /** For each newcomer the KeyPackageRef (32 bytes), and the group secrets sealed to its init key. */
  readonly secrets: readonly EncryptedGroupSecrets[];
  /** The GroupInfo, sealed under a key from the joiner secret. */
  readonly encryptedGroupInfo: Uint8Array;
}
/** §12.4.3.1 `Welcome` on the wire. `decode` throws {@link MlsError} `malformed`, `too-large`, `unsupported`. */
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
