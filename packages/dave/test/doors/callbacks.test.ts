// LIB-13, O4, M11: the caller's callbacks may do what they like; the protocol's course stays the same.
import { describe, expect, it } from "vitest";
import {
  type ClientMessage,
  DaveClient,
  type DaveClientOptions,
  HeldFrames,
  snapshotOf,
} from "../../src/index.ts";
import { Call, FRAME, type Member } from "../support/call.ts";
import { clientMessage } from "../support/decoded.ts";

type Callback = (...args: never[]) => unknown;
type Options = Partial<DaveClientOptions>;

/** What a callback does besides, or instead of, its work. */
const MISBEHAVIOURS: Readonly<Record<string, (work: Callback, client: () => DaveClient) => Callback>> = {
  throws:
    (work) =>
    (...args) => {
      work(...args);
      throw new Error("boom");
    },
  "throws nothing that is an error":
    (work) =>
    (...args) => {
      work(...args);
      throw undefined;
    },
  "returns a promise that rejects":
    (work) =>
    (...args) => {
      work(...args);
      return Promise.reject(new Error("later"));
    },
  "returns null":
    (work) =>
    (...args) => {
      work(...args);
      return null;
    },
  "returns text":
    (work) =>
    (...args) => {
      work(...args);
      return "rubbish";
    },
  "returns NaN":
    (work) =>
    (...args) => {
      work(...args);
      return Number.NaN;
    },
  "calls the client back":
    (work, client) =>
    (...args) => {
      const done = work(...args);
      const c = client();
      c?.encrypt({ mediaType: "audio", ssrc: 9, frame: FRAME });
      c?.decrypt({ userId: "2", mediaType: "audio", frame: FRAME });
      c?.on("ignored", () => {})();
      c?.tick();
      if (c !== undefined) snapshotOf(c);
      return done;
    },
};

const boom = (): never => {
  throw new Error("boom");
};

/** Options in which one callback misbehaves; `faulty` after the client is made, where making it needs the callback. */
const CALLBACKS: Readonly<Record<string, (wrap: (work: Callback) => Callback, base: Options) => Options>> = {
  send: (wrap, base) => ({ send: wrap(base.send as Callback) as never }),
  onEvent: (wrap) => ({ onEvent: wrap(() => {}) as never }),
  tap: (wrap) => ({ tap: wrap(() => {}) as never }),
  onFault: (wrap) => ({ onFault: wrap(() => {}) as never, onEvent: boom }),
  "knownKeys.get": (wrap) => ({ knownKeys: { get: wrap(() => undefined) as never, set: () => {} } }),
  "clock.now": (wrap, { clock }) => ({ clock: { now: wrap(() => clock!.now()) as never } }),
  "clock.setTimer": (wrap, { clock }) => ({
    clock: {
      now: () => clock!.now(),
      setTimer: wrap((ms: never, done: never) => clock!.setTimer!(ms, done)) as never,
    },
  }),
  "what clock.setTimer returns": (wrap, { clock }) => ({
    clock: {
      now: () => clock!.now(),
      setTimer: (ms, done) => wrap(clock!.setTimer!(ms, done)) as never,
    },
  }),
};

/** A call that is joined, left and joined again; what one member sent and decided on the way. */
function course(misbehave: (base: Options, client: () => DaveClient) => Options) {
  const call = new Call();
  let member: Member | undefined;
  const faults: unknown[] = [];
  const make = (options: DaveClientOptions): DaveClient =>
    new DaveClient({
      onFault: (fault) => faults.push(fault),
      ...options,
      ...misbehave(options, () => member?.client as DaveClient),
    });
  const a = call.join("1");
  const b = call.join("2", {}, make);
  member = b;
  call.addAll(a, [b], 0);
  const c = call.join("3");
  call.addAll(b, [c], 7);
  call.execute(7);
  call.removeOne(a, c, 2, 8);
  call.execute(8);
  b.client.recover();
  const heard = a.encrypt();
  const result = {
    sent: b.sent.map((message) =>
      "transitionId" in message ? [message.op, message.transitionId] : [message.op],
    ),
    state: b.client.state,
    roster: [...b.client.roster.keys()],
    executed: b.client.executedVersion,
    heard: "frame" in heard ? b.hear(a, heard.frame) : heard.outcome,
    speaks: b.encrypt().outcome,
  };
  return { result, faults, b };
}

