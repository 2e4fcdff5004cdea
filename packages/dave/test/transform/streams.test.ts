// @puredave/dave/transform: encoded frames through the streams of one client each way (M5, M8, F6, F8, F10).
import { describe, expect, it } from "vitest";
import { DaveError } from "../../src/index.ts";
import {
  decryptTransform,
  type EncodedFrame,
  type EncryptingClient,
  encryptTransform,
  type FrameReport,
} from "../../src/transform.ts";
import { Call, FRAME, type Member, pair } from "../support/call.ts";
import { FakeFrame, numbered, OPUS, through, VP8 } from "../support/encoded.ts";

const SILENCE = Uint8Array.of(0xf8, 0xff, 0xfe);
const AUDIO = { mediaType: "audio" } as const;
const VIDEO = { mediaType: "video" } as const;

/** Frames of `from` as they leave, and what `to` makes of them. */
const out = (from: Member, frames: FakeFrame[], media: typeof AUDIO | typeof VIDEO = AUDIO) =>
  through(encryptTransform(from.client, media), frames);
const back = (to: Member, from: Member, frames: FakeFrame[], media: typeof AUDIO | typeof VIDEO = AUDIO) =>
  through(decryptTransform(to.client, { ...media, userId: from.userId }), frames);

describe("a call through streams", () => {
  it("carries frames both ways, in order, each exactly as it was, and none in the clear", async () => {
    const { a, b } = pair();
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const originals = Array.from({ length: 20 }, (_, i) => numbered(i).bytes);
      const wire = await out(
        from,
        originals.map((_, i) => numbered(i)),
      );
      expect(wire).toHaveLength(20);
      for (const [i, frame] of wire.entries()) {
        expect(frame.bytes.subarray(0, 40)).not.toEqual(originals[i]);
        expect([...frame.bytes.subarray(-2)]).toEqual([0xfa, 0xfa]);
      }
      const heard = await back(to, from, wire);
      expect(heard.map(({ bytes }) => bytes)).toEqual(originals);
    }
  });

  it("loses no frame when somebody joins in the middle: before 22, between the two 22s, and after (M1–M3)", async () => {
    const { call, a, b } = pair();
    const sealed = encryptTransform(a.client, AUDIO);
    const opened = decryptTransform(b.client, { ...AUDIO, userId: a.userId });
    const heard: number[] = [];
    const done = sealed.readable
      .pipeThrough(opened)
      .pipeTo(new WritableStream<FakeFrame>({ write: ({ bytes }) => void heard.push(bytes[0]!) }));
    const writer = sealed.writable.getWriter();
    let next = 0;
    const speak = async () => {
      for (let i = 0; i < 5; i++) await writer.write(numbered(next++));
    };
    await speak();
    const c = call.join("300");
    await speak();
    call.addAll(a, [c], 7);
    await speak();
    call.execute(7, [a]);
    await speak();
    call.execute(7, [b, c]);
    await speak();
    await writer.close();
    await done;
    expect(heard).toEqual(Array.from({ length: 25 }, (_, i) => i));
    expect(sealed.counters).toEqual({ encrypted: 25 });
    expect(opened.counters).toEqual({ decrypted: 25 });
  });

  it("gives each frame a buffer that holds it and nothing else", async () => {
    const { a, b } = pair();
    const [wire] = await out(a, [new FakeFrame(FRAME, VP8, "delta")], VIDEO);
    const spoken = a.client.encrypt({ mediaType: "video", ssrc: 2, frame: FRAME });
    expect(wire!.data).toBeInstanceOf(ArrayBuffer);
    expect(wire!.data.byteLength).toBe(spoken.outcome === "encrypted" ? spoken.frame.length : 0);
    const [heard] = await back(b, a, [wire!], VIDEO);
    expect(heard!.data.byteLength).toBe(FRAME.length);
  });

  it("seals empty frames like any other (F6), and drops incoming ones that hold nothing (R1)", async () => {
    const { a, b } = pair();
    const [wire] = await out(a, [new FakeFrame(new Uint8Array(0), VP8, "empty")], VIDEO);
    expect(wire!.data.byteLength).toBe(12);
    const opened = decryptTransform(b.client, { ...VIDEO, userId: a.userId });
    const heard = await through(opened, [new FakeFrame(new Uint8Array(0), VP8), wire!]);
    expect(heard.map(({ data }) => data.byteLength)).toEqual([0]);
    expect(opened.counters).toEqual({ empty: 1, decrypted: 1 });
  });
});

