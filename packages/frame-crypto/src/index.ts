// @puredave/frame-crypto: DAVE §4 (K3–K7) and §5 (F1–F10, C0–C6). Frames in, frames out.
export type { AeadBackend, Changeover } from "./aead/backend.ts";
export { portableBackend } from "./aead/portable.ts";
export { type OpenResult, openAead, sealAead } from "./aead/sealed.ts";
export { type BackendChoice, type BackendOptions, selectBackend } from "./aead/select.ts";
export { CODECS, type Codec, MEDIA_TYPES, type MediaType } from "./codec/codec.ts";
export { MARKER, MAX_TRAILER, SILENCE_FRAME, TAG_LENGTH } from "./constants.ts";
export { Decryptor } from "./decryptor.ts";
export { Encryptor } from "./encryptor.ts";
export { FrameCryptoError, type FrameCryptoErrorCode } from "./errors.ts";
export {
  type DecryptFailure,
  type DecryptInput,
  type DecryptIntoResult,
  type DecryptResult,
  FrameDecryptor,
} from "./frame-decryptor.ts";
export {
  type EncryptFailure,
  type EncryptInput,
  type EncryptIntoResult,
  type EncryptResult,
  FrameEncryptor,
} from "./frame-encryptor.ts";
export { type ParsedFrame, parseFrame, type SplitFrame, splitFrame } from "./inspect.ts";
export type { KeyRatchet } from "./key-ratchet.ts";
export { ReceiverKey, type ReceiverKeyOptions } from "./receiver-key.ts";
export { SenderKey } from "./sender-key.ts";