const normal = course(() => ({})).result;

describe.each(Object.entries(CALLBACKS))("%s", (_, options) => {
  it.each(Object.entries(MISBEHAVIOURS))(
    "%s: the client sends and decides what it would have",
    async (_, how) => {
      const { result } = course((base, client) => options((work) => how(work, client), base));
      expect(result).toEqual(normal);
      // A rejection that nobody handles would fail the test run.
      await new Promise((resolve) => setImmediate(resolve));
    },
  );
});

describe("listeners", () => {
  it.each(Object.entries(MISBEHAVIOURS))("that %s change nothing", (_, how) => {
    let client: DaveClient | undefined;
    const { result } = course(() => ({}));
    const call = new Call();
    const [a, b] = [call.join("1"), call.join("2")];
    client = b.client;
    for (const type of ["state", "epoch", "roster", "transition", "privacyCode"] as const)
      client.on(
        type,
        how(
          () => {},
          () => client!,
        ) as never,
      );
    call.addAll(a, [b], 0);
    expect(b.client.state).toBe(result.state);
    expect(b.hear(a, a.speak())).toBe("decrypted");
  });

  it("one that was taken off by another is not called for the same event", () => {
    const call = new Call();
    const a = call.join("1");
    let called = 0;
    const second = () => called++;
    a.client.on("state", () => a.client.off("state", second));
    a.client.on("state", second);
    call.addAll(a, [call.join("2")], 0);
    expect(called).toBe(0);
  });
});

describe("time", () => {
  it.each([Number.NaN, "1", null, undefined, Number.POSITIVE_INFINITY, boom])(
    "a clock that says %s stands still, and the client goes on",
    (now) => {
      const { result } = course(() => ({
        clock: { now: (typeof now === "function" ? now : () => now) as never },
      }));
      expect(result.sent).toEqual(normal.sent);
    },
  );

  it("a clock that calls `receive` at every reading ends", () => {
    const call = new Call();
    let client: DaveClient | undefined;
    const now = (): number => {
      client?.receive('{"op":22,"d":{"transition_id":9}}');
      return 1;
    };
    client = new DaveClient({ userId: "1", channelId: call.channelId, send: () => {}, clock: { now } });
    client.receive('{"op":22,"d":{"transition_id":8}}');
    expect(client.state).toBe("negotiating");
  });

  it("a setTimer that calls back at once does not make the client go round in circles", () => {
    const { result } = course((base) => ({
      clock: {
        now: () => base.clock!.now(),
        setTimer: (_, done) => {
          done();
          return () => {};
        },
      },
    }));
    expect(result).toEqual(normal);
  });
});

it("randomness that fails in the middle of a change is replaced by the platform's, and is a fault", () => {
  let fails = false;
  const crypto = globalThis.crypto;
  const randomBytes = (length: number): Uint8Array => {
    if (fails) throw new Error("no entropy");
    return crypto.getRandomValues(new Uint8Array(length));
  };
  const { call, a } = { call: new Call(), a: undefined as Member | undefined };
  const faults: unknown[] = [];
  const b = call.join("2", { randomBytes, onFault: (fault) => faults.push(fault) });
  const first = call.join("1");
  fails = true;
  b.receive({ op: 24, protocolVersion: 1, epoch: 1n });
  call.addAll(first, [b], 0);
  expect(a).toBeUndefined();
  expect(first.hear(b, b.speak())).toBe("decrypted");
  expect(faults.length).toBeGreaterThan(0);
});

