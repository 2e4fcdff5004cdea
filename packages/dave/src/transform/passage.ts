// One frame at a time through a stream: judged, replaced or dropped, counted, told about. No frame breaks the stream.

import { MEDIA_TYPES, type MediaType } from "@puredave/frame-crypto";
import { viewOf } from "../bytes.ts";
import { call, type Fault, guarded } from "../callbacks.ts";
import { checkCallbacks, checkOptionNames, expectOneOf, expectThat, isFunction } from "../errors.ts";
import { type Clock, platformClock } from "../ports.ts";
import { isSsrc } from "../rtp.ts";
import { SteadyClock } from "../steady-clock.ts";
import { KeyFrames } from "./key-frames.ts";
import { filterStream } from "./ports.ts";
import type { EncodedFrame, EncodedFrameMetadata, FrameTransformStream } from "./shapes.ts";

/** What became of one frame. */
export interface FrameReport<Outcome extends string> {
  /** As of `encrypt` and `decrypt`; `fault`: the transform itself failed on the frame. */
  readonly outcome: Outcome | "fault";
  /** Why, with the outcomes `not-ready`, `dropped` and `failed`. */
  readonly reason?: string | undefined;
  /** Whether it goes on through the stream. */
  readonly passed: boolean;
  /** What the stream carries. */
  readonly mediaType: MediaType;
  /** 32 bits; 0 where neither the frame nor the options told. */
  readonly ssrc: number;
}

/**
 * Frames by outcome since the transform was made, those that failed by their reason (`authentication`, not `failed`); what
 * never was is absent.
 */
export type FrameCounters = { readonly [outcome: string]: number };

/** A `TransformStream` that counts. */
export type CountingTransform = FrameTransformStream & {
  /** As they stand: a new object at each reading. */
  readonly counters: FrameCounters;
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

const OPTION_NAMES: { readonly [K in keyof TransformOptions<never>]-?: true } = {
  mediaType: true,
  onFrame: true,
  requestKeyFrame: true,
  onFault: true,
  clock: true,
};

/** `own`: the names of the options that only one direction has. */
export function expectOptions(
  options: TransformOptions<never>,
  own: Readonly<Record<string, unknown>>,
): void {
  checkOptionNames(options, { ...OPTION_NAMES, ...own });
  const { mediaType, onFrame, requestKeyFrame, onFault, clock } = options;
  expectThat(clock === undefined || isFunction(clock?.now), "clock", "an object with now()", clock);
  expectOneOf(MEDIA_TYPES, mediaType, "mediaType");
  checkCallbacks({ onFrame, requestKeyFrame, onFault });
}

const isWhole = (bytes: Uint8Array, buffer: ArrayBufferLike): boolean =>
  bytes.buffer === buffer && bytes.byteLength === buffer.byteLength;

/** A buffer that holds these bytes and nothing else. */
const ownBuffer = (bytes: Uint8Array): ArrayBuffer =>
  (isWhole(bytes, bytes.buffer) ? bytes : new Uint8Array(bytes)).buffer as ArrayBuffer;

export class Passage<Outcome extends string> {
  readonly counters: Record<string, number> = {};
  readonly #judge: Judge<Outcome>;
  readonly #options: TransformOptions<Outcome> & { readonly ssrc?: number | undefined };
  readonly #fault: Fault;
  readonly #keyFrames: KeyFrames | undefined;

  constructor(
    judge: Judge<Outcome>,
    options: TransformOptions<Outcome> & { readonly ssrc?: number | undefined },
  ) {
    this.#judge = judge;
    this.#options = options;
    this.#fault = guarded(options.onFault);
    const { mediaType, requestKeyFrame } = options;
    if (mediaType !== "video" || requestKeyFrame === undefined) return;
    const clock = new SteadyClock(options.clock ?? platformClock(), this.#fault);
    this.#keyFrames = new KeyFrames(
      () => call(requestKeyFrame, this.#fault),
      () => clock.now(),
    );
  }

  get stream(): CountingTransform {
    const stream = filterStream((frame: EncodedFrame) => this.pass(frame));
    // A copy each time: what the owner does with it does not change what is counted.
    const counters = { get: () => ({ ...this.counters }), enumerable: true };
    return Object.defineProperty(stream as object, "counters", counters) as CountingTransform;
  }

  /** Whether the frame goes on, its data replaced where needed. Never throws. */
  pass(frame: EncodedFrame): boolean {
    let ssrc = this.#options.ssrc ?? 0;
    let judgement: Judgement<Outcome | "fault"> = { outcome: "fault" };
    try {
      const metadata = frame.getMetadata();
      if (isSsrc(metadata.synchronizationSource)) ssrc = metadata.synchronizationSource;
      const { data } = frame;
      const bytes = viewOf(data);
      expectThat(bytes !== undefined, "frame.data", "an ArrayBuffer that is not detached", data);
      const judged = this.#judge(bytes, metadata, ssrc);
      if (judged.bytes !== undefined && !isWhole(judged.bytes, data)) frame.data = ownBuffer(judged.bytes);
      judgement = judged;
    } catch (fault) {
      this.#fault(fault);
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
    const name = outcome === "failed" && reason !== undefined ? reason : outcome;
    this.counters[name] = (this.counters[name] ?? 0) + 1;
    if (passed) this.#keyFrames?.passed(ssrc, typeOf(frame));
    else if (harmless !== true) this.#keyFrames?.missed(ssrc);
    if (onFrame === undefined) return;
    const report = { outcome, ...(reason === undefined ? {} : { reason }), passed, mediaType, ssrc };
    call(() => onFrame(report), this.#fault);
  }
}

function typeOf(frame: EncodedFrame): string | undefined {
  try {
    return frame.type;
  } catch {
    return undefined;
  }
}
