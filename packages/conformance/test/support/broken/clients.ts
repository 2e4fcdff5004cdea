// Broken peers: whole clients (M2–M6, E4, E13, E21–E31, O2, O3)
import type { ServerMessage } from "@puredave/dave";
import { decodeServerMessage, encodeServerMessage, parseProposals } from "@puredave/dave/protocol";
import type { SentMessage } from "../../../src/peers/kinds.ts";
import type { Handlers } from "../../../src/peers/peer.ts";
import type { Answer } from "../../../src/peers/protocol.ts";
import { appendBody } from "../../../src/peers/self/gateway.ts";
import { type BrokenPeer, broken, change, type Handler } from "./kit.ts";

type Receive = Handler<"client.receive">;
type Outcome = Answer<"client.receive">;
const sentOf = (outcome: Outcome): readonly SentMessage[] => outcome.sent;
const opOf = (sent: SentMessage): number =>
  "text" in sent ? JSON.parse(sent.text).op : (sent.binary[0] ?? -1);

/** A client whose messages from the gateway go through `act` first. */
const receiving = (
  act: (
    message: ServerMessage,
    right: (message: ServerMessage) => Outcome,
    all: Handlers,
    name: string,
  ) => Outcome,
) =>
  change("client.receive", (request, right, all) => {
    const read = decodeServerMessage(request.text ?? request.binary ?? "");
    if (read.outcome === "malformed") return right(request);
    const give = (other: ServerMessage): Outcome => {
      const data = encodeServerMessage(other);
      const field = typeof data === "string" ? { text: data } : { binary: data };
      return (right as Receive)({ name: request.name, ...field });
    };
    return act(read.message, give, all, request.name);
  });

const joined = (...outcomes: readonly Outcome[]): Outcome => ({
  ...(outcomes.at(-1) as Outcome),
  sent: outcomes.flatMap(sentOf),
  events: outcomes.flatMap(({ events }) => events as unknown[]),
});
const adding = (outcome: Outcome, d: object): Outcome => ({
  ...outcome,
  sent: [...sentOf(outcome), { text: JSON.stringify(d) }],
});
const without = (outcome: Outcome, op: number): Outcome => ({
  ...outcome,
  sent: sentOf(outcome).filter((sent) => opOf(sent) !== op),
});

const ignoredOp = (outcome: Outcome, opcode: number): boolean =>
  (outcome.events as { type: string; op?: number }[]).some(
    ({ type, op }) => type === "ignored" && op === opcode,
  );

const neverReady = receiving((m, right) => without(right(m), 23));
const switchesEarly = receiving((m, right) => {
  const outcome = right(m);
  return m.op === 29 && m.transitionId > 0
    ? joined(outcome, right({ op: 22, transitionId: m.transitionId }))
    : outcome;
});

