// What bots need beside the protocol: M8 held frames, R1 RTP payloads, LIB-15 unknown SSRCs, P4 keys, captures.

import { createCryptoProvider } from "@puredave/mls";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type CaptureRecord,
  captureRecord,
  DaveClient,
  type DaveClientOptions,
  type DaveEvent,
  type DrainReport,
  HeldFrames,
  loadIdentity,
  pairwiseCodeWith,
  SsrcResolver,
  snapshotOf,
} from "../src/index.ts";
import { readRtp, rtpHeaderLength } from "../src/protocol.ts";
import { Call, FRAME, type Member } from "./support/call.ts";
import { serverMessage } from "./support/decoded.ts";

const audio = (byte: number) => ({
  mediaType: "audio" as const,
  ssrc: 1,
  frame: Uint8Array.of(byte, 2, 3, 4),
});

describe("M8: HeldFrames", () => {
  const setup = (options: { maxFrames?: number; maxAgeMs?: number } = {}) => {
    const call = new Call();
    const [a, b] = [call.join("1"), call.join("2")];
    const delivered: Uint8Array[] = [];
    const reports: DrainReport[] = [];
    const held = new HeldFrames(a.client, {
      deliver: (frame) => delivered.push(frame),
      onDrained: (report) => reports.push(report),
      clock: call.clock,
      ...options,
    });
    const heard = () =>
      delivered.map((frame) => {
        const result = b.client.decrypt({ userId: a.userId, mediaType: "audio", frame });
        return "frame" in result ? result.frame[0] : result.outcome;
      });
    return { call, a, b, held, delivered, reports, heard };
  };

  it("holds in order, follows as soon as the client is ready, tells when drained", () => {
    const { call, a, b, held, reports, heard } = setup();
    expect([held.send(audio(1)).outcome, held.send(audio(2)).outcome, held.size]).toEqual([
      "held",
      "held",
      2,
    ]);
    call.addAll(a, [b], 0);
    expect([held.size, held.send(audio(3))]).toEqual([0, { outcome: "sent" }]);
    expect(heard()).toEqual([1, 2, 3]);
    expect(reports).toEqual([{ delivered: 2, droppedByAge: 0, droppedByLength: 0, failed: 0 }]);
  });

  it("of a client that is closed already answers `closed`", () => {
    const { a } = setup();
    a.client.close();
    const late = new HeldFrames(a.client, { deliver: () => expect.unreachable() });
    expect([late.send(audio(1)), late.size]).toEqual([{ outcome: "failed", reason: "closed" }, 0]);
    late.close();
  });

  it("keeps a copy: the caller may use its buffer again", () => {
    const { call, a, b, held, heard } = setup();
    const frame = Buffer.from([9, 9, 9, 9]);
    held.send({ mediaType: "audio", ssrc: 1, frame });
    frame.fill(0);
    call.addAll(a, [b], 0);
    expect(heard()).toEqual([9]);
  });

  it("drops the oldest by length, and by age what would come too late", () => {
    const { call, a, b, held, reports, heard } = setup({ maxFrames: 2, maxAgeMs: 100 });
    for (const byte of [1, 2, 3]) held.send(audio(byte));
    call.clock.advance(60);
    held.send(audio(4));
    call.clock.advance(60);
    call.addAll(a, [b], 0);
    expect(heard()).toEqual([4]);
    expect(reports).toEqual([{ delivered: 1, droppedByAge: 1, droppedByLength: 2, failed: 0 }]);
  });

  it("after close nothing is held and nothing follows", () => {
    const { call, a, b, held, delivered } = setup();
    held.send(audio(1));
    held.close();
    call.addAll(a, [b], 0);
    expect([held.size, delivered]).toEqual([0, []]);
    a.client.close();
    expect(held.send(audio(2))).toEqual({ outcome: "failed", reason: "closed" });
  });

  it.each([{ maxFrames: 0 }, { maxFrames: 1.5 }, { maxAgeMs: 0 }, { maxAgeMs: Number.NaN }])(
    "refuses %j",
    (options) => {
      expect(() => setup(options)).toThrow(expect.objectContaining({ code: "invalid-argument" }));
    },
  );
});

