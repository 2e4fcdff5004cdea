// Errors: misuse of this package. What a frame holds never throws; it becomes an outcome.

/**
 * Why a call was refused. Closed: a new reason is a new member here, and a minor version.
 */
export type FrameCryptoErrorCode =
  /**
   * An argument has the wrong type, or a value outside its range; the message names it. Remedy: fix the call.
   */
  | "invalid-argument"
  /**
   * Bytes have a length that the call cannot take: keys have 16, tags 8 or 16, nonces 12, everything else fewer than
   * 2^30. Remedy: pass bytes of that length.
   */
  | "invalid-length"
  /**
   * The buffer given to `encryptInto` or `decryptInto` cannot hold the result. Remedy: allocate
   * `maxProtectedLength(…)` bytes to encrypt, as many as the frame to decrypt.
   */
  | "output-too-small"
  /**
   * The output shares memory with the frame without starting where it does. Remedy: use a buffer apart from the
   * frame, or the frame itself.
   */
  | "overlap"
  /** The key was wiped before. Remedy: make a new key from its ratchet. */
  | "closed"
  /**
   * The backend `platform` was asked for, and this runtime has none that behaves. Remedy: use `auto` (default),
   * which falls back to `portable`.
   */
  | "not-available";

/** Thrown for misuse only. Messages name the argument, never its bytes. */
export class FrameCryptoError extends Error {
  /** Why; see docs/errors.md. */
  readonly code: FrameCryptoErrorCode;

  /** `message` names the argument, never its bytes. */
  constructor(code: FrameCryptoErrorCode, message: string) {
    super(message);
    this.name = "FrameCryptoError";
    this.code = code;
  }
}
