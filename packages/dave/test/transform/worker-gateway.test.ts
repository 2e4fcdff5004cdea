// A client that lives in a worker, seen from the page: the gateway's side, questions, the end (O2–O4).
import { describe, expect, it } from "vitest";
import { DaveError, pairwiseCodeWith } from "../../src/index.ts";
import { encodeServerMessage } from "../../src/protocol.ts";
import { createDaveWorker, serveDaveWorker } from "../../src/transform.ts";
import { callWithWorker, DirectEnd, greet, rig } from "../support/worker-rig.ts";

describe("the gateway's side", () => {
  it("a member in a worker joins, commits and answers like any other", () => {
    const { call, a, w, dave } = callWithWorker();
    expect(dave.epoch).toBe(1n);
    expect([dave.state, dave.ready, dave.executedVersion]).toEqual(["encrypted", true, 1]);
    expect(dave.privacyCode).toEqual(a.client.privacyCode);
    const c = call.join("300");
    call.addAll(w, [c], 7);
    expect(w.sentOf(23)).toEqual([{ op: 23, transitionId: 7 }]);
    call.execute(7);
    expect(c.hear(a, a.speak())).toBe("decrypted");
    expect(dave.epoch).toBe(2n);
  });

  it("tells the events, each when the state it speaks of can be read", () => {
    const { dave, a, call } = callWithWorker();
    const seen: unknown[] = [];
    dave.on("epoch", ({ epoch, members }) => seen.push([epoch, dave.epoch, members]));
    dave.on("privacyCode", ({ current }) => seen.push(current?.code === dave.privacyCode?.code));
    const c = call.join("300");
    call.addAll(a, [c], 7);
    expect(seen).toEqual([[2n, 2n, ["100", "200", "300"]], true]);
  });

  it("takes whatever a websocket hands out, and refuses the rest at once", () => {
    const { page, open, pageFaults, workerFaults } = rig();
    const dave = open({});
    const binary = encodeServerMessage({
      op: 29,
      transitionId: 1,
      commit: new Uint8Array(5),
      seq: 3,
    }) as Uint8Array;
    const padded = new Uint8Array(4096);
    padded.set(binary, 100);
    for (const message of [binary, binary.buffer, padded.subarray(100, 100 + binary.length)])
      dave.receive(message as never);
    expect(dave.seqAck).toBe(3);
    const received = page.posted.map((message) => (message as { body: { data?: Uint8Array } }).body.data);
    // a view's whole buffer is not posted
    expect(received.at(-1)!.buffer.byteLength).toBe(binary.length);
    expect(() => dave.receive(5 as never)).toThrow(expect.objectContaining({ code: "invalid-argument" }));
    expect([pageFaults, workerFaults]).toEqual([[], []]);
  });

  it("O2: seqAck follows what was applied, and is -1 again after identify", () => {
    const { w, dave } = callWithWorker();
    const applied = dave.seqAck;
    w.receive({ op: 22, transitionId: 900 });
    expect(dave.seqAck).toBe(applied + 1);
    dave.beginConnection();
    expect([dave.seqAck, dave.state, dave.ready, dave.epoch]).toEqual([-1, "negotiating", false, undefined]);
  });

  it("O4: what the worker says of a connection that is gone is neither sent nor believed", () => {
    const [page, scope] = DirectEnd.pair();
    // the worker's answers wait until the test lets them through
    scope.other = undefined;
    serveDaveWorker(scope);
    const sent: unknown[] = [];
    const dave = createDaveWorker(page, {
      userId: "1",
      channelId: "2",
      send: (message) => sent.push(message),
    });
    const deliver = () => {
      for (const data of scope.posted.splice(0)) page.dispatchEvent(new MessageEvent("message", { data }));
    };
    greet(dave, 8);
    deliver();
    expect(sent).toHaveLength(1);
    expect(dave.seqAck).toBe(9);
    dave.beginConnection();
    greet(dave, 8);
    const before = scope.posted.length;
    expect(before).toBeGreaterThan(0);
    // the socket breaks, and a new identify goes out, before the page hears any of it
    dave.connectionLost();
    dave.beginConnection();
    deliver();
    expect(sent).toHaveLength(1);
    expect(dave.seqAck).toBe(-1);
    greet(dave, 8);
    deliver();
    expect(sent).toHaveLength(2);
    expect(dave.seqAck).toBe(9);
  });

  it("O3: while the socket is down nothing is sent; op 9 brings what still counts", () => {
    const { w, dave, call, a } = callWithWorker();
    const c = call.join("300");
    dave.connectionLost();
    const before = w.sent.length;
    call.addAll(a, [c], 7);
    expect(w.sent).toHaveLength(before);
    w.receive({ op: 9 });
    expect(w.sentOf(23)).toEqual([{ op: 23, transitionId: 7 }]);
  });

  it("numbers connections as a client does: late messages of an older one are ignored", () => {
    const { dave } = callWithWorker();
    const first = dave.beginConnection();
    const second = dave.beginConnection();
    expect([first, second]).toEqual([1, 2]);
    const ignored: unknown[] = [];
    dave.on("ignored", ({ reason }) => ignored.push(reason));
    dave.receive(encodeServerMessage({ op: 4, protocolVersion: 1, seq: 1 }), first);
    dave.receive(encodeServerMessage({ op: 4, protocolVersion: 1, seq: 1 }), second);
    expect(ignored).toEqual(["old-connection"]);
  });
});

