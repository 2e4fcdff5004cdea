// M4, M5, M8, M10, M11, O4, K4: whatever a gateway says, in whatever order, these hold after every message.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ServerMessage, snapshotOf } from "../../src/index.ts";
import { encodeServerMessage } from "../../src/protocol.ts";
import { Call, FRAME, type Member } from "../support/call.ts";

type Step =
  | { readonly kind: "message"; readonly message: ServerMessage }
  | {
      readonly kind: "announce" | "welcome";
      readonly id: number;
      readonly pick: number;
      readonly flip: number;
    }
  | { readonly kind: "append"; readonly pick: number; readonly flip: number }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "call"; readonly what: "recover" | "beginConnection" | "connectionLost" | "tick" };

const id = fc.integer({ min: 0, max: 4 });
const flip = fc.integer({ min: -3, max: 400 });
const pick = fc.nat({ max: 7 });
const message = (arbitrary: fc.Arbitrary<ServerMessage>): fc.Arbitrary<Step> =>
  arbitrary.map((value) => ({ kind: "message", message: value }));
const version = fc.constantFrom(0, 1, 1, 1, 2);
const user = fc.constantFrom("100", "101", "300", "301");

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    arbitrary: message(
      fc.record({ op: fc.constant(21 as const), protocolVersion: version, transitionId: id }),
    ),
    weight: 4,
  },
  { arbitrary: message(fc.record({ op: fc.constant(22 as const), transitionId: id })), weight: 5 },
  { arbitrary: message(fc.record({ op: fc.constant(4 as const), protocolVersion: version })), weight: 1 },
  {
    arbitrary: message(
      fc.record({
        op: fc.constant(24 as const),
        protocolVersion: version,
        epoch: fc.constantFrom(0n, 1n, 1n, 7n),
      }),
    ),
    weight: 2,
  },
  {
    arbitrary: message(
      fc.record({ op: fc.constant(11 as const), userIds: fc.array(user, { maxLength: 3 }) }),
    ),
    weight: 2,
  },
  { arbitrary: message(fc.record({ op: fc.constant(13 as const), userId: user })), weight: 2 },
  { arbitrary: message(fc.constant({ op: 9 as const })), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant("announce" as const), id, pick, flip }), weight: 4 },
  { arbitrary: fc.record({ kind: fc.constant("welcome" as const), id, pick, flip }), weight: 2 },
  { arbitrary: fc.record({ kind: fc.constant("append" as const), pick, flip }), weight: 4 },
  {
    arbitrary: fc
      .constantFrom(1, 999, 1_000, 2_000, 5_000, 10_000, 10_001, 120_000)
      .map((ms) => ({ kind: "wait" as const, ms })),
    weight: 3,
  },
  {
    arbitrary: fc
      .constantFrom(
        "recover" as const,
        "recover" as const,
        "beginConnection" as const,
        "connectionLost" as const,
        "tick" as const,
      )
      .map((what) => ({ kind: "call" as const, what })),
    weight: 1,
  },
);

/** One bit turned where `at` points; negative: untouched. */
function bent(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  if (at >= 0) copy[at % copy.length]! ^= 1 << (at % 8);
  return copy;
}

/** A call of two, and everything that could be said about its next epoch. */
function stage() {
  const { call, members } = Call.of(2);
  const [a, b] = members as [Member, Member];
  const [c, d] = [call.join("300"), call.join("301")];
  const proposals = [
    call.addProposal(c),
    call.addProposal(d),
    call.removeProposal(0),
    call.removeProposal(1),
  ];
  const appends = [
    ...proposals.map((proposal) => call.append(proposal)),
    call.append(...proposals.slice(0, 2)),
    ...proposals.slice(0, 2).map(({ ref }) => call.revoke(ref)),
  ] as Extract<ServerMessage, { op: 27 }>[];
  // a makes the commits, b is the client under test
  a.receive(appends[0]!);
  a.receive(appends[4]!);
  const made = a.sentOf(28);
  return {
    call,
    a,
    b,
    appends,
    commits: made.map(({ commit }) => commit),
    welcomes: made.map(({ welcome }) => welcome!),
  };
}

type Stage = ReturnType<typeof stage>;

function play({ call, b, appends, commits, welcomes }: Stage, move: Step): void {
  switch (move.kind) {
    case "message":
      // without a seq: always applied (O2)
      return b.client.receive(encodeServerMessage(move.message));
    case "announce": {
      const own = b.sentOf(28).map(({ commit }) => commit);
      const all = [...commits, ...own];
      return b.receive(call.announce(move.id, bent(all[move.pick % all.length]!, move.flip)));
    }
    case "welcome":
      return b.receive({
        op: 30,
        transitionId: move.id,
        welcome: bent(welcomes[move.pick % welcomes.length]!, move.flip),
      });
    case "append": {
      const { body } = appends[move.pick % appends.length]!;
      return b.receive({ op: 27, body: bent(body, move.flip) });
    }
    case "wait":
      return call.clock.advance(move.ms);
    case "call":
      return void b.client[move.what]();
  }
}

describe("M11: no order of messages breaks a client", () => {
  it("plaintext leaves exactly at an executed version 0, no counter twice, nothing grows", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (moves) => {
        const set = stage();
        const { a, b } = set;
        const { client } = b;
        const counters = new Map<string, number>();
        let mayHearPlain = false;
        for (const move of moves) {
          if (move.kind === "message" && (move.message.op === 21 || move.message.op === 4))
            mayHearPlain ||= move.message.protocolVersion === 0;
          play(set, move);
          b.checkEvents();
          // what is due has been done
          expect(client.nextDeadline() ?? Number.POSITIVE_INFINITY).toBeGreaterThan(set.call.clock.now());
          const sent = client.encrypt({ mediaType: "audio", ssrc: 1, frame: FRAME }).outcome;
          const { sender, transitions, parkedMessages, executedVersion } = snapshotOf(client);
          // M5, M7
          expect(sent === "plain").toBe(client.executedVersion === 0);
          expect(client.state === "plain").toBe(client.executedVersion === 0);
          expect(sent === "encrypted" || sent === "plain").toBe(client.ready);
          expect(executedVersion ?? 0).toBeLessThanOrEqual(1);
          // K4: installed again, a key goes on counting
          if (sender.kind === "key") {
            expect(sender.counter).toBeGreaterThan(counters.get(sender.keyId) ?? 0);
            counters.set(sender.keyId, sender.counter);
          }
          // M6
          if (b.hear(a, FRAME) === "plain") expect(mayHearPlain).toBe(true);
          // M10, E27
          expect(transitions.length).toBeLessThanOrEqual(16);
          expect(parkedMessages).toBeLessThanOrEqual(64);
        }
        client.close();
        const { length } = b.sent;
        for (const move of moves) play(set, move);
        expect(b.sent).toHaveLength(length);
      }),
      { numRuns: 40 },
    );
  });
});
