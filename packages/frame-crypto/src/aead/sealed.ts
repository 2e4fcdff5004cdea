// F1 AES-128-GCM with an 8-byte tag, one message at a time: for vectors and for other formats' tools.
import { checkBytes, checkInteger, checkObject } from "../arguments.ts";
import { EMPTY, KEY_LENGTH, NONCE_SPAN, TAG_LENGTH } from "../constants.ts";
import { Ranges } from "../format/ranges.ts";
import type { AeadKey } from "./backend.ts";
import { type BackendChoice, selectBackend } from "./select.ts";

interface Message {
  /** 16 bytes. */
  readonly key: Uint8Array;
  /** K3: 0 to 2^32-1. */
  readonly counter: number;
  /** Default: none. */
  readonly aad?: Uint8Array;
  readonly backend?: BackendChoice;
}

/** Additional data, then text, with room for a tag: a frame whose first bytes are clear. */
function asFrame(aad: Uint8Array, text: Uint8Array, tag?: Uint8Array): Uint8Array {
  const frame = new Uint8Array(aad.length + text.length + TAG_LENGTH);
  frame.set(aad);
  frame.set(text, aad.length);
  if (tag !== undefined) frame.set(tag, aad.length + text.length);
  return frame;
}

function prepare(input: Message): { key: AeadKey; aad: Uint8Array; clear: Ranges } {
  checkObject(input, "input");
  checkBytes(input.key, "key", KEY_LENGTH);
  checkInteger(input.counter, "counter", NONCE_SPAN - 1);
  const { aad = EMPTY, backend } = input;
  checkBytes(aad, "aad");
  const clear = new Ranges();
  clear.add(0, aad.length);
  return { key: selectBackend(backend === undefined ? {} : { backend }).prepare(input.key), aad, clear };
}

/**
 * F1: seals one message of AES-128-GCM whose tag is cut to 8 bytes.
 *
 * @param input `key`: 16 bytes; `counter`: the nonce, 0 to 2^32 - 1; `aad`: default none; `plaintext`: below 2^30 bytes
 * @returns `ciphertext`, as long as the plaintext, and `tag`, 8 bytes
 * @throws {@link FrameCryptoError} `invalid-argument`, `invalid-length`, `not-available`
 * @example
 * ```ts
 * const key = new Uint8Array(16);
 * const { ciphertext, tag } = sealAead({ key, counter: 1, plaintext: new Uint8Array(5) });
 * tag; // 8 bytes
 * openAead({ key, counter: 1, ciphertext, tag }); // { outcome: "opened", plaintext }
 * openAead({ key, counter: 2, ciphertext, tag }); // { outcome: "failed", reason: "authentication" }
 * ```
 */
export function sealAead(input: Message & { readonly plaintext: Uint8Array }): {
  ciphertext: Uint8Array;
  tag: Uint8Array;
} {
  const { key, aad, clear } = prepare(input);
  checkBytes(input.plaintext, "plaintext");
  const frame = asFrame(aad, input.plaintext);
  const length = frame.length - TAG_LENGTH;
  key.seal(input.counter, frame, length, clear, frame);
  key.wipe();
  return { ciphertext: frame.slice(aad.length, length), tag: frame.slice(length) };
}

/** What became of a message that was opened: a discriminated union. */
export type OpenResult =
  | { readonly outcome: "opened"; readonly plaintext: Uint8Array }
  | { readonly outcome: "failed"; readonly reason: "authentication" };

/**
 * F1: opens one message. `opened` has the `plaintext`; `failed` means that the tag does not fit.
 *
 * @param input as in {@link sealAead}; a `tag` of any other length than 8 bytes is misuse
 * @throws {@link FrameCryptoError} `invalid-argument`, `invalid-length`, `not-available`
 */
export function openAead(
  input: Message & { readonly ciphertext: Uint8Array; readonly tag: Uint8Array },
): OpenResult {
  const { key, aad, clear } = prepare(input);
  checkBytes(input.ciphertext, "ciphertext");
  checkBytes(input.tag, "tag", TAG_LENGTH);
  const frame = asFrame(aad, input.ciphertext, input.tag);
  const length = frame.length - TAG_LENGTH;
  const authentic = key.open(input.counter, frame, length, clear, frame);
  key.wipe();
  const plaintext = frame.slice(aad.length, authentic ? length : aad.length);
  frame.fill(0);
  return authentic ? { outcome: "opened", plaintext } : { outcome: "failed", reason: "authentication" };
}