describe("questions", () => {
  it("are answered as the client would", async () => {
    const { a, dave } = callWithWorker();
    expect(await dave.publicKey()).toEqual(a.client.roster.get("200"));
    expect((await dave.pairwiseCode("100")).code).toBe(pairwiseCodeWith(a.client, "200").code);
    expect(await dave.verificationOf(100n)).toBe("unverified");
    await dave.markVerified("100", await dave.pairwiseCode("100"));
    expect(await dave.verificationOf("100")).toBe("verified");
    expect(await dave.snapshot()).toMatchObject({ userId: "200", state: "encrypted" });
  });

  it("fail with the client's code", async () => {
    const { dave, room } = callWithWorker();
    await expect(dave.pairwiseCode("999")).rejects.toMatchObject({ code: "unknown-user" });
    await expect(dave.pairwiseCode("x")).rejects.toMatchObject({ code: "invalid-snowflake" });
    const code = await dave.pairwiseCode("100");
    await expect(dave.markVerified("999", code)).rejects.toMatchObject({ code: "unknown-user" });
    await expect(dave.markVerified("100", new Uint8Array(65))).rejects.toMatchObject({
      code: "verification-mismatch",
    });
    expect(room.pageFaults).toEqual([]);
  });

  it("are refused once the session is closed, those on their way too", async () => {
    const { dave, room } = callWithWorker();
    room.page.other = undefined;
    const asked = dave.snapshot();
    dave.close();
    await expect(asked).rejects.toMatchObject({ code: "closed" });
    await expect(dave.media()).rejects.toMatchObject({ code: "closed" });
  });
});

describe("several sessions share a worker, and the app's own messages pass by", () => {
  it("each hears its own", () => {
    const room = rig();
    const sent: string[] = [];
    const one = room.open({ userId: "1", send: () => sent.push("one") });
    const two = room.open({ userId: "1", send: () => sent.push("two") });
    expect(room.served.clients).toHaveLength(2);
    greet(two, 4);
    expect(sent).toEqual(["two"]);
    expect([one.seqAck, two.seqAck]).toEqual([-1, 5]);
    one.close();
    expect(room.served.clients.map(({ seqAck }) => seqAck)).toEqual([5]);
  });

  it("what is not ours is nobody's fault", () => {
    const room = rig();
    room.open({});
    for (const message of ["hello", 5, null, undefined, {}, { type: "open" }, [1]]) {
      room.page.postMessage(message);
      room.scope.postMessage(message);
    }
    const transformer = { options: { mine: true }, readable: {}, writable: {} };
    room.scope.dispatchEvent(Object.assign(new Event("rtctransform"), { transformer }));
    expect([room.pageFaults, room.workerFaults]).toEqual([[], []]);
  });

  it("the worker may end them all", async () => {
    const room = rig();
    const [one, two] = [room.open({}), room.open({})];
    room.served.close();
    await Promise.all([one.closed, two.closed]);
    await expect(one.snapshot()).rejects.toMatchObject({ code: "closed" });
  });
});

describe("secrets", () => {
  it("never leave: the signature key that only the worker knows is in nothing that was posted", () => {
    const signaturePrivateKey = new Uint8Array(32).fill(7);
    const { w, dave, room } = callWithWorker({ signaturePrivateKey });
    void dave.snapshot();
    const bytesOf = (value: unknown): string =>
      JSON.stringify(value, (_, field) =>
        field instanceof Uint8Array
          ? Buffer.from(field).toString("hex")
          : typeof field === "bigint"
            ? String(field)
            : field,
      );
    const posted = [...room.page.posted, ...room.scope.posted].map(bytesOf).join("\n");
    expect(posted).toContain(Buffer.from(w.lastOf(26).keyPackage).toString("hex"));
    expect(posted).not.toContain("07".repeat(32));
  });
});

describe("real channels", () => {
  it("works over a MessageChannel, whose ports have to be started", async () => {
    const { port1, port2 } = new MessageChannel();
    serveDaveWorker(port2);
    const sent: unknown[] = [];
    const dave = createDaveWorker(port1, {
      userId: "1",
      channelId: "2",
      send: (message) => sent.push(message),
    });
    greet(dave, 4);
    expect(await dave.snapshot()).toMatchObject({ seqAck: 5, announcedVersion: 1 });
    expect(dave.seqAck).toBe(5);
    expect(sent).toHaveLength(1);
    dave.close();
    await dave.closed;
    port1.close();
  });

  it("refuses what is no end of a channel, and options that are none", () => {
    const options = { userId: "1", channelId: "2", send: () => {} };
    for (const end of [undefined, {}, { postMessage: () => {} }]) {
      expect(() => createDaveWorker(end as never, options)).toThrow(DaveError);
      expect(() => serveDaveWorker(end as never)).toThrow(DaveError);
    }
    const [page] = DirectEnd.pair();
    expect(() => createDaveWorker(page, undefined as never)).toThrow(DaveError);
    expect(() => createDaveWorker(page, { ...options, send: 5 as never })).toThrow(DaveError);
    expect(() => createDaveWorker(page, { ...options, userId: "x" })).toThrow(
      expect.objectContaining({ code: "invalid-snowflake" }),
    );
  });
});
