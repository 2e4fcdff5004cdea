// Which codec a frame is of, and what video needs after a gap.
import { describe, expect, it } from "vitest";
import type { Codec, EncryptOutcome } from "../../src/index.ts";
import { decryptTransform, type EncryptingClient, encryptTransform } from "../../src/transform.ts";
import { FRAME, pair } from "../support/call.ts";
import { FakeFrame, numbered, through, VP8 } from "../support/encoded.ts";
import { changeKeyWithout } from "../support/talk.ts";

const AUDIO = { mediaType: "audio" } as const;
const VIDEO = { mediaType: "video" } as const;

describe("the codec of a frame (§5)", () => {
  const assigned = async (metadata: object, payloadTypes?: ReadonlyMap<number, Codec>) => {
    const calls: unknown[] = [];
    const encryptor: EncryptingClient = {
      assignSsrcToCodec: (...words) => void calls.push(words),
      encrypt: ({ frame, ssrc }) => {
        calls.push(ssrc);
        return { outcome: "plain", frame };
      },
    };
    await through(encryptTransform(encryptor, { ...VIDEO, payloadTypes, ssrc: 77 }), [
      new FakeFrame(FRAME, metadata),
    ]);
    return calls;
  };

  it("comes from its MIME type, whatever the case and the parameters", async () => {
    const names = {
      VP8: "vp8",
      vp9: "vp9",
      "H264;profile-level-id=42e01f": "h264",
      H265: "h265",
      AV1: "av1",
    };
    for (const [subtype, codec] of Object.entries(names))
      expect(await assigned({ mimeType: `video/${subtype}`, synchronizationSource: 4 })).toEqual([
        [4, codec],
        4,
      ]);
    expect(await assigned({ mimeType: "audio/opus", synchronizationSource: 4 })).toEqual([[4, "opus"], 4]);
  });

  it("is unknown for MIME types that DAVE has no ranges for: encrypted whole (C0)", async () => {
    for (const mimeType of ["video/theora", "audio/red", "nonsense", "video/constructor"])
      expect(await assigned({ mimeType, synchronizationSource: 4 })).toEqual([[4, "unknown"], 4]);
  });

  it("comes from the payload type where there is no MIME type, and stays where there is neither", async () => {
    const types = new Map<number, Codec>([[96, "vp8"]]);
    expect(await assigned({ payloadType: 96, synchronizationSource: 4 }, types)).toEqual([[4, "vp8"], 4]);
    expect(await assigned({ payloadType: 97, synchronizationSource: 4 }, types)).toEqual([4]);
    expect(await assigned({ synchronizationSource: 4 })).toEqual([4]);
  });

  it("belongs to the SSRC of the options where the frame tells none, or nonsense", async () => {
    for (const synchronizationSource of [undefined, -1, 2 ** 32, 0.5, "4"])
      expect(await assigned({ mimeType: "video/VP8", synchronizationSource })).toEqual([[77, "vp8"], 77]);
  });

  it("leaves VP8's first bytes clear for the packetizer (C2)", async () => {
    const { a } = pair();
    const key = FRAME.map((byte, i) => (i === 0 ? byte & 0xfe : byte));
    const [wire] = await through(encryptTransform(a.client, VIDEO), [new FakeFrame(key, VP8, "key")]);
    expect(wire!.bytes.subarray(0, 10)).toEqual(key.subarray(0, 10));
    expect(wire!.bytes.subarray(10, 40)).not.toEqual(key.subarray(10, 40));
  });
});