describe("R1: RTP payloads of the rtpsize modes", () => {
  const header = (first: number, csrcs = 0): number[] => [
    ...[first, 0x80 | 120, 0x12, 0x34, 0, 0, 1, 0, 0xaa, 0xbb, 0xcc, 0xdd],
    ...new Array(4 * csrcs).fill(7),
  ];
  const read = (packet: number[], payload: number[]) =>
    readRtp(Uint8Array.from(packet), Uint8Array.from(payload));

  it("a plain packet is its payload", () => {
    expect(read(header(0x80), [1, 2, 3])).toEqual({
      outcome: "media",
      payloadType: 120,
      marker: true,
      sequenceNumber: 0x1234,
      timestamp: 256,
      ssrc: 0xaabbccdd,
      frame: Uint8Array.of(1, 2, 3),
    });
  });

  it("CSRCs and the extension header are in the clear, the extension's body starts the payload (RTP-02, RTP-03)", () => {
    const packet = [...header(0x92, 2), 0xbe, 0xde, 0, 2];
    expect(rtpHeaderLength(Uint8Array.from(packet))).toBe(12 + 8 + 4);
    expect(read(packet, [...new Array(8).fill(9), 1, 2, 3])).toMatchObject({ frame: Uint8Array.of(1, 2, 3) });
    expect(read(packet, [1, 2, 3])).toEqual({ outcome: "malformed", reason: "extension" });
  });

  it("the last decrypted byte counts the padding (RTP-01, GW-20); all-padding packets are no failure (RTP-04)", () => {
    expect(read(header(0xa0), [1, 2, 3, 3, 3])).toMatchObject({ frame: Uint8Array.of(1, 2) });
    expect(read(header(0xa0), [3, 3, 3])).toEqual({ outcome: "padding" });
    expect(read(header(0xa0), [1, 2, 0])).toEqual({ outcome: "malformed", reason: "padding" });
    expect(read(header(0xa0), [1, 2, 4])).toEqual({ outcome: "malformed", reason: "padding" });
    expect(read(header(0xa0), [])).toEqual({ outcome: "malformed", reason: "padding" });
    expect(read(header(0x80), [])).toEqual({ outcome: "padding" });
  });

  it("what is no RTP, or cut short, is said to be so", () => {
    expect(read([], [])).toEqual({ outcome: "malformed", reason: "not-rtp" });
    expect(read(header(0x40), [1])).toEqual({ outcome: "malformed", reason: "not-rtp" });
    expect(read(header(0x8f), [1])).toEqual({ outcome: "malformed", reason: "header" });
    expect(read([0x80], [1])).toEqual({ outcome: "malformed", reason: "header" });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 90 }), fc.uint8Array({ maxLength: 40 }), (packet, payload) => {
        expect(["media", "padding", "malformed"]).toContain(readRtp(packet, payload).outcome);
      }),
    );
  });
});

