// F8, F10, M6: incoming frames. What no key opens is dropped, in its place and without an error.

import type { DaveClient } from "../client/client.ts";
import type { DecryptOutcome } from "../client/options.ts";
import { expectThat, isFunction } from "../errors.ts";
import { namedSnowflake, type Snowflake } from "../snowflake.ts";
import {
  type CountingTransform,
  expectOptions,
  type Judge,
  Passage,
  type TransformOptions,
} from "./passage.ts";

/** What `decryptTransform` needs of a client. */
export type DecryptingClient = Pick<DaveClient, "decrypt">;

/** What became of an incoming frame. */
export type DecryptedFrameOutcome =
  | DecryptOutcome["outcome"]
  /** Nothing in it: padding alone (R1). Dropped; no failure. */
  | "empty";

/** Options of {@link decryptTransform}. */
export interface DecryptTransformOptions extends TransformOptions<DecryptedFrameOutcome> {
  /** Who sends, or who owns an SSRC (32 bits; 0 where frames do not tell theirs); `undefined`: not known yet. */
  readonly userId: Snowflake | ((ssrc: number) => Snowflake | undefined);
}

/** K7: a frame that came before is missed by nobody. */
const HARMLESS = "replayed";

/**
 * A `TransformStream` of encoded frames on their way in: each goes on decrypted, in order, or not at all.
 *
 * - `decrypted`: its data are the codec's frame, in a buffer of their own.
 * - `plain`, `silence`: passes as it is, while the client accepts plaintext (M6), and the silence frame always (F10).
 * - `empty`, `failed`: dropped. A decoder never sees what is not media.
 * - `fault`: something threw; dropped.
 *
 * Of video, once frames go through again after some did not, `requestKeyFrame` is called: the decoder would show
 * broken pictures, or none, until a key frame comes by itself. Replayed and empty frames leave no gap.
 *
 * @throws DaveError `invalid-argument`, `invalid-snowflake`; `unsupported-runtime` without a global
 * `TransformStream`
 * @example
 * ```ts
 * import { decryptTransform } from "@puredave/dave/transform";
 * const requestKeyFrame = () => transformer.sendKeyFrameRequest();
 * const heard = decryptTransform(client, { mediaType: "video", userId: otherUserId, requestKeyFrame });
 * transformer.readable.pipeThrough(heard).pipeTo(transformer.writable);
 * ```
 */
export function decryptTransform(
  client: DecryptingClient,
  options: DecryptTransformOptions,
): CountingTransform {
  expectOptions(options, { userId: true });
  expectThat(isFunction(client?.decrypt), "client", "an object with decrypt", client);
  const { mediaType, userId: sender } = options;
  const userOf = typeof sender === "function" ? sender : always(namedSnowflake(sender, "userId"));
  const judge: Judge<DecryptedFrameOutcome> = (frame, _, ssrc) => {
    if (frame.length === 0) return { outcome: "empty", harmless: true };
    const heard = client.decrypt({ userId: userOf(ssrc), mediaType, frame });
    if ("frame" in heard) return { outcome: heard.outcome, bytes: heard.frame };
    return { outcome: heard.outcome, reason: heard.reason, harmless: heard.reason === HARMLESS };
  };
  return new Passage(judge, options).stream;
}

const always =
  <T>(value: T) =>
  (): T =>
    value;