describe("key frames after a gap", () => {
  const delta = (i: number) => numbered(i, VP8, "delta");
  const key = (i: number) => numbered(i, VP8, "key");

  /** An encryptor that does as it is told, frame by frame. */
  const scripted = (outcomes: EncryptOutcome["outcome"][]): EncryptingClient => ({
    assignSsrcToCodec: () => {},
    encrypt: ({ frame }) => {
      const outcome = outcomes.shift()!;
      return (outcome === "plain" ? { outcome, frame } : { outcome, reason: "alone" }) as EncryptOutcome;
    },
  });

  const asked = async (script: string, frames: FakeFrame[], stepMs = 0) => {
    const requests: number[] = [];
    let [at, time] = [0, 0];
    const outcomes = [...script].map((letter) => (letter === "." ? "not-ready" : "plain") as "plain");
    const sealed = encryptTransform(scripted(outcomes), {
      ...VIDEO,
      clock: { now: () => time },
      onFrame: () => {
        at++;
        time += stepMs;
      },
      requestKeyFrame: () => void requests.push(at),
    });
    await through(sealed, frames);
    return requests;
  };

  it("one is asked for as soon as frames go through again, not while they do not", async () => {
    expect(await asked("..||", [key(0), delta(1), delta(2), delta(3)])).toEqual([2]);
  });

  it("none is asked for when none was lost, or when the first that goes through is one", async () => {
    expect(await asked("|||", [key(0), delta(1), delta(2)])).toEqual([]);
    expect(await asked(".||", [key(0), key(1), delta(2)])).toEqual([]);
  });

  it("it is asked for again after a second, until it comes", async () => {
    const frames = [
      key(0),
      ...Array.from({ length: 9 }, (_, i) => delta(i + 1)),
      key(10),
      delta(11),
      delta(12),
    ];
    expect(await asked(".||||||||||||", frames, 300)).toEqual([1, 5, 9]);
  });

  it("once only where frames have no type; never for audio", async () => {
    const typeless = Array.from({ length: 6 }, (_, i) => numbered(i, VP8));
    expect(await asked(".|||||", typeless, 2_000)).toEqual([1]);
    const requests: string[] = [];
    const sealed = encryptTransform(scripted(["not-ready", "plain"]), {
      ...AUDIO,
      requestKeyFrame: () => void requests.push("audio"),
    });
    await through(sealed, [numbered(0), numbered(1)]);
    expect(requests).toEqual([]);
  });

  it("the receiver asks after frames that no key opened; a replay leaves no gap", async () => {
    const { a, b } = pair();
    const wire = await through(encryptTransform(a.client, VIDEO), [key(0), delta(1), delta(2), delta(3)]);
    const requests: string[] = [];
    const opened = decryptTransform(b.client, {
      ...VIDEO,
      userId: a.userId,
      requestKeyFrame: () => void requests.push("please"),
    });
    const copy = new FakeFrame(wire[0]!.bytes, VP8, "key");
    const bent = new FakeFrame(
      wire[2]!.bytes.map((byte, i) => (i === 20 ? byte ^ 1 : byte)),
      VP8,
      "delta",
    );
    const writer = opened.writable.getWriter();
    const drained = opened.readable.pipeTo(new WritableStream());
    await writer.write(wire[0]!);
    await writer.write(copy);
    await writer.write(wire[1]!);
    expect(requests).toEqual([]);
    await writer.write(bent);
    expect(requests).toEqual([]);
    await writer.write(wire[3]!);
    expect(requests).toEqual(["please"]);
    await writer.close();
    await drained;
    expect(opened.counters).toEqual({ decrypted: 3, replayed: 1, authentication: 1 });
  });

  it("a key change that the receiver missed is a gap, although the new key's counters repeat those of the old", async () => {
    const { call, a, b } = pair();
    const requests: string[] = [];
    const opened = decryptTransform(b.client, {
      ...VIDEO,
      userId: a.userId,
      requestKeyFrame: () => void requests.push("please"),
    });
    const sealed = encryptTransform(a.client, VIDEO);
    const before = await through(sealed, [key(0), delta(1), delta(2)]);
    changeKeyWithout(call, a, b, 7);
    const missed = await through(encryptTransform(a.client, VIDEO), [delta(3)]);
    const writer = opened.writable.getWriter();
    const drained = opened.readable.pipeTo(new WritableStream());
    for (const frame of [before[0]!, before[1]!, missed[0]!]) await writer.write(frame);
    expect(requests).toEqual([]);
    await writer.write(before[2]!);
    expect(requests).toEqual(["please"]);
    await writer.close();
    await drained;
    expect(opened.counters).toEqual({ decrypted: 3, authentication: 1 });
  });

  it("a request that throws or rejects is a fault and no more", async () => {
    for (const requestKeyFrame of [
      () => {
        throw new Error("no");
      },
      () => Promise.reject(new Error("no")),
    ]) {
      const faults: unknown[] = [];
      const sealed = encryptTransform(scripted(["not-ready", "plain"]), {
        ...VIDEO,
        requestKeyFrame,
        onFault: (fault) => faults.push(fault),
      });
      expect(await through(sealed, [delta(0), delta(1)])).toHaveLength(1);
      await Promise.resolve();
      expect(faults).toEqual([new Error("no")]);
    }
  });
});
