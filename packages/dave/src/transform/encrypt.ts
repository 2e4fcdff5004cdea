// M5, M7, M8: outgoing frames. What must not leave is dropped, in its place and without an error.

import type { Codec } from "@puredave/frame-crypto";
import type { DaveClient } from "../client/client.ts";
import type { EncryptOutcome } from "../client/options.ts";
import { expectThat, isFunction } from "../errors.ts";
import { checkSsrc } from "../rtp.ts";
import { codecOf } from "./codec-of.ts";
import {
  type CountingTransform,
  expectOptions,
  type Judge,
  Passage,
  type TransformOptions,
} from "./passage.ts";

/** What `encryptTransform` needs of a client. */
export type EncryptingClient = Pick<DaveClient, "encrypt" | "assignSsrcToCodec">;

/** What became of an outgoing frame: the client's word, or `fault` where something threw. */
export type EncryptedFrameOutcome = EncryptOutcome["outcome"];

/** Options of {@link encryptTransform}. */
export interface EncryptTransformOptions extends TransformOptions<EncryptedFrameOutcome> {
  /** The SSRC of frames that do not tell theirs, 32 bits. Default: 0. */
  readonly ssrc?: number | undefined;
  /** Which codec a payload type stands for, where frames tell no MIME type. */
  readonly payloadTypes?: ReadonlyMap<number, Codec> | undefined;
}

/**
 * A `TransformStream` of encoded frames on their way out: each leaves encrypted, in order, or not at all.
 *
 * - `encrypted`: its data are the DAVE frame, in a buffer of their own (F6). Empty frames are sealed like any other.
 * - `plain`: passes as it is. Only while the client says so: version 0 is executed (M5), or its policy is
 *   `passthrough` (M8).
 * - `not-ready`, `dropped`, `failed`: dropped. A stream holds nothing back: sound and pictures of seconds ago are of
 *   no use to anybody. Where they are, use `HeldFrames`.
 * - `fault`: something threw, the client under policy `throw` among others; dropped.
 *
 * The codec comes from the frame's MIME type, else from its payload type by `payloadTypes`, and is assigned to its
 * SSRC; where neither tells, what `assignSsrcToCodec` said before stays. MIME types without clear ranges (C0) are
 * encrypted whole.
 *
 * @throws DaveError `invalid-argument`; `unsupported-runtime` without a global `TransformStream`
 * @example
 * ```ts
 * import { encryptTransform } from "@puredave/dave/transform";
 * const requestKeyFrame = () => transformer.generateKeyFrame();
 * const out = encryptTransform(client, { mediaType: "video", requestKeyFrame });
 * transformer.readable.pipeThrough(out).pipeTo(transformer.writable);
 * console.log(out.counters); // later: { encrypted: 812, "not-ready": 3 }
 * ```
 */
export function encryptTransform(
  client: EncryptingClient,
  options: EncryptTransformOptions,
): CountingTransform {
  expectOptions(options, { ssrc: true, payloadTypes: true });
  const fits = isFunction(client?.encrypt) && isFunction(client.assignSsrcToCodec);
  expectThat(fits, "client", "an object with encrypt and assignSsrcToCodec", client);
  const { mediaType, payloadTypes } = options;
  if (options.ssrc !== undefined) checkSsrc(options.ssrc);
  const judge: Judge<EncryptedFrameOutcome> = (frame, metadata, ssrc) => {
    const codec = codecOf(metadata, payloadTypes);
    if (codec !== undefined) client.assignSsrcToCodec(ssrc, codec);
    const sent = client.encrypt({ mediaType, ssrc, frame });
    if (sent.outcome === "encrypted" || sent.outcome === "plain")
      return { outcome: sent.outcome, bytes: sent.frame };
    return { outcome: sent.outcome, reason: sent.reason };
  };
  return new Passage(judge, options).stream;
}