describe("M5, M8: what must not leave", () => {
  it("is dropped before the first transition, and told", async () => {
    const call = new Call();
    const alone = call.join("1");
    const reports: FrameReport<string>[] = [];
    const sealed = encryptTransform(alone.client, { ...AUDIO, onFrame: (report) => reports.push(report) });
    expect(await through(sealed, [numbered(1), numbered(2)])).toEqual([]);
    expect(sealed.counters).toEqual({ "not-ready": 2 });
    expect(reports[0]).toEqual({
      outcome: "not-ready",
      reason: "alone",
      passed: false,
      mediaType: "audio",
      ssrc: 1,
    });
  });

  it("is dropped under every policy but passthrough, which asks for it", async () => {
    const fates = {
      hold: [0, "not-ready"],
      drop: [0, "dropped"],
      throw: [0, "fault"],
      passthrough: [1, "plain"],
    };
    for (const [policy, [passed, outcome]] of Object.entries(fates)) {
      const alone = new Call().join("1", { policy: policy as "hold" });
      const sealed = encryptTransform(alone.client, AUDIO);
      expect(await through(sealed, [numbered(1)])).toHaveLength(passed as number);
      expect(sealed.counters).toEqual({ [outcome as string]: 1 });
    }
  });

  it("passes untouched while version 0 is executed, and both ends know", async () => {
    const { call, a, b } = pair();
    for (const member of [a, b]) member.receive({ op: 21, protocolVersion: 0, transitionId: 9 });
    call.execute(9);
    const sealed = encryptTransform(a.client, AUDIO);
    const frame = numbered(3);
    const { data } = frame;
    const [wire] = await through(sealed, [frame]);
    expect(wire!.data).toBe(data);
    expect(sealed.counters).toEqual({ plain: 1 });
    const opened = decryptTransform(b.client, { ...AUDIO, userId: a.userId });
    expect((await through(opened, [wire!]))[0]!.bytes).toEqual(numbered(3).bytes);
    expect(opened.counters).toEqual({ plain: 1 });
  });

  it("is everything once the client is closed (O4)", async () => {
    const { a } = pair();
    a.client.close();
    expect(await out(a, [numbered(1)])).toEqual([]);
  });

  it("stays what it was when its data cannot be replaced: then it is dropped", async () => {
    const { a } = pair();
    const stubborn = numbered(1);
    Object.defineProperty(stubborn, "data", {
      get: () => FRAME.buffer,
      set: () => {
        throw new TypeError("read-only");
      },
    });
    const faults: unknown[] = [];
    const sealed = encryptTransform(a.client, { ...AUDIO, onFault: (fault) => faults.push(fault) });
    expect(await through(sealed, [stubborn])).toEqual([]);
    expect(faults).toEqual([new TypeError("read-only")]);
  });
});

describe("F8, F10: what comes in", () => {
  it("passes silence always, and of the rest only what decrypts", async () => {
    const { a, b } = pair();
    const [good] = await out(a, [numbered(1)]);
    const bent = new FakeFrame(
      good!.bytes.map((byte, i) => (i === 3 ? byte ^ 1 : byte)),
      OPUS,
    );
    const opened = decryptTransform(b.client, { ...AUDIO, userId: a.userId });
    const heard = await through(opened, [
      new FakeFrame(SILENCE, OPUS),
      numbered(9),
      bent,
      new FakeFrame(good!.bytes, OPUS),
      new FakeFrame(good!.bytes, OPUS),
    ]);
    expect(heard.map(({ bytes }) => bytes)).toEqual([SILENCE, numbered(1).bytes]);
    expect(opened.counters).toEqual({
      silence: 1,
      "not-protocol-frame": 1,
      authentication: 1,
      decrypted: 1,
      replayed: 1,
    });
  });

  it("finds the sender by SSRC where that is how they are known", async () => {
    const { a, b } = pair();
    const owners = new Map([[1, a.userId]]);
    const wire = await out(a, [numbered(1), numbered(2, { ...OPUS, synchronizationSource: 5 })]);
    const opened = decryptTransform(b.client, { ...AUDIO, userId: (ssrc) => owners.get(ssrc) });
    expect(await through(opened, wire)).toHaveLength(1);
    expect(opened.counters).toEqual({ decrypted: 1, "unknown-sender": 1 });
  });
});

