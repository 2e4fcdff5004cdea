// A connection of which every sender and receiver passes the worker, those that come later too, or sends nothing.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { DaveWorker, DaveWorkerEvents } from "../../src/transform.ts";
import { FakeRtp, rig } from "../support/worker-rig.ts";

/** A sender or receiver whose transform the test can look at, and whose packets it counts. */
class FakeEnd extends FakeRtp {
  packets = 0;
  replaced: unknown[] = [];
  async replaceTrack(track: null): Promise<void> {
    this.replaced.push(track);
  }
  async getStats() {
    return [{ type: "outbound-rtp", packetsSent: this.packets }];
  }
}

class FakeConnection extends EventTarget {
  readonly transceivers: { sender: FakeEnd; receiver: FakeEnd }[] = [];
  readonly calls: string[] = [];
  connectionState = "new";
  getTransceivers() {
    return this.transceivers;
  }
  addTrack(kind: string): FakeEnd {
    const transceiver = { sender: new FakeEnd(kind), receiver: new FakeEnd(kind) };
    this.transceivers.push(transceiver);
    return transceiver.sender;
  }
  async setLocalDescription(): Promise<void> {
    this.calls.push("local");
  }
  async setRemoteDescription(kind?: string): Promise<void> {
    this.calls.push("remote");
    if (kind !== undefined) this.addRemote(kind);
  }
  /** What a description of the other side brings. */
  addRemote(kind: string): void {
    this.transceivers.push({ sender: new FakeEnd(kind), receiver: new FakeEnd(kind) });
  }
}

interface Made {
  readonly options: { readonly body: { readonly id: number; readonly direction: string } };
}

/** A script transform that tells the worker only when the test says so. */
function setup(userId: string | (() => string | undefined) = "9") {
  const made: Made[] = [];
  const room = rig();
  class Transform {
    constructor(_: unknown, options: never) {
      made.push({ options });
    }
  }
  const dave: DaveWorker = room.open({ RTCRtpScriptTransform: Transform as never });
  const alarms: DaveWorkerEvents["mediaAlarm"][] = [];
  dave.on("mediaAlarm", (alarm) => alarms.push(alarm));
  const connection = new FakeConnection();
  const attach = () => dave.attachConnection(connection as never, { userId });
  const attached = attach();
  const place = (): void => {
    for (const { options } of made.splice(0)) {
      const { readable } = new TransformStream();
      const { writable } = new TransformStream();
      const transformer = { options: structuredClone(options), readable, writable };
      room.scope.dispatchEvent(Object.assign(new Event("rtctransform"), { transformer }));
    }
  };
  return { room, dave, connection, attach, attached, alarms, made, place };
}

const turns = () => vi.advanceTimersByTimeAsync(0);

describe("attachConnection", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("attaches what is added at once, sender and receiver", () => {
    const { connection, made } = setup();
    connection.addTrack("audio");
    expect(made.map(({ options }) => options.body.direction)).toEqual(["send", "receive"]);
    expect(
      connection.transceivers.every(({ sender, receiver }) => sender.transform && receiver.transform),
    ).toBe(true);
  });

  it("lets no description be set before the worker is in place", async () => {
    const { connection, place } = setup();
    connection.addTrack("audio");
    const set = connection.setLocalDescription();
    await turns();
    expect(connection.calls).toEqual([]);
    place();
    await set;
    expect(connection.calls).toEqual(["local"]);
  });

  it("attaches what the other side brings before its description counts as set", async () => {
    const { connection, made, place } = setup();
    let done = false;
    const set = connection.setRemoteDescription("video").then(() => {
      done = true;
    });
    await turns();
    expect([connection.calls, made.length, done]).toEqual([["remote"], 2, false]);
    place();
    await set;
  });

  it("a track removed and added again has a new sender, which is attached like the first", () => {
    const { connection, made } = setup();
    const first = connection.addTrack("audio");
    const second = connection.addTrack("audio");
    expect(first).not.toBe(second);
    expect(made.filter(({ options }) => options.body.direction === "send")).toHaveLength(2);
  });

  it.each(["track", "negotiationneeded", "signalingstatechange"])(
    "hears of what came without its methods by the event %s",
    (type) => {
      const { connection, made } = setup();
      connection.addRemote("audio");
      connection.dispatchEvent(new Event(type));
      expect(made).toHaveLength(2);
    },
  );

  it("changes nothing when it is called again, or when its senders and receivers are attached by hand", () => {
    const { dave, connection, attach, attached, made } = setup();
    connection.addTrack("audio");
    const { sender, receiver } = connection.transceivers[0]!;
    const transforms = [sender.transform, receiver.transform];
    expect(attach()).toBe(attached);
    dave.attachSender(sender);
    dave.attachReceiver(receiver, "9");
    expect([sender.transform, receiver.transform]).toEqual(transforms);
    expect(made).toHaveLength(2);
  });

  it("takes the track away from a sender that the worker never gets, and says so", async () => {
    const { connection, alarms } = setup();
    const sender = connection.addTrack("audio");
    const set = connection.setLocalDescription();
    await vi.advanceTimersByTimeAsync(5_001);
    await set;
    expect(sender.replaced).toEqual([null]);
    expect(alarms).toContainEqual({ reason: "not-attached", direction: "send", mediaType: "audio" });
  });

  it("takes the track away when packets pass the worker by, and says so once", async () => {
    const { connection, alarms, place } = setup();
    const sender = connection.addTrack("audio");
    const set = connection.setLocalDescription();
    place();
    await set;
    sender.packets = 100;
    await vi.advanceTimersByTimeAsync(8_001);
    expect(alarms).toEqual([{ reason: "no-frames", direction: "send", mediaType: "audio" }]);
    expect(sender.replaced).toEqual([null]);
  });

  it("asks again whose a receiver is: until somebody knows, its frames are dropped", async () => {
    let known: string | undefined;
    const { dave, connection, attached, place } = setup(() => known);
    connection.addTrack("audio");
    place();
    await turns();
    expect((await dave.media()).find(({ direction }) => direction === "receive")?.userId).toBeUndefined();
    known = "77";
    attached.refresh();
    await turns();
    expect((await dave.media()).find(({ direction }) => direction === "receive")?.userId).toBe("77");
  });

  it("detached, it gives the connection its own methods back", async () => {
    const { connection, attached, made } = setup();
    attached.detach();
    connection.addTrack("audio");
    await connection.setLocalDescription();
    expect(made).toEqual([]);
  });
});
