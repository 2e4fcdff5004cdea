// Errors: misuse of this package. What a frame holds never throws; it becomes an outcome.

/**
 * Why a call was refused. Closed: a new reason is a new member here.
 *
 * - `invalid-argument`: a wrong type, or a value outside its range.
 * - `invalid-length`: bytes of a length the call cannot take.
 * - `output-too-small`: the caller's buffer cannot hold the result.
 * - `overlap`: the output shares memory with the input without being the same bytes.
 * - `disposed`: the key was wiped before.
 * - `not-available`: the backend asked for does not exist in this runtime.
 */
export type FrameCryptoErrorCode =
  | "invalid-argument"
  | "invalid-length"
  | "output-too-small"
  | "overlap"
  | "disposed"
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
