// RFC 9420 §13.3–13.4, §11.1, §12.1.8.1 Extensions: the list, required_capabilities, external_senders, external_pub.
import { atLeast, type Codec, codec, numbers, opaque, struct, u16, vector } from "../codec/codec.ts";
import { enforce, MlsError, misuse } from "../errors.ts";
import { type Credential, credentialCodec } from "./credential.ts";

/** §13 `Extension`: type (§17.3) and the encoded content. */
export interface Extension {
  /** 16 bits, see {@link EXTENSION}. */
  readonly extensionType: number;
  /** The encoded content. */
  readonly extensionData: Uint8Array;
}
/** §13 `Extension` on the wire. `decode` throws {@link MlsError} `malformed`, `too-large`, `unsupported`. */
export const extensionCodec: Codec<Extension> = /* @__PURE__ */ codec(
  // A sender may list many thousand extensions. Reading them without field names is faster; an error then names the extension only.
  (r) => ({ extensionType: r.uint(2), extensionData: r.bytes(r.length()) }),
  /* @__PURE__ */ struct<Extension>({ extensionType: u16, extensionData: opaque }).write,
);
/** Extension types that were seen: few in a list, many in an array with a place for each. */
class TypeSet {
  readonly #few: number[] = [];
  #many: Uint8Array | undefined;

  /** False for a type that was there. */
  add(type: number): boolean {
    if (this.#many ? this.#many[type] === 1 : this.#few.includes(type)) return false;
    if (this.#many === undefined && this.#few.push(type) === 32) {
      this.#many = new Uint8Array(0x10000);
      for (const known of this.#few) this.#many[known] = 1;
    }
    if (this.#many) this.#many[type] = 1;
    return true;
  }
}

export const extensionsCodec: Codec<Extension[]> = /* @__PURE__ */ codec((r) => {
  const seen = new TypeSet();
  return r.items((item) => {
    const extension = extensionCodec.read(item);
    // A list of extensions has one of each type at most.
    if (!seen.add(extension.extensionType)) item.fail("13.4-2");
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
const types = /* @__PURE__ */ numbers(2);
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
// An external sender has a key of 65 bytes and a credential of 3 at least.
const externalSendersCodec = /* @__PURE__ */ vector(/* @__PURE__ */ atLeast(70, externalSenderCodec));

/**
 * The group context extension `external_senders`.
 *
 * @example
 * ```ts
 * externalSendersExtension([{ signatureKey: signatureKeyPair.publicKey, credential: { credentialType: "basic", identity } }]).extensionType; // 5
 * ```
 */
export function externalSendersExtension(senders: readonly ExternalSender[]): Extension {
  const extensionData = externalSendersCodec.encode(senders as ExternalSender[]);
  return { extensionType: EXTENSION.externalSenders, extensionData };
}

/**
 * §12.1.8.1 The senders that the group context extension `external_senders` lists, in order: a sender's place is its
 * `senderIndex`. The lengths of the signature keys are not checked here.
 *
 * @throws {@link MlsError} `malformed`, `too-large`; `unsupported` for an extension of another type, or a credential type that
 * is not known; `invalid-argument` when `extension` is no object
 * @example
 * ```ts
 * const credential = { credentialType: "basic", identity } as const;
 * const extension = externalSendersExtension([{ signatureKey: signatureKeyPair.publicKey, credential }]);
 * decodeExternalSenders(extension).length; // 1
 * ```
 */
export function decodeExternalSenders(extension: Extension): ExternalSender[] {
  misuse(typeof extension?.extensionType === "number", "extension", "an Extension");
  // The extension is external_senders.
  enforce(extension.extensionType === EXTENSION.externalSenders, "12.1.8.1-1", "unsupported");
  return externalSendersCodec.decode(extension.extensionData);
}

const CONTEXT_CODECS: { readonly [type: number]: Codec<unknown> } = {
  [EXTENSION.requiredCapabilities]: requiredCapabilitiesCodec,
  [EXTENSION.externalSenders]: externalSendersCodec,
};

/** §11.1, §12.1.8.1 extensions that are to become those of a group. */
export function validateContextExtensions(extensions: readonly Extension[]): void {
  for (const { extensionType, extensionData } of extensions) {
    // Extensions of the group context whose content RFC 9420 defines can be read.
    enforce(isReadable(CONTEXT_CODECS[extensionType], extensionData), "13.4-3", "malformed");
  }
}

function isReadable(content: Codec<unknown> | undefined, bytes: Uint8Array): boolean {
  try {
    content?.decode(bytes);
    return true;
  } catch (error) {
    if (error instanceof MlsError) return false;
    throw error;
  }
}
