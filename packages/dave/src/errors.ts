// What a caller of @puredave/dave can do wrong (M11): everything else is an outcome or an event.

/**
 * Why a call to this package was refused. Closed: a new reason is a new member here, and a minor version.
 */
export type DaveErrorCode =
  /** An argument has the wrong type, length or range; the message names it. Remedy: fix the call. */
  | "invalid-argument"
  /**
   * A user id or channel id is no unsigned 64-bit decimal without leading zeros. Remedy: pass the id as Discord
   * gives it, as a string or bigint; a JavaScript number has lost digits already.
   */
  | "invalid-snowflake"
  /**
   * Bytes or text given to a decoder of `gateway/` are no message of the voice gateway. `DaveClient.receive`
   * never throws it. Remedy: drop the message.
   */
  | "malformed-message"
  /**
   * `encrypt` under the policy `throw` while the client is not ready (M8). Remedy: keep or drop the frame; the
   * event `state` with `ready` says when to go on.
   */
  | "not-ready"
  /** The session or client was closed and is used again. Remedy: make a new one. */
  | "disposed"
  /**
   * The user asked for is no other member of the group. Remedy: ask for users of `client.roster`, ourselves left
   * out, and again after the event `roster`.
   */
  | "unknown-user"
  /**
   * The runtime lacks what was asked for: encoded transforms, or streams. Remedy: use a browser that has them, or
   * pass frames through `encrypt` and `decrypt` yourself.
   */
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

/** Refuses what a decoder of `gateway/` was given. */
export function malformed(what: string): never {
  throw new DaveError("malformed-message", what);
}

/** Refuses an argument that is not what was expected. */
export function expectThat(holds: boolean, name: string, expected: string): asserts holds {
  if (!holds) throw new DaveError("invalid-argument", `${name}: expected ${expected}`);
}

export const isFunction = (value: unknown): boolean => typeof value === "function";

/** Refuses callbacks that are given and are no functions. */
export function checkCallbacks(callbacks: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(callbacks))
    expectThat(value === undefined || isFunction(value), name, "a function");
}

export function checkObject(value: unknown, name: string): asserts value is object {
  expectThat(typeof value === "object" && value !== null, name, "an object");
}

/** Refuses whatever is not a `Uint8Array` (of `length` bytes, when given). */
export function checkBytes(value: unknown, name: string, length?: number): asserts value is Uint8Array {
  expectThat(value instanceof Uint8Array, name, "Uint8Array");
  if (length !== undefined) expectThat(value.length === length, name, `${length} bytes, got ${value.length}`);
}
