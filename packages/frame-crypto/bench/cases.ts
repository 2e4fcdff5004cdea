// The frames that are timed, and what is asked of them: time ÷ davey's time.
import type { Codec, MediaType } from "../src/index.ts";

export interface FrameCase {
  readonly name: string;
  readonly codec: Codec;
  readonly media: MediaType;
  readonly frame: Uint8Array;
  /** Time ÷ davey's time, by subject. */
  readonly targets: Readonly<Record<string, number>>;
  /** Targets that hold for one direction only. */
  readonly sealTargets?: Readonly<Record<string, number>>;
  readonly openTargets?: Readonly<Record<string, number>>;
  /** Eight keys take turns, frame by frame. */
  readonly byTurns?: boolean;
}

/** Bytes that hold no start code by accident. */
export const noise = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => ((i * 73 + 41) % 251) + 2);

const slices = (count: number, length: number): Uint8Array => {
  const slice = Uint8Array.from([0, 0, 0, 1, 0x41, 0x9a, ...noise(length / count - 6)]);
  const frame = new Uint8Array(count * slice.length);
  for (let i = 0; i < count; i++) frame.set(slice, i * slice.length);
  return frame;
};

const deltaFrame = (length: number): Uint8Array => {
  const frame = noise(length);
  frame[0] = 0x31;
  return frame;
};

export const CASES: readonly FrameCase[] = [
  {
    name: "Opus 120 B",
    codec: "opus",
    media: "audio",
    frame: noise(120),
    targets: { auto: 0.7, "auto, into": 0.7 },
    sealTargets: { portable: 1.0 },
    openTargets: { portable: 1.1 },
  },
  {
    name: "Opus 120 B, 8 keys",
    codec: "opus",
    media: "audio",
    frame: noise(120),
    targets: {},
    byTurns: true,
  },
  {
    name: "Opus 1 200 B",
    codec: "opus",
    media: "audio",
    frame: noise(1200),
    targets: { auto: 0.6, "auto, into": 0.6 },
  },
  {
    name: "VP8 delta 12 kB",
    codec: "vp8",
    media: "video",
    frame: deltaFrame(12_000),
    targets: { auto: 0.2, "auto, into": 0.2, portable: 1.2 },
  },
  {
    name: "H.264 4 slices 12 kB",
    codec: "h264",
    media: "video",
    frame: slices(4, 12_000),
    targets: { auto: 0.2, "auto, into": 0.2, portable: 1.2 },
  },
];