export const brokenClients: readonly BrokenPeer[] = [
  broken(
    "op 23 for id 0",
    "E29",
    "race",
    receiving((m, right) => {
      const outcome = right(m);
      return (m.op === 29 || m.op === 30) && m.transitionId === 0
        ? adding(outcome, { op: 23, d: { transition_id: 0 } })
        : outcome;
    }),
  ),
  broken("never ready for a transition", "E29", "race", neverReady),
  broken("sender switches early", "M2", "race", switchesEarly),
  broken("sender switches early in a simulated call", "M2", "scenarios", switchesEarly),
  broken("never ready in a simulated call", "E29", "scenarios", neverReady),
  broken(
    "sender never switches",
    "E22",
    "race",
    receiving((m, right) => (m.op === 22 ? right({ op: "unknown", opcode: 99, seq: m.seq }) : right(m))),
  ),
  broken(
    "op 24 takes the keys away",
    "M4",
    "race",
    receiving((m, right, all, name) => {
      if (m.op !== 24) return right(m);
      const identify = all["client.connection"] as Handler<"client.connection">;
      const gone = identify({ name, state: "identify" });
      return joined(without(gone, 26), without(right({ op: 4, protocolVersion: 1 }), 26), right(m));
    }),
  ),
  broken(
    "the sole member keeps its key",
    "E21",
    "race",
    receiving((m, right) =>
      m.op === 21 && m.transitionId === 0 ? right({ op: "unknown", opcode: 99, seq: m.seq }) : right(m),
    ),
  ),
  broken(
    "plaintext when not ready",
    "M5",
    "race",
    change("client.encrypt", (r, right) => {
      const answer = right(r);
      return answer.outcome === "not-ready" ? { ...answer, outcome: "plain", out: r.frame } : answer;
    }),
  ),
  broken(
    "plaintext from anybody",
    "M6",
    "race",
    change("client.decrypt", (r, right) => {
      const answer = right(r);
      return answer.outcome === "not-protocol-frame" ? { ...answer, outcome: "plain", out: r.frame } : answer;
    }),
  ),
  broken(
    "drops silence",
    "F10",
    "race",
    change("client.decrypt", (r, right) => {
      const answer = right(r);
      return answer.outcome === "silence" ? { ...answer, outcome: "failed", out: null } : answer;
    }),
  ),
  broken("sequence numbers unread", "O2", "race", () => {
    let seq = 0;
    return receiving((m, right) => {
      const outcome = right(m.seq === undefined ? m : { ...m, seq: ++seq });
      // The group knows the commit by then: that the message was taken again shows in the answer alone.
      const again = m.op === 29 && ignoredOp(outcome, 29);
      return again ? adding(outcome, { op: 23, d: { transition_id: m.transitionId } }) : outcome;
    })();
  }),
  broken(
    "a key package too many",
    "E4",
    "race",
    receiving((m, right) => {
      const outcome = right(m);
      const made = sentOf(outcome).filter((sent) => opOf(sent) === 26);
      return m.op === 25 ? outcome : { ...outcome, sent: [...sentOf(outcome), ...made] };
    }),
  ),
  broken(
    "recovery without op 31",
    "E31",
    "race",
    receiving((m, right) => without(right(m), 31)),
  ),
  broken(
    "recovery in the wrong order",
    "E31",
    "race",
    receiving((m, right) => {
      const outcome = right(m);
      return sentOf(outcome).some((sent) => opOf(sent) === 31)
        ? { ...outcome, sent: [...sentOf(outcome)].reverse() }
        : outcome;
    }),
  ),
  broken(
    "a batch taken one by one",
    "E27",
    "race",
    receiving((m, right) => {
      const payload = m.op === 27 ? parseProposals(m.body) : undefined;
      if (payload?.outcome !== "append" || payload.messages.length < 2) return right(m);
      return joined(...payload.messages.map((message) => right({ op: 27, body: appendBody([message]) })));
    }),
  ),
  broken(
    "flags an old welcome",
    "E30",
    "race",
    receiving((m, right) => {
      const outcome = right(m);
      return m.op === 30 && ignoredOp(outcome, 30)
        ? adding(outcome, { op: 31, d: { transition_id: m.transitionId } })
        : outcome;
    }),
  ),
  broken(
    "flags a foreign commit",
    "E29",
    "race",
    receiving((m, right) => {
      const outcome = right(m);
      return m.op === 29 && ignoredOp(outcome, 29)
        ? adding(outcome, { op: 31, d: { transition_id: m.transitionId } })
        : outcome;
    }),
  ),
  broken(
    "forgets what the resume owes",
    "O3",
    "race",
    receiving((m, right) => (m.op === 9 ? without(right(m), 26) : right(m))),
  ),
  broken(
    "an early op 22 forgotten",
    "E22",
    "race",
    (() => {
      const announced = new Set<number>();
      return receiving((m, right) => {
        if (m.op === 29 || m.op === 30 || m.op === 21) announced.add(m.transitionId);
        const early = m.op === 22 && !announced.has(m.transitionId);
        return early ? right({ op: "unknown", opcode: 99, seq: m.seq }) : right(m);
      });
    })(),
  ),
  broken(
    "op 13 deaf to those who left",
    "E13",
    "race",
    receiving((m, right, all, name) => {
      const outcome = right(m);
      if (m.op !== 13) return outcome;
      const advance = all["client.advance_clock"] as Handler<"client.advance_clock">;
      return joined(outcome, advance({ name, ms: 10_001 }));
    }),
  ),
];
