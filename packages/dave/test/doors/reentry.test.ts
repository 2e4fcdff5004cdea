// O4, M11: every public method may be called from within every callback and every event; the client stays whole.
import { describe, expect, it } from "vitest";
import { DaveClient, type DaveClientOptions, EVENT_NAMES } from "../../src/index.ts";
import { Call, FRAME, type Member } from "../support/call.ts";

/** Every public method and getter of DaveClient, as it is called from within. */
const CALLS: Readonly<Record<string, (client: DaveClient) => unknown>> = {
  receive: (client) => client.receive('{"op":11,"d":{"user_ids":["77"]}}'),
  connectionLost: (client) => client.connectionLost(),
  beginConnection: (client) => client.beginConnection(),
  recover: (client) => client.recover(),
  assignSsrcToCodec: (client) => client.assignSsrcToCodec(9, "vp8"),
  maxProtectedLength: (client) => client.maxProtectedLength({ mediaType: "audio", ssrc: 1, frame: FRAME }),
  encrypt: (client) => client.encrypt({ mediaType: "audio", ssrc: 9, frame: FRAME }),
  decrypt: (client) => client.decrypt({ userId: "1", mediaType: "audio", frame: FRAME }),
  decryptAmong: (client) => client.decryptAmong({ candidates: ["1"], mediaType: "audio", frame: FRAME }),
  verificationOf: (client) => client.roster.has("1") && client.verificationOf("1"),
  markVerified: (client) => {
    const key = client.roster.get("1");
    if (key !== undefined) client.markVerified("1", key);
  },
  on: (client) => client.on("ignored", () => {}),
  once: (client) => client.once("ignored", () => {}),
  off: (client) => client.off("ignored", () => {}),
  nextDeadline: (client) => client.nextDeadline(),
  tick: (client) => client.tick(),
  close: (client) => client.close(),
};

/** What takes part in the course of the protocol, and so may change what is sent and decided. */
const CHANGES = ["connectionLost", "beginConnection", "recover", "close"];

const descriptors = Object.entries(Object.getOwnPropertyDescriptors(DaveClient.prototype));
const GETTERS = descriptors.filter(([, { get }]) => get !== undefined).map(([name]) => name);

type Within = (name: string) => void;

/** What the change under way still asks once `close` was called from within it: none of these tells the owner anything. */
const ASKED = ["knownKeys.get", "clock.now", "clock.setTimer", "cancel of clock.setTimer"];

/** Options whose callbacks all say that they are being called. */
function callbacks(within: Within, { clock, send }: DaveClientOptions): Partial<DaveClientOptions> {
  return {
    send(message) {
      send(message);
      within("send");
    },
    onEvent: () => within("onEvent"),
    tap: () => within("tap"),
    onFault: () => within("onFault"),
    knownKeys: {
      // Not the member's key, so that `verificationKey` is told.
      get() {
        within("knownKeys.get");
        return Uint8Array.of(4, ...new Uint8Array(64).fill(1));
      },
      set: () => within("knownKeys.set"),
    },
    clock: {
      now() {
        within("clock.now");
        return clock!.now();
      },
      setTimer(delayMs, callback) {
        within("clock.setTimer");
        const cancel = clock!.setTimer!(delayMs, () => {
          within("timer");
          callback();
        });
        return () => {
          cancel();
          within("cancel of clock.setTimer");
        };
      },
    },
  };
}

const CALLBACKS = [
  ...["send", "onEvent", "tap", "onFault", "knownKeys.get"],
  ...["clock.now", "clock.setTimer", "cancel of clock.setTimer", "timer"],
];

/** What this course does not bring about; the events have tests of their own. */
const NOT_REACHED = ["senderRate", "undecryptable", "deferredUsers", "copiedKey", "commitWaiting"];

interface Course {
  readonly call: Call;
  readonly a: Member;
  readonly b: Member;
}

/** Two members join, a third one comes, a commit is invalid, the call goes to plaintext; `within` hears of each callback. */
function course(
  within: Within,
  { made = () => {}, joined = () => {} }: { made?(client: DaveClient): void; joined?(b: Member): void } = {},
): Course {
  const call = new Call();
  const a = call.join("1");
  const b = call.join("2", {}, (options) => {
    const client = new DaveClient({ ...options, ...callbacks(within, options) });
    made(client);
    // An error of the owner's, so that onFault is called.
    client.on("invalid", () => {
      throw new Error("boom");
    });
    for (const name of EVENT_NAMES) client.on(name, () => within(name));
    return client;
  });
  joined(b);
  call.addAll(a, [b], 0);
  call.addAll(a, [call.join("3")], 7);
  call.execute(7);
  b.encrypt();
  b.lose();
  b.receive({ op: 29, transitionId: 9, commit: Uint8Array.of(1, 2, 3) });
  call.clock.advance(20_000);
  b.receive({ op: 22, transitionId: 999 });
  for (const member of [a, b]) member.receive({ op: 21, protocolVersion: 0, transitionId: 10 });
  call.execute(10, [a, b]);
  call.clock.advance(20_000);
  return { call, a, b };
}

