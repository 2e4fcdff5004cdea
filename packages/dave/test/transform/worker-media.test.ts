// Media of a client that lives in a worker: through script transforms, both ways (M5, M8).
import { describe, expect, it } from "vitest";
import { DaveError } from "../../src/index.ts";
import { encodeServerMessage } from "../../src/protocol.ts";
import { createDaveWorker, serveDaveWorker } from "../../src/transform.ts";
import { FRAME } from "../support/call.ts";
import { FakeFrame, numbered, OPUS, VP8 } from "../support/encoded.ts";
import { callWithWorker, DirectEnd, FakeRtp, rig, settled } from "../support/worker-rig.ts";

describe("media", () => {
  it("flows both ways through the worker, and goes on while somebody joins", async () => {
    const { call, a, w, dave, room } = callWithWorker();
    const sender = room.send(dave, "audio");
    const receiver = room.receive(dave, "audio", "100");
    const heard: string[] = [];
    const speak = async (i: number) => {
      await sender.push(numbered(i));
      await receiver.push(new FakeFrame(a.speak(numbered(i).bytes), OPUS));
      await settled();
      heard.push(a.hear(w, sender.out.at(-1)!.bytes));
    };
    await speak(0);
    const c = call.join("300");
    call.addAll(a, [c], 7);
    await speak(1);
    call.execute(7, [w]);
    await speak(2);
    call.execute(7, [a, c]);
    await speak(3);
    expect(heard).toEqual(["decrypted", "decrypted", "decrypted", "decrypted"]);
    expect(receiver.out.map(({ bytes }) => bytes)).toEqual([0, 1, 2, 3].map((i) => numbered(i).bytes));
    expect(await dave.media()).toEqual([
      { id: 1, direction: "send", mediaType: "audio", userId: undefined, counters: { encrypted: 4 } },
      { id: 2, direction: "receive", mediaType: "audio", userId: "100", counters: { decrypted: 4 } },
    ]);
  });

  it("attached before the session is open in the worker, nothing leaves until it is", async () => {
    const room = rig();
    const { page } = room;
    const { other } = page;
    // the worker has not heard `open` yet
    page.other = undefined;
    const dave = room.open({ policy: "passthrough" });
    const sender = room.send(dave, "audio");
    const receiver = room.receive(dave, "audio", "100");
    await sender.push(numbered(0));
    await receiver.push(numbered(0));
    await settled();
    expect([sender.out, receiver.out]).toEqual([[], []]);
    page.other = other;
    for (const message of page.posted.splice(0)) page.postMessage(message);
    dave.receive(encodeServerMessage({ op: 4, protocolVersion: 0, seq: 1 }));
    await sender.push(numbered(1));
    await settled();
    expect(sender.out.map(({ bytes }) => bytes)).toEqual([numbered(1).bytes]);
  });

  it("has its codec by what is said: per frame, by payload type, or by the session", async () => {
    const { w, dave, room } = callWithWorker();
    const key = FRAME.map((byte, i) => (i === 0 ? byte & 0xfe : byte));
    dave.assignSsrcToCodec(9, "vp8");
    expect(() => dave.assignSsrcToCodec(-1, "vp8")).toThrow(DaveError);
    const bySession = room.send(dave, "video");
    await bySession.push(new FakeFrame(key, { synchronizationSource: 9 }, "key"));
    const byFrame = room.send(dave, "video");
    await byFrame.push(new FakeFrame(key, VP8, "key"));
    await settled();
    for (const { out } of [bySession, byFrame])
      expect(out[0]!.bytes.subarray(0, 10)).toEqual(key.subarray(0, 10));
    expect(w.client.ready).toBe(true);
  });

  it("passes payload types on", async () => {
    const { dave, room } = callWithWorker();
    const rtp = new FakeRtp("video");
    const options = { payloadTypes: new Map([[96, "vp8"] as const]) };
    const seen: { body: { payloadTypes: unknown } }[] = [];
    room.scope.addEventListener("rtctransform", (event) =>
      seen.push((event as never as { transformer: { options: never } }).transformer.options),
    );
    const Transform = class {
      constructor(_: unknown, given: unknown) {
        const transformer = { options: given, readable: rtp.before.readable, writable: rtp.after.writable };
        room.scope.dispatchEvent(Object.assign(new Event("rtctransform"), { transformer }));
      }
    };
    const other = room.open({ RTCRtpScriptTransform: Transform as never });
    other.attachSender(rtp, options);
    expect(seen[0]!.body.payloadTypes).toEqual([[96, "vp8"]]);
    expect(dave.ready).toBe(true);
  });

  it("asks for key frames of the transformer it sits in", async () => {
    const { a, dave, room } = callWithWorker();
    const receiver = room.receive(dave, "video", "100");
    a.client.assignSsrcToCodec(2, "vp8");
    const seal = (i: number): FakeFrame => {
      const sent = a.client.encrypt({ mediaType: "video", ssrc: 2, frame: numbered(i).bytes });
      if (sent.outcome !== "encrypted") throw new Error(sent.outcome);
      return new FakeFrame(sent.frame, VP8, "delta");
    };
    await receiver.push(numbered(0, VP8, "key"));
    expect(receiver.keyFramesAsked).toBe(0);
    await receiver.push(seal(1));
    await settled();
    expect(receiver.keyFramesAsked).toBe(1);
  });

  it("that ends is forgotten; the session goes on", async () => {
    const { dave, room } = callWithWorker();
    const [first, second] = [room.send(dave, "audio"), room.send(dave, "video")];
    await first.close();
    await settled();
    expect((await dave.media()).map(({ id }) => id)).toEqual([2]);
    await second.push(numbered(1, VP8));
    await settled();
    expect(second.out).toHaveLength(1);
    expect(room.workerFaults).toEqual([]);
  });

  it("is dropped once the session is closed, in both directions", async () => {
    const { a, dave, room } = callWithWorker();
    const sender = room.send(dave, "audio");
    const receiver = room.receive(dave, "audio", "100");
    dave.close();
    await dave.closed;
    expect(room.served.clients).toEqual([]);
    await sender.push(numbered(1));
    await receiver.push(new FakeFrame(a.speak(), OPUS));
    // attached after the end, a sender is still not a way out for plaintext
    const late = room.send(dave, "audio");
    await late.push(numbered(2));
    await settled();
    expect([sender.out, receiver.out, late.out]).toEqual([[], [], []]);
  });

  it("needs a kind, a user and a browser that has script transforms", () => {
    const [page, scope] = DirectEnd.pair();
    serveDaveWorker(scope);
    const dave = createDaveWorker(page, { userId: "1", channelId: "2", send: () => {} });
    expect(() => dave.attachSender({ track: null, transform: null })).toThrow(
      expect.objectContaining({ code: "invalid-argument" }),
    );
    expect(() => dave.attachReceiver(new FakeRtp("audio"), "nobody")).toThrow(
      expect.objectContaining({ code: "invalid-snowflake" }),
    );
    expect(() => dave.attachSender(new FakeRtp("audio"))).toThrow(
      expect.objectContaining({ code: "unsupported-runtime" }),
    );
  });
});