describe("O4: nothing reaches anybody once `close()` has returned", () => {
  const everything = () => {
    const call = new Call();
    const after: string[] = [];
    let closed = false;
    const note = (what: string) => void (closed && after.push(what));
    const end = (member: Member) => {
      member.client.close();
      closed = true;
    };
    let member: Member | undefined;
    let when: string | undefined;
    const at = (place: string) => {
      note(place);
      if (when === place && member !== undefined && !closed) end(member);
    };
    const sent: ClientMessage[] = [];
    member = call.join("1", {
      send: (message) => {
        sent.push(clientMessage(message));
        at("send");
      },
      onEvent: () => at("onEvent"),
      tap: () => at("tap"),
      onFault: () => note("onFault"),
    });
    // with the key package that a commit of another member adds
    member.sent.push(...sent);
    for (const type of ["state", "epoch", "roster", "transition", "privacyCode", "group"] as const)
      for (const place of [`first ${type}`, `second ${type}`]) member.client.on(type, () => at(place));
    const b = call.join("2");
    const close = (place: string) => {
      when = place;
    };
    return { call, a: member, b, close, after, isClosed: () => closed, end };
  };

  it.each(["send", "onEvent", "tap", "first state", "first epoch", "first roster", "first transition"])(
    "called from %s",
    (place) => {
      const { call, a, b, close, after, isClosed } = everything();
      close(place);
      a.receive(call.append(call.addProposal(b)));
      // `a` joins the group of `b` by a Welcome: that brings its first epoch and roster
      call.addAll(b, [a], 1);
      a.receive({ op: 22, transitionId: 1 });
      a.receive({ op: 21, protocolVersion: 0, transitionId: 3 });
      a.receive({ op: 22, transitionId: 3 });
      a.client.beginConnection();
      a.client.recover();
      call.clock.advance(60_000);
      expect(isClosed()).toBe(true);
      expect(after).toEqual([]);
      expect(a.client.encrypt({ mediaType: "audio", ssrc: 1, frame: FRAME })).toEqual({
        outcome: "failed",
        reason: "closed",
      });
    },
  );

  it("called from outside, `close` itself tells nothing", () => {
    const { call, a, b, after, end } = everything();
    const { length } = a.events;
    end(a);
    a.receive(call.append(call.addProposal(b)));
    expect(after).toEqual([]);
    expect(a.events).toHaveLength(length);
  });
});

describe("HeldFrames", () => {
  const setup = () => {
    const call = new Call();
    const [a, b] = [call.join("1"), call.join("2")];
    const left: number[] = [];
    const held = new HeldFrames(a.client, { deliver: () => left.push(call.clock.now()), clock: call.clock });
    const send = () => held.send({ mediaType: "audio", ssrc: 1, frame: FRAME });
    return { call, a, b, held, left, send };
  };

  it("lets held frames go spaced as they were offered, and what follows with the same delay", () => {
    const { call, a, b, left, send } = setup();
    for (let i = 0; i < 50; i++) {
      send();
      call.clock.advance(20);
    }
    call.addAll(a, [b], 0);
    const start = call.clock.now();
    expect(left).toEqual([start]);
    for (let i = 0; i < 100; i++) {
      send();
      call.clock.advance(20);
    }
    expect(left).toHaveLength(101);
    expect(left.every((at, i) => at === start + 20 * i)).toBe(true);
  });

  it("makes up for its delay in a pause of the speaker", () => {
    const { call, a, b, held, left, send } = setup();
    for (let i = 0; i < 10; i++) {
      send();
      call.clock.advance(20);
    }
    call.addAll(a, [b], 0);
    call.clock.advance(1_000);
    expect([left.length, held.size]).toEqual([10, 0]);
    expect(send().outcome).toBe("sent");
  });

  it("is closed with its client: nothing is held, nothing leaves, and `send` says so", () => {
    const { call, a, held, left, send } = setup();
    send();
    a.client.close();
    expect([held.size, send()]).toEqual([0, { outcome: "failed", reason: "closed" }]);
    call.clock.advance(10_000);
    expect(left).toEqual([]);
  });

  it("a deliver that throws is told to the client's onFault", () => {
    const faults: unknown[] = [];
    const call = new Call();
    const a = call.join("1", { onFault: (fault) => faults.push(fault) });
    const held = new HeldFrames(a.client, { deliver: boom, onDrained: boom, clock: call.clock });
    held.send({ mediaType: "audio", ssrc: 1, frame: FRAME });
    call.addAll(a, [call.join("2")], 0);
    expect(faults).toEqual([new Error("boom"), new Error("boom")]);
  });
});