/** A `receive` within each `receive` would never end: the limit is the owner's, not the client's. */
const MOST_CALLS = 100;

/** The course while a call is made from within each `name`. */
function courseWith(name: string, enter: (client: DaveClient) => unknown) {
  const thrown: unknown[] = [];
  let client: DaveClient | undefined;
  let inside = false;
  let entered = 0;
  const within: Within = (at) => {
    if (at !== name || inside || client === undefined || entered === MOST_CALLS) return;
    inside = true;
    entered++;
    try {
      enter(client);
    } catch (error) {
      thrown.push(error);
    }
    inside = false;
  };
  const made = (one: DaveClient): void => {
    client = one;
  };
  return { ...course(within, { made }), thrown, entered: () => entered };
}

const decided = ({ b }: Course) => ({
  sent: b.sent.map((message) =>
    "transitionId" in message ? [message.op, message.transitionId] : [message.op],
  ),
  state: b.client.state,
  executed: b.client.executedVersion,
  roster: [...b.client.roster.keys()],
});

/** The call begins anew for everybody; whether one hears the other. */
function again({ call, a, b }: Course): string {
  b.client.beginConnection();
  b.receive({ op: 11, userIds: ["1", "2", "3"] });
  b.receive({ op: 4, protocolVersion: 0 });
  b.receive({ op: 25, externalSender: call.signer.externalSender });
  for (const member of [a, b]) member.receive({ op: 24, protocolVersion: 1, epoch: 1n });
  call.epoch = 0n;
  call.inGroup.length = 0;
  call.addAll(a, [b], 20);
  call.execute(20, [a, b]);
  return b.hear(a, a.speak());
}

describe("O4, M11: calls from within", () => {
  it("the tables name every public method, and the course reaches every callback and event but those named", () => {
    const isMethod = ([name, { value }]: (typeof descriptors)[number]): boolean =>
      typeof value === "function" && name !== "constructor";
    const methods = descriptors.filter(isMethod).map(([name]) => name);
    expect(Object.keys(CALLS).sort()).toEqual(methods.sort());
    const reached = new Set<string>();
    course((name) => reached.add(name));
    const expected = [...CALLBACKS, ...EVENT_NAMES].filter((name) => !NOT_REACHED.includes(name));
    expect([...reached].sort()).toEqual(expected.sort());
  });

  const normal = decided(course(() => {}));
  const places = [...CALLBACKS, ...EVENT_NAMES].filter((name) => !NOT_REACHED.includes(name));

  describe.each(places)("%s", (place) => {
    it("every getter can be read, and nothing changes", () => {
      const ended = courseWith(place, (client) => {
        for (const name of GETTERS) client[name as "state"];
      });
      expect([ended.thrown, decided(ended)]).toEqual([[], normal]);
    });

    it.each(Object.keys(CALLS).filter((name) => !CHANGES.includes(name)))("%s changes nothing", (name) => {
      const ended = courseWith(place, CALLS[name]!);
      expect(ended.entered()).toBeGreaterThan(0);
      expect([ended.thrown, decided(ended)]).toEqual([[], normal]);
      expect(again(ended)).toBe("decrypted");
    });

    it.each(["connectionLost", "beginConnection", "recover"])("%s leaves a client that can go on", (name) => {
      let armed: DaveClient | undefined;
      const within: Within = (at) => {
        if (at !== place || armed === undefined) return;
        const client = armed;
        armed = undefined;
        CALLS[name]!(client);
      };
      const joined = (b: Member): void => {
        armed = b.client;
      };
      const ended = course(within, { joined });
      expect(armed).toBe(undefined);
      expect(again(ended)).toBe("decrypted");
    });

    it("close ends everything: nothing is called any more", () => {
      let client: DaveClient | undefined;
      let closed = false;
      const after: string[] = [];
      const within: Within = (at) => {
        if (closed && !ASKED.includes(at)) after.push(at);
        else if (at === place && !closed) client?.close();
        closed ||= at === place && client !== undefined;
      };
      const joined = (b: Member): void => {
        ({ client } = b);
        b.checkEvents = () => {};
      };
      const { b } = course(within, { joined });
      expect([closed, after]).toEqual([true, []]);
      expect(b.encrypt()).toEqual({ outcome: "failed", reason: "closed" });
    });
  });
});
