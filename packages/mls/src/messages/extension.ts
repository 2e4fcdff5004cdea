// RFC 9420 §13.3–13.4, §11.1, §12.1.8.1 Extensions: the list, required_capabilities, external_senders, external_pub.
import { type Codec, codec, opaque, struct, u16, vector } from "../codec/codec.ts";
import { MlsError } from "../errors.ts";
import { type Credential, credentialCodec } from "./credential.ts";

/** §13 `Extension`: type (§17.3) and the encoded content. */
export interface Extension {
  /** 16 bits, see {@link EXTENSION}. */
  readonly extensionType: number;
  /** The encoded content. */
  readonly extensionData: Uint8Array;
}
/** §13 `Extension` on the wire. `decode` throws {@link MlsError} `malformed`, `too-large`, `unsupported`. */
export const extensionCodec: Codec<Extension> = /* @__PURE__ */ struct<Extension>({
  extensionType: u16,
  extensionData: opaque,
});
export const extensionsCodec: Codec<Extension[]> = /* @__PURE__ */ codec((r) => {
  const seen = new Set<number>();
  return r.items((item) => {
    const extension = extensionCodec.read(item);
    // A list of extensions has one of each type at most.
    if (seen.has(extension.extensionType)) item.fail("13.4-2");
    seen.add(extension.extensionType);
    return extension;
  });
}, /* @__PURE__ */ vector(extensionCodec).write);

/** §17.3 numbers of the extension types. */
export const EXTENSION = {
  applicationId: 1,
  ratchetTree: 2,
  requiredCapabilities: 3,
  externalPub: 4,
  externalSenders: 5,
} as const;

export const findExtension = (extensions: readonly Extension[], type: number): Extension | undefined =>
  extensions.find((extension) => extension.extensionType === type);

/** §11.1 */
export interface RequiredCapabilities {
  readonly extensionTypes: readonly number[];
  readonly proposalTypes: readonly number[];
  readonly credentialTypes: readonly number[];
}
const types = /* @__PURE__ */ vector(u16);
export const requiredCapabilitiesCodec: Codec<RequiredCapabilities> =
  /* @__PURE__ */ struct<RequiredCapabilities>({
    extensionTypes: types,
    proposalTypes: types,
    credentialTypes: types,
  });

/** §12.1.8.1 A sender outside the group that may propose. */
export interface ExternalSender {
  /** 65 bytes, uncompressed P-256 point. */
  readonly signatureKey: Uint8Array;
  /** Who it says it is. */
  readonly credential: Credential;
}
/**
 * §12.1.8.1 `ExternalSender` on the wire. `decode` throws {@link MlsError} `malformed`, `too-large`, `unsupported`.
 */
export const externalSenderCodec: Codec<ExternalSender> = /* @__PURE__ */ struct<ExternalSender>({
  signatureKey: opaque,
  credential: credentialCodec,
});
const externalSendersCodec = /* @__PURE__ */ vector(externalSenderCodec);

/**
 * The group context extension `external_senders`.
 *
 * @example
 * ```ts
 * externalSendersExtension([{ signatureKey: signatureKeyPair.publicKey, credential: { credentialType: "basic", identity } }]).extensionType; // 5
 * ```
 */
export const externalSendersExtension = (senders: readonly ExternalSender[]): Extension => ({
  extensionType: EXTENSION.externalSenders,
  extensionData: externalSendersCodec.encode([...senders]),
});

/** @throws MlsError `malformed`; `invalid-argument` if it is another extension */
export function decodeExternalSenders(extension: Extension): ExternalSender[] {
  if (extension?.extensionType !== EXTENSION.externalSenders) {
    throw new MlsError("invalid-argument", "not an external_senders extension");
  }
  return externalSendersCodec.decode(extension.extensionData);
}
