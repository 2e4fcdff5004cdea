// One frame at a time through a stream: judged, replaced or dropped, counted, told about. No frame breaks the stream.

import type { MediaType } from "@puredave/frame-crypto";
import { isSsrc } from "../client/options.ts";
import { checkCallbacks, checkObject, expectThat } from "../errors.ts";
import { viewBytes } from "../gateway/codec.ts";
import { type Clock, platformClock } from "../ports.ts";
import { KeyFrames } from "./key-frames.ts";
import { filterStream } from "./ports.ts";
import type { EncodedFrame, EncodedFrameMetadata, FrameTransformStream } from "./shapes.ts";

/** What became of one frame. */
export interface FrameReport<Outcome extends string> {
  /** As of `encrypt` and `decrypt`; `fault`: the transform itself failed on the frame. */
  readonly outcome: Outcome | "fault";
  /** Why: of `not-ready` and `dropped` the client's reason, of `failed` the encryptor's. */
  readonly reason?: string | undefined;
  /** Whether it goes on through the stream. */
  readonly passed: boolean;
  /** What the stream carries. */
  readonly mediaType: MediaType;
  /** 32 bits; 0 where neither the frame nor the options told. */
  readonly ssrc: number;
}

/** Frames by outcome since the transform was made; an outcome that never was is absent. */
export type FrameCounters<Outcome extends string> = { readonly [O in Outcome | "fault"]?: number };

/** A `TransformStream` that counts. */
export type CountingTransform<Outcome extends string> = FrameTransformStream & {
  /** Live: read it when you want to know. */
  readonly counters: FrameCounters<Outcome>;
};

/** Options of both directions. */
export interface TransformOptions<Outcome extends string> {
  /** What the stream carries. */
  readonly mediaType: MediaType;
  /** Told of every frame, in order. May throw. */
  readonly onFrame?: ((report: FrameReport<Outcome>) => void) | undefined;
  /**
   * Video only: frames go through again after some did not, so the decoder needs a key frame. Called at most once a
   * second, until one passes. May throw, and may return a promise that rejects.
   */
  readonly requestKeyFrame?: (() => unknown) | undefined;
  /** Told what frames, client and callbacks threw: never an end of the stream. May throw. */
  readonly onFault?: ((fault: unknown) => void) | undefined;
  /** Spaces the requests for key frames. Default: the platform's; only `now` is used. */
  readonly clock?: Clock | undefined;
}

/** What a direction says about a frame: with `bytes` it goes on as these. */
export interface Judgement<Outcome extends string> {
  readonly outcome: Outcome;
  readonly reason?: string | undefined;
  readonly bytes?: Uint8Array | undefined;
  /** Not there, but nobody misses it. */
  readonly harmless?: boolean;
}

export type Judge<Outcome extends string> = (
  data: Uint8Array,
  metadata: EncodedFrameMetadata,
  ssrc: number,
) => Judgement<Outcome>;

export function expectOptions(options: TransformOptions<never>): void {
  checkObject(options, "options");
  const { mediaType, onFrame, requestKeyFrame, onFault } = options;
  expectThat(mediaType === "audio" || mediaType === "video", "mediaType", "audio or video");
  checkCallbacks({ onFrame, requestKeyFrame, onFault });
}

const isWhole = (bytes: Uint8Array, buffer: ArrayBufferLike): boolean =>
  bytes.buffer === buffer && bytes.byteLength === buffer.byteLength;

/** A buffer that holds these bytes and nothing else. */
const ownBuffer = (bytes: Uint8Array): ArrayBuffer =>
  (isWhole(bytes, bytes.buffer) ? bytes : new Uint8Array(bytes)).buffer as ArrayBuffer;

export class Passage<Outcome extends string> {
  readonly counters: { [O in Outcome | "fault"]?: number } = {};
  readonly #judge: Judge<Outcome>;
  readonly #options: TransformOptions<Outcome> & { readonly ssrc?: number | undefined };
  readonly #keyFrames: KeyFrames | undefined;

  constructor(
    judge: Judge<Outcome>,
    options: TransformOptions<Outcome> & { readonly ssrc?: number | undefined },
  ) {
    this.#judge = judge;
    this.#options = options;
    const { mediaType, requestKeyFrame, clock = platformClock() } = options;
    if (mediaType === "video" && requestKeyFrame !== undefined)
      this.#keyFrames = new KeyFrames(
        () => this.#guarded(() => this.#settle(requestKeyFrame())),
        () => clock.now(),
      );
  }

  get stream(): CountingTransform<Outcome> {
    const stream = filterStream((frame: EncodedFrame) => this.pass(frame));
    return Object.assign(stream as object, { counters: this.counters }) as CountingTransform<Outcome>;
  }

  /** Whether the frame goes on, its data replaced where needed. Never throws. */
  pass(frame: EncodedFrame): boolean {
    let ssrc = this.#options.ssrc ?? 0;
    let judgement: Judgement<Outcome | "fault"> = { outcome: "fault" };
    try {
      const metadata = frame.getMetadata();
      if (isSsrc(metadata.synchronizationSource)) ssrc = metadata.synchronizationSource;
      const { data } = frame;
      const judged = this.#judge(viewBytes(data), metadata, ssrc);
      if (judged.bytes !== undefined && !isWhole(judged.bytes, data)) frame.data = ownBuffer(judged.bytes);
      judgement = judged;
    } catch (fault) {
      this.#tellFault(fault);
    }
    this.#tell(judgement, ssrc, frame);
    return judgement.bytes !== undefined;
  }

  #tell(
    { outcome, reason, bytes, harmless }: Judgement<Outcome | "fault">,
    ssrc: number,
    frame: EncodedFrame,
  ) {
    const { mediaType, onFrame } = this.#options;
    const passed = bytes !== undefined;
    this.counters[outcome] = (this.counters[outcome] ?? 0) + 1;
    if (passed) this.#keyFrames?.passed(ssrc, typeOf(frame));
    else if (harmless !== true) this.#keyFrames?.missed(ssrc);
    if (onFrame === undefined) return;
    this.#guarded(() =>
      onFrame({ outcome, ...(reason === undefined ? {} : { reason }), passed, mediaType, ssrc }),
    );
  }

  #settle(returned: unknown): void {
    if (returned instanceof Promise) returned.catch((fault) => this.#tellFault(fault));
  }

  #guarded(call: () => void): void {
    try {
      call();
    } catch (fault) {
      this.#tellFault(fault);
    }
  }

  #tellFault(fault: unknown): void {
    try {
      this.#options.onFault?.(fault);
    } catch {
      // whoever is told about faults has none of their own
    }
  }
}

function typeOf(frame: EncodedFrame): string | undefined {
  try {
    return frame.type;
  } catch {
    return undefined;
  }
}