describe("LIB-15: frames of an unknown SSRC", () => {
  it("the candidate whose key fits owns it from then on; trying counts nothing", () => {
    const { members } = Call.of(3);
    const [a, b, c] = members as [Member, Member, Member];
    const resolver = new SsrcResolver(c.client);
    const candidates = [a.userId, b.userId];
    const hear = (frame: Uint8Array) => resolver.decrypt({ ssrc: 77, mediaType: "audio", frame, candidates });
    expect(hear(b.speak())).toMatchObject({ outcome: "decrypted", userId: b.userId, frame: FRAME });
    expect(resolver.ownerOf(77)).toBe(b.userId);
    // the SSRC has gone to another user
    expect(hear(a.speak())).toMatchObject({ outcome: "decrypted", userId: a.userId });
    const failures = [...c.client.counters].map(([id, { failed }]) => [id, Object.keys(failed).length]);
    expect(failures).toEqual([
      [a.userId, 0],
      [b.userId, 1],
    ]);
  });

  it("silence and plaintext prove nothing; nobody fits: unknown", () => {
    const { members } = Call.of(2);
    const resolver = new SsrcResolver(members[0]!.client);
    const candidates = [members[1]!.userId];
    const silence = Uint8Array.of(0xf8, 0xff, 0xfe);
    expect(resolver.decrypt({ ssrc: 1, mediaType: "audio", frame: silence, candidates })).toEqual({
      outcome: "silence",
      frame: silence,
      userId: undefined,
    });
    expect(resolver.decrypt({ ssrc: 1, mediaType: "audio", frame: FRAME, candidates: [] })).toEqual({
      outcome: "failed",
      reason: "no-key",
      userId: undefined,
    });
    expect(resolver.ownerOf(1)).toBeUndefined();
    expect(() => resolver.learn(-1, "1")).toThrow(expect.objectContaining({ code: "invalid-argument" }));
  });

  it("whoever leaves the group loses their SSRCs", () => {
    const { call, members } = Call.of(3);
    const [a, b, c] = members as [Member, Member, Member];
    const resolver = new SsrcResolver(c.client);
    resolver.learn(5, b.userId);
    call.removeOne(a, b, 1, 7);
    expect(resolver.ownerOf(5)).toBeUndefined();
  });
});

describe("P4: signature keys", () => {
  it("a stored identity serves every client of the user", () => {
    let stored: Uint8Array | undefined;
    const store = {
      load: () => stored,
      save: (key: Uint8Array) => {
        stored = key;
      },
    };
    const crypto = createCryptoProvider();
    const first = loadIdentity(crypto, store);
    expect(loadIdentity(crypto, store)).toEqual(first);
    const keyOf = () => new Call().join("1", { signaturePrivateKey: first }).client.publicKey;
    expect(keyOf()).toEqual(keyOf());
    stored = new Uint8Array(32);
    expect(() => loadIdentity(crypto, store)).toThrow(expect.objectContaining({ code: "invalid-argument" }));
  });

  it("unverified, verified, and a known user with a new key (EC-12)", () => {
    const knownKeys = new Map<string, Uint8Array>();
    const { call, members } = Call.of(2, { knownKeys });
    const [a, b] = members as [Member, Member];
    expect(a.client.verificationOf(b.userId)).toBe("unverified");
    a.client.markVerified(b.userId, pairwiseCodeWith(a.client, b.userId));
    expect(a.client.verificationOf(b.userId)).toBe("verified");
    // b comes back as another process, with another key
    call.removeOne(a, b, 1, 7);
    const again = call.join(b.userId);
    call.addAll(a, [again], 8);
    expect(a.client.verificationOf(b.userId)).toBe("new-key");
    expect(a.eventsOf("verificationKey")).toMatchObject([
      { userId: b.userId, publicKey: again.client.publicKey },
    ]);
    expect(() => a.client.markVerified("555", b.client.publicKey)).toThrow(
      expect.objectContaining({ code: "unknown-user" }),
    );
  });

  it("`verify` refuses a code or key that the member has no more: removed, and back with another key", () => {
    const knownKeys = new Map<string, Uint8Array>();
    const { call, members } = Call.of(2, { knownKeys });
    const [a, b] = members as [Member, Member];
    const [code, key] = [pairwiseCodeWith(a.client, b.userId), a.client.roster.get(b.userId)!];
    call.removeOne(a, b, 1, 7);
    const again = call.join(b.userId);
    call.addAll(a, [again], 8);
    for (const compared of [code, key])
      expect(() => a.client.markVerified(b.userId, compared)).toThrow(
        expect.objectContaining({ code: "verification-mismatch" }),
      );
    for (const rubbish of ["123", code.code, {}, new Uint8Array(64), undefined])
      expect(() => a.client.markVerified(b.userId, rubbish as Uint8Array)).toThrow(
        expect.objectContaining({ code: "invalid-argument" }),
      );
    expect([knownKeys.size, a.client.verificationOf(b.userId)]).toEqual([0, "unverified"]);
    a.client.markVerified(b.userId, again.client.publicKey);
    expect(a.client.verificationOf(b.userId)).toBe("verified");
  });

  it("the key stays over resets of one client (P4): no such event", () => {
    const { call, members } = Call.of(2);
    const [a, b] = members as [Member, Member];
    b.client.recover();
    call.removeOne(a, b, 1, 7);
    call.addAll(a, [b], 8);
    expect(a.eventsOf("verificationKey")).toEqual([]);
  });
});

