// What a caller of @puredave/dave can do wrong (M11): everything else is an outcome or an event.

/** The closed union of {@link DaveError} codes. */
export type DaveErrorCode =
  /** An argument has the wrong type, length or range. */
  | "invalid-argument"
  /** A user id or channel id is no unsigned 64-bit decimal. */
  | "invalid-snowflake"
  /** Bytes or text given to a decoder are no message of the voice gateway. */
  | "malformed-message"
  /** `encrypt` under the policy `throw` while the client is not ready. */
  | "not-ready"
  /** The session or client was disposed of and is used again. */
  | "disposed"
  /** The asked for user is not in the group's roster. */
  | "unknown-user"
  /** The runtime lacks what was asked for: encoded transforms, or streams. */
  | "unsupported-runtime";

/**
 * Thrown for misuse, and by the decoders of `gateway/` for malformed messages.
 * The message never holds bytes, keys or user content.
 */
export class DaveError extends Error {
  /** Always `DaveError`. */
  override readonly name = "DaveError";
  /** Why; see docs/errors.md. */
  readonly code: DaveErrorCode;

  /** `message` is words without bytes, keys or user content. */
  constructor(code: DaveErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Refuses whatever is not a `Uint8Array` (of `length` bytes, when given). */
export function checkBytes(value: unknown, name: string, length?: number): asserts value is Uint8Array {
  if (!(value instanceof Uint8Array)) throw new DaveError("invalid-argument", `${name}: expected Uint8Array`);
  if (length !== undefined && value.length !== length)
    throw new DaveError("invalid-argument", `${name}: expected ${length} bytes, got ${value.length}`);
}
