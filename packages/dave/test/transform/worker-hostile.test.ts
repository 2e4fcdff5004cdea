// What else may be posted to either end, and callbacks that throw: nothing changes, nothing escapes (M11, LIB-13).
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DaveError } from "../../src/index.ts";
import { numbered } from "../support/encoded.ts";
import { FakeRtp, greet, rig, settled } from "../support/worker-rig.ts";

describe("hostile messages", () => {
  const session = "session 1";
  const sealed = (body: unknown) => ({ puredave: 1, session, body });
  const BODIES: unknown[] = [
    ...[undefined, null, 5, "open", [], {}],
    ...[{ type: "toString" }, { type: "__proto__" }, { type: 5 }],
    ...[
      { type: "open" },
      { type: "open", userId: "x", channelId: "2" },
      { type: "open", userId: "1", channelId: 2 },
    ],
    { type: "open", userId: "1", channelId: "2", policy: "never" },
    ...[{ type: "receive" }, { type: "receive", data: 5 }, { type: "receive", data: new ArrayBuffer(3) }],
    ...[{ type: "receive", data: "x", connection: -1 }, { type: "lost" }, { type: "identify", link: 0.5 }],
    ...[
      { type: "codec", ssrc: 2 ** 32, codec: "vp8" },
      { type: "codec", ssrc: 1, codec: "vp10" },
    ],
    ...[
      { type: "verify" },
      { type: "verify", userId: "01" },
      { type: "ask", id: 1, question: { about: "keys" } },
    ],
    ...[
      { type: "ask", id: 1, question: { about: "pairwise-code" } },
      { type: "ask", id: -1, question: { about: "media" } },
    ],
    ...[
      { type: "send", link: 0 },
      { type: "send", link: 0, data: 5 },
      { type: "status", link: 0, status: {} },
    ],
    { type: "status", link: 0, status: { state: "safe", ready: true, seqAck: 1 } },
    ...[
      { type: "event", event: { type: "state", state: "encrypted" } },
      { type: "event", event: { type: "nothing" } },
    ],
    ...[
      { type: "event", event: null },
      { type: "event", event: { type: "epoch", epoch: 1, members: [] } },
    ],
    ...[{ type: "event", event: { type: "roster", added: [5], removed: [], unrecognized: [] } }],
    ...[{ type: "answer" }, { type: "refusal", id: 1 }, { type: "fault" }],
  ];

  it("change nothing in the worker: each is a fault", () => {
    const room = rig();
    const dave = room.open({});
    for (const body of BODIES) room.page.postMessage(sealed(body));
    expect(room.workerFaults).toHaveLength(BODIES.length);
    for (const fault of room.workerFaults) expect(fault).toMatchObject({ code: "malformed-message" });
    expect(dave.seqAck).toBe(-1);
    expect(room.served.clients).toHaveLength(1);
  });

  it("change nothing on the page", () => {
    const room = rig();
    const events: unknown[] = [];
    const sent: unknown[] = [];
    const dave = room.open({ onEvent: (event) => events.push(event), send: (message) => sent.push(message) });
    for (const body of BODIES) room.scope.postMessage(sealed(body));
    expect(room.pageFaults).toHaveLength(BODIES.length);
    for (const fault of room.pageFaults) expect(fault).toMatchObject({ code: "malformed-message" });
    expect([events, sent]).toEqual([[], []]);
    expect([dave.state, dave.ready, dave.seqAck]).toEqual(["negotiating", false, -1]);
  });

  it("of another version of this package, without a session, or for one that is not open", () => {
    const room = rig();
    room.page.postMessage({ puredave: 2, session, body: { type: "recover" } });
    room.page.postMessage({ puredave: 1, body: { type: "recover" } });
    room.page.postMessage(sealed({ type: "recover" }));
    room.open({});
    room.page.postMessage(sealed({ type: "open", userId: "1", channelId: "2" }));
    expect(room.workerFaults.map((fault) => (fault as DaveError).code)).toEqual([
      "malformed-message",
      "malformed-message",
      "closed",
      "invalid-argument",
    ]);
    // an open that was refused did not touch the one that is
    expect(room.served.clients).toHaveLength(1);
  });

  it("whatever can be cloned, sealed or not, throws in neither end", () => {
    const room = rig();
    const dave = room.open({});
    const types = BODIES.map((body) => (body as { type?: unknown } | null)?.type);
    const anyBody = fc.oneof(
      fc.anything({ withBigInt: true, withTypedArray: true, withMap: true }),
      fc.record({
        type: fc.constantFrom(...types),
        link: fc.anything(),
        data: fc.anything(),
        event: fc.anything(),
      }),
    );
    const cloneable = (value: unknown) => {
      try {
        structuredClone(value);
        return true;
      } catch {
        return false;
      }
    };
    fc.assert(
      fc.property(anyBody.filter(cloneable), fc.boolean(), (body, ours) => {
        const message = ours ? sealed(body) : body;
        room.page.postMessage(message);
        room.scope.postMessage(message);
      }),
      { numRuns: 500, seed: 20261126 },
    );
    expect(dave.seqAck).toBe(-1);
  });

  it("options of a transform that are ours and malformed leave its frames where they are", async () => {
    const room = rig();
    room.open({});
    const good = { id: 1, direction: "send", mediaType: "audio" };
    const options = [
      sealed(undefined),
      sealed({ ...good, direction: "both" }),
      sealed({ ...good, mediaType: "text" }),
      sealed({ ...good, id: -1 }),
      sealed({ ...good, direction: "receive", userId: "x" }),
      sealed({ ...good, payloadTypes: [[1, "vp10"]] }),
      { ...sealed(good), puredave: 9 },
    ];
    for (const each of options) {
      const rtp = new FakeRtp("audio");
      const transformer = { options: each, readable: rtp.before.readable, writable: rtp.after.writable };
      room.scope.dispatchEvent(Object.assign(new Event("rtctransform"), { transformer }));
      void rtp.push(numbered(1)).catch(() => {});
      await settled();
      expect(rtp.out).toEqual([]);
    }
    expect(room.workerFaults).toHaveLength(options.length);
  });
});

describe("callbacks that throw", () => {
  const boom = () => {
    throw new Error("boom");
  };

  it("disturb neither end (LIB-13)", () => {
    const room = rig({ onFault: boom });
    const faults: unknown[] = [];
    const dave = room.open({ send: boom, onEvent: boom, onFault: (fault) => faults.push(fault) });
    dave.on("ignored", boom);
    greet(dave, 4);
    dave.receive("nonsense");
    expect(faults.length).toBeGreaterThanOrEqual(3);
    for (const fault of faults) expect(fault).toEqual(new Error("boom"));
    expect(dave.seqAck).toBe(5);
  });

  it("in the worker are told on the page without what they threw", () => {
    const room = rig({
      clientOptions: () => ({
        onEvent: () => {
          throw new Error("secret 17");
        },
      }),
    });
    const dave = room.open({});
    dave.receive("nonsense");
    expect(room.workerFaults).toEqual([new Error("secret 17")]);
    expect(room.pageFaults).toEqual([new Error("something in the worker threw")]);
  });

  it("a client that cannot be made is a fault", () => {
    const room = rig({ clientOptions: () => ({ signaturePrivateKey: new Uint8Array(5) }) });
    room.open({});
    expect(room.pageFaults).toEqual([expect.objectContaining({ code: "invalid-argument" })]);
    expect(room.served.clients).toEqual([]);
  });
});