describe("onEvent, tap, snapshot: no secrets (LIB-14)", () => {
  it("the onEvent sees every event, the tap every message but transport secrets", () => {
    const events: DaveEvent[] = [];
    const records: CaptureRecord[] = [];
    const call = new Call();
    const a = call.join("1", {
      onEvent: (event) => {
        events.push(event);
        throw new Error("a full disk");
      },
      tap: (tapped) => records.push(captureRecord(tapped)),
    });
    a.client.receive('{"op":4,"d":{"dave_protocol_version":1,"secret_key":[1,2,3]}}');
    a.client.receive('{"op":2,"d":{"ip":"10.0.0.1"}}');
    call.addAll(a, [call.join("2")], 0);
    expect(events.map(({ type }) => type)).toContain("epoch");
    expect(events).toEqual(a.events);
    expect(JSON.stringify(records)).not.toMatch(/secret_key|10\.0\.0\.1/);
    const incoming = records.filter(({ direction }) => direction === "in");
    expect(incoming.map((record) => serverMessage(record.text ?? record.binary!).op)).toEqual(
      expect.arrayContaining([4, 11, 25, 27, 29]),
    );
    expect(records.filter(({ direction }) => direction === "out").length).toBe(a.sent.length);
  });

  it("says what seals frames: as measured for this runtime, or as an option fixes it", () => {
    const clientWith = (options: Partial<DaveClientOptions>) => {
      const client = new DaveClient({ userId: "1", channelId: "2", send: () => undefined, ...options });
      return snapshotOf(client).backend;
    };
    expect(clientWith({})).toMatchObject({
      name: "auto",
      keystreamFrom: expect.any(Number),
      gcmFrom: expect.any(Number),
    });
    expect(clientWith({ backend: "portable" })).toEqual({ name: "portable" });
    expect(clientWith({ backend: "platform" })).toEqual({ name: "platform" });
    const fixed = { keystreamFrom: 100, gcmFrom: Number.POSITIVE_INFINITY };
    expect(clientWith({ changeover: fixed })).toEqual({ name: "auto", keystreamFrom: 100, gcmFrom: null });
    for (const changeover of [null, 7, {}, { keystreamFrom: 1 }, { keystreamFrom: 1, gcmFrom: -1 }])
      expect(() => clientWith({ changeover: changeover as never })).toThrow(/changeover/);
  });
  it("a snapshot is plain JSON, the same key has the same id at every member", () => {
    const { members } = Call.of(3);
    const [a, b, c] = members.map(({ client }) => snapshotOf(client));
    expect(JSON.parse(JSON.stringify(a))).toEqual(JSON.parse(JSON.stringify(a)));
    const keyAt = (at: typeof b, userId: string) =>
      at!.receivers.find((r) => r.userId === userId)!.keys[0]!.keyId;
    expect(a!.sender).toMatchObject({ kind: "key", keyId: keyAt(b, a!.userId), counter: 0 });
    expect(keyAt(b, a!.userId)).toBe(keyAt(c, a!.userId));
    expect(a).toMatchObject({ state: "encrypted", ready: true, mls: { kind: "established", epoch: "1" } });
    expect(a!.plaintext).toBe("closed");
    expect(() => snapshotOf({})).toThrow(expect.objectContaining({ code: "invalid-argument" }));
  });

  it("nothing secret in inspect, toString or JSON of client, session and ratchet", async () => {
    const { inspect } = await import("node:util");
    const { members } = Call.of(2);
    const { client } = members[0]!;
    const shown = inspect(client, { depth: 9, showHidden: true }) + JSON.stringify(client) + String(client);
    expect(shown).not.toMatch(/secret|privateKey|Secret/i);
  });
});
