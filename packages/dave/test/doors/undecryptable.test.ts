// F8, R1: a sender whose every frame fails is told about, with a guess at the cause.
import { describe, expect, it } from "vitest";
import { type LikelyCause, snapshotOf } from "../../src/index.ts";
import { concat, FRAME, type Member, pair, whatBecame } from "../support/call.ts";

type Spoil = (frame: Uint8Array) => Uint8Array;

/** What a receiver that forgets one step of R1, or a sender that forgets to encrypt, makes of a frame. */
const SPOILT: readonly (readonly [LikelyCause, string, Spoil])[] = [
  ["rtp-padding", "not-protocol-frame", (frame) => concat([frame, Uint8Array.of(0, 0, 0, 4)])],
  ["rtp-padding", "not-protocol-frame", (frame) => concat([frame, Uint8Array.of(1)])],
  ["rtp-extension", "authentication", (frame) => concat([Uint8Array.of(0x10, 0xff, 0, 0), frame])],
  ["rtp-extension", "authentication", (frame) => concat([new Uint8Array(24).fill(0x51), frame])],
  ["trailing-bytes", "not-protocol-frame", (frame) => concat([frame, Uint8Array.of(0, 0, 1, 99)])],
  ["cut-short", "not-protocol-frame", (frame) => frame.slice(0, -1)],
  ["cut-short", "malformed-trailer", (frame) => frame.slice(-8)],
  ["plaintext", "not-protocol-frame", () => FRAME],
  ["wrong-key", "authentication", (frame) => frame.map((byte, i) => (i === 3 ? byte ^ 1 : byte))],
];

function hearSpoilt(spoil: Spoil, frames: number, gapMs = 20, mediaType: "audio" | "video" = "audio") {
  const { call, a, b } = pair();
  const hear = (frame: Uint8Array): string =>
    whatBecame(b.client.decrypt({ userId: a.userId, mediaType, frame }));
  for (let i = 0; i < frames; i++) {
    hear(spoil(a.speak()));
    call.clock.advance(gapMs);
  }
  return { call, a, b, hear };
}

const told = (member: Member) => member.eventsOf("undecryptable");

describe("the event undecryptable", () => {
  it.each(SPOILT)("guesses %s from frames that are %s", (likelyCause, reason, spoil) => {
    const { a, b } = hearSpoilt(spoil, 60);
    expect(told(b)).toEqual([{ type: "undecryptable", userId: a.userId, reason, frames: 51, likelyCause }]);
  });

  it("guesses the size field that stock WebRTC writes back into AV1 (C6)", () => {
    // One OBU (type 6, size present) whose size covers everything that follows it, trailer included.
    const resized: Spoil = (frame) => concat([Uint8Array.of(0x32, frame.length), frame]);
    const { b } = hearSpoilt(resized, 60, 20, "video");
    expect(told(b)).toMatchObject([{ likelyCause: "av1-size-field" }]);
  });

  it("comes once, and again only after a frame of that sender has succeeded", () => {
    const { call, a, b, hear } = hearSpoilt((frame) => frame.slice(0, -1), 500);
    expect(told(b)).toHaveLength(1);
    expect(hear(a.speak())).toBe("decrypted");
    for (let i = 0; i < 60; i++) {
      hear(FRAME);
      call.clock.advance(20);
    }
    expect(told(b).map(({ likelyCause }) => likelyCause)).toEqual(["cut-short", "plaintext"]);
  });

  it("does not come for pauses, for single failures, or for silence frames", () => {
    expect(told(hearSpoilt((frame) => frame.slice(0, -1), 30, 1_000).b)).toEqual([]);
    expect(told(hearSpoilt(() => Uint8Array.of(0xf8, 0xff, 0xfe), 200).b)).toEqual([]);
    const { b, a, hear, call } = hearSpoilt((frame) => frame, 0);
    for (let i = 0; i < 200; i++) {
      hear(i % 10 === 0 ? a.speak() : FRAME);
      call.clock.advance(20);
    }
    expect(told(b)).toEqual([]);
  });

  it("does not come for users who are not in the call", () => {
    const { call, a } = pair();
    for (let i = 0; i < 100; i++) {
      a.client.decrypt({ userId: "999", mediaType: "audio", frame: FRAME });
      call.clock.advance(20);
    }
    expect(told(a)).toEqual([]);
  });

  it("leaves the sender audible: the guess uses up nothing that a good frame needs", () => {
    const { a, hear } = hearSpoilt((frame) => concat([new Uint8Array(8), frame]), 60);
    expect(hear(a.speak())).toBe("decrypted");
  });
});

it("a snapshot has the counters of every user", () => {
  const { a, b } = hearSpoilt((frame) => frame.slice(0, -1), 7);
  expect(snapshotOf(b.client).counters).toEqual({
    [a.userId]: { decrypted: 0, plain: 0, silence: 0, failed: { "not-protocol-frame": 7 } },
  });
});
