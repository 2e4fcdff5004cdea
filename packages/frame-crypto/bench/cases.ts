// The frames that are timed, and what is asked of them: time ÷ davey's time in the same run.
import type { Codec, MediaType } from "../src/index.ts";

export interface FrameCase {
  readonly name: string;
  readonly codec: Codec;
  readonly media: MediaType;
  readonly frame: Uint8Array;
  /** Time ÷ davey's time, by subject. */
  readonly targets: Readonly<Record<string, number>>;
  /** So many keys take turns, frame by frame: what a bot does that hears a call. */
  readonly turns?: number;
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

/** A VP8 frame that is no key frame: its first byte stays clear. */
const deltaFrame = (length: number): Uint8Array => {
  const frame = noise(length);
  frame[0] = 0x31;
  return frame;
};

const all = (target: number, into = target): Readonly<Record<string, number>> => ({
  auto: target,
  client: target,
  "auto, into": into,
});

/** Targets of one runtime: davey's native code is as fast in Deno as elsewhere, the platform's cipher is not. */
export function casesFor(runtime: string): readonly FrameCase[] {
  const deno = runtime.startsWith("Deno");
  const [voice, into, turns, packet, video] = deno ? [1.1, 1.1, 1.1, 1.1, 1.1] : [0.8, 0.65, 0.85, 0.8, 0.3];
  const opus = { codec: "opus", media: "audio" } as const;
  return [
    { ...opus, name: "Opus 120 B", frame: noise(120), targets: all(voice, into) },
    ...[8, 25, 100].map((count) => ({
      ...opus,
      name: `Opus 120 B, ${count} keys`,
      frame: noise(120),
      targets: count === 8 ? { auto: turns } : {},
      turns: count,
    })),
    { ...opus, name: "Opus 300 B", frame: noise(300), targets: all(1.1) },
    { ...opus, name: "Opus 1 200 B", frame: noise(1200), targets: all(packet) },
    { codec: "vp8", media: "video", name: "VP8 4 kB", frame: deltaFrame(4000), targets: all(1.1) },
    { codec: "vp8", media: "video", name: "VP8 12 kB", frame: deltaFrame(12_000), targets: all(video) },
    { codec: "h264", media: "video", name: "H.264 4 × 3 kB", frame: slices(4, 12_000), targets: all(video) },
  ];
}