describe("nothing about one frame ends the stream", () => {
  const hostile = (): EncodedFrame[] => [
    {
      data: FRAME.buffer.slice(0),
      getMetadata: () => {
        throw new Error("getMetadata");
      },
    },
    { getMetadata: () => OPUS } as unknown as EncodedFrame,
    { data: 40, getMetadata: () => OPUS } as unknown as EncodedFrame,
    null as unknown as EncodedFrame,
    { data: FRAME.buffer.slice(0), getMetadata: () => undefined } as unknown as EncodedFrame,
    {
      data: FRAME.buffer.slice(0),
      get type(): string {
        throw new Error("type");
      },
      getMetadata: () => OPUS,
    },
  ];

  it("not what it throws, in either direction", async () => {
    const { a, b } = pair();
    const faults: unknown[] = [];
    const onFault = (fault: unknown) => void faults.push(fault);
    const sealed = encryptTransform(a.client, { ...VIDEO, onFault, requestKeyFrame: () => {} });
    const wire = await through(sealed, [...hostile(), numbered(7, VP8)]);
    // the last of the hostile ones is merely odd
    expect(wire).toHaveLength(2);
    expect(sealed.counters).toEqual({ fault: 5, encrypted: 2 });
    expect(faults).toHaveLength(5);
    const opened = decryptTransform(b.client, { ...VIDEO, userId: a.userId, onFault });
    expect(await through(opened, [...hostile(), wire[1]!])).toHaveLength(1);
    expect(opened.counters).toEqual({ fault: 5, "not-protocol-frame": 1, decrypted: 1 });
  });

  it("not what the client or a callback throws, and not a fault listener that throws itself", async () => {
    const boom = () => {
      throw new Error("boom");
    };
    const { a } = pair();
    const careless = { ...AUDIO, onFrame: boom, onFault: boom };
    expect(await through(encryptTransform(a.client, careless), [numbered(1), numbered(2)])).toHaveLength(2);
    const broken: EncryptingClient = { encrypt: boom, assignSsrcToCodec: () => {} };
    const sealed = encryptTransform(broken, careless);
    expect(await through(sealed, [numbered(1), numbered(2)])).toEqual([]);
    expect(sealed.counters).toEqual({ fault: 2 });
  });
});

describe("streams behave as streams", () => {
  it("nothing is encrypted before somebody reads: counters are not spent on frames that wait", async () => {
    const { a } = pair();
    const sealed = encryptTransform(a.client, AUDIO);
    const writer = sealed.writable.getWriter();
    const writes = [writer.write(numbered(1)), writer.write(numbered(2))];
    expect(writer.desiredSize).toBeLessThanOrEqual(0);
    await Promise.resolve();
    expect(sealed.counters).toEqual({});
    const reader = sealed.readable.getReader();
    await reader.read();
    await writes[0];
    expect(sealed.counters).toEqual({ encrypted: 1 });
    await reader.read();
    expect(sealed.counters).toEqual({ encrypted: 2 });
  });

  it("closing ends the other side, aborting errors it, cancelling stops the writer", async () => {
    const { a } = pair();
    const closed = encryptTransform(a.client, AUDIO);
    await closed.writable.close();
    expect(await closed.readable.getReader().read()).toEqual({ done: true, value: undefined });
    const aborted = encryptTransform(a.client, AUDIO);
    await aborted.writable.abort(new Error("gone"));
    await expect(aborted.readable.getReader().read()).rejects.toThrow("gone");
    const cancelled = encryptTransform(a.client, AUDIO);
    await cancelled.readable.cancel(new Error("enough"));
    await expect(cancelled.writable.getWriter().write(numbered(1))).rejects.toThrow("enough");
    // the client goes on
    expect(a.encrypt().outcome).toBe("encrypted");
  });
});

describe("misuse is told at once (M11)", () => {
  it.each([
    ["no options", undefined],
    ["another medium", { mediaType: "text" }],
    ["an SSRC of 33 bits", { mediaType: "audio", ssrc: 2 ** 32 }],
    ["a listener that is none", { mediaType: "audio", onFrame: 1 }],
  ])("%s", (_, options) => {
    const { a } = pair();
    expect(() => encryptTransform(a.client, options as never)).toThrow(
      expect.objectContaining({ code: "invalid-argument" }),
    );
  });

  it("no client, no user", () => {
    const { a } = pair();
    expect(() => encryptTransform({} as never, AUDIO)).toThrow(DaveError);
    expect(() => decryptTransform({} as never, { ...AUDIO, userId: "1" })).toThrow(DaveError);
    expect(() => decryptTransform(a.client, { ...AUDIO, userId: "x" })).toThrow(
      expect.objectContaining({ code: "invalid-snowflake" }),
    );
  });

  it("a runtime without streams", () => {
    const { a } = pair();
    const { TransformStream: kept } = globalThis;
    try {
      Reflect.deleteProperty(globalThis, "TransformStream");
      expect(() => encryptTransform(a.client, AUDIO)).toThrow(
        expect.objectContaining({ code: "unsupported-runtime" }),
      );
    } finally {
      Object.defineProperty(globalThis, "TransformStream", {
        value: kept,
        configurable: true,
        writable: true,
      });
    }
  });
});
