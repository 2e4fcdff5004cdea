// What a caller of @puredave/dave can do wrong (M11): everything else is an outcome or an event.

import { FrameCryptoError } from "@puredave/frame-crypto";
import { MlsError } from "@puredave/mls";
import { isBytes } from "./bytes.ts";

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
  | "closed"
  /**
   * The user asked for is no other member of the group. Remedy: ask for users of `client.roster`, ourselves left
   * out, and again after the event `roster`.
   */
  | "unknown-user"
  /**
   * `markVerified`: the code or key that was compared is not the member's any more. Remedy: show the member's code again
   * and compare it again; do not treat the user as verified.
   */
  | "verification-mismatch"
  /**
   * A store of the caller (`IdentityStore`, `knownKeys`) threw or returned what it must not; `cause` holds what it
   * threw. Remedy: mend the store; nothing was stored.
   */
  | "store-failed"
  /**
   * The runtime lacks what was asked for: encoded transforms, streams, or the backend `platform`. Remedy: use a
   * browser that has them, pass frames through `encrypt` and `decrypt` yourself, or use the backend `auto`.
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

  /** `message` is words without bytes, keys or user content; `cause` is the error beneath, of another package. */
  constructor(code: DaveErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Codes of the packages beneath that are more than a wrong argument. */
const CODES: Readonly<Record<string, DaveErrorCode>> = {
  unsupported: "unsupported-runtime",
  "not-available": "unsupported-runtime",
  closed: "closed",
};

/** Makes a call; an error of a package beneath leaves as a DaveError that has it as its `cause`. */
export function translated<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof MlsError || error instanceof FrameCryptoError)) throw error;
    const code = Object.hasOwn(CODES, error.code) ? CODES[error.code]! : "invalid-argument";
    throw new DaveError(code, error.message, { cause: error });
  }
}

/** Refuses what a decoder of `gateway/` was given. */
export function malformed(what: string): never {
  throw new DaveError("malformed-message", what);
}

/** Says what a value is: numbers, `true` and `false` as they are, of all else only the kind, never the content. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "number" || typeof value === "boolean")
    return Object.is(value, -0) ? "-0" : String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  const name = Object.prototype.toString.call(value).slice("[object ".length, -1);
  return `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}`;
}

/** Refuses an argument that is not what was expected. The message says what came instead: {@link kindOf} of `got`. */
export function expectThat(holds: boolean, name: string, expected: string, got: unknown): asserts holds {
  if (!holds) refuse(name, expected, kindOf(got));
}

/** Refuses an argument; `got` says in words what came instead. */
export function refuse(name: string, expected: string, got: string): never {
  throw new DaveError("invalid-argument", `${name}: expected ${expected}, got ${got}`);
}

export const isFunction = (value: unknown): boolean => typeof value === "function";

/** Refuses a value that is none of these names. A short name that came instead is shown. */
export function expectOneOf(names: readonly unknown[], value: unknown, name: string): void {
  if (names.includes(value)) return;
  const shown = typeof value === "string" && /^[\w.-]{1,40}$/.test(value) ? `"${value}"` : kindOf(value);
  refuse(name, `one of ${names.join(", ")}`, shown);
}

/** How many letters have to be changed, added or left out to get from one word to the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}

/** Longer names are compared with nothing: they are no slip of the finger. */
const MAX_NAME = 40;

/** Refuses options that are no object, or that have a name which no option has; `what` is the argument's name. */
export function checkOptionNames(
  options: unknown,
  known: Readonly<Record<string, unknown>>,
  what = "options",
): void {
  checkObject(options, what);
  expectThat(!Array.isArray(options), what, "an object", options);
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(known, name)) continue;
    const shown = name.slice(0, MAX_NAME);
    const near = Object.keys(known).find((other) => distance(shown.toLowerCase(), other.toLowerCase()) <= 2);
    const hint = near === undefined ? `the options are ${Object.keys(known).join(", ")}` : `is it ${near}?`;
    throw new DaveError("invalid-argument", `${what}: there is no option ${shown}; ${hint}`);
  }
}

/** Refuses callbacks that are given and are no functions. */
export function checkCallbacks(callbacks: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(callbacks))
    expectThat(value === undefined || isFunction(value), name, "a function", value);
}

export function checkObject(value: unknown, name: string): asserts value is object {
  expectThat(typeof value === "object" && value !== null, name, "an object", value);
}

/** Refuses whatever is no list of `Uint8Array`s. */
export function checkBytesList(value: unknown, name: string): asserts value is readonly Uint8Array[] {
  expectThat(Array.isArray(value) && value.every(isBytes), name, "a list of Uint8Array", value);
}

/** Refuses whatever is not a `Uint8Array` (of `length` bytes, when given). */
export function checkBytes(value: unknown, name: string, length?: number): asserts value is Uint8Array {
  expectThat(isBytes(value), name, "Uint8Array", value);
  if (length !== undefined && value.length !== length) refuse(name, `${length} bytes`, `${value.length}`);
}
