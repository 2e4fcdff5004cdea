// Predicates for the rules of the protocol page, judged on every edge. Each comment says which part of its rule is judged.
import type { Step, TransitionEffect } from "@puredave/dave/protocol";
import type { Deadline, Move, Transition, World } from "./model.ts";

export interface Edge {
  readonly before: World;
  readonly move: Move;
  readonly step: Step;
  readonly after: World;
  readonly transition: Transition;
  readonly deadline: Deadline;
}

type Of<T extends TransitionEffect["type"]> = Extract<TransitionEffect, { type: T }>;
const RETENTION_MS = 10_000;

const all = <T extends TransitionEffect["type"]>({ step }: Edge, type: T): readonly Of<T>[] =>
  step.effects.filter((effect): effect is Of<T> => effect.type === type);

const told = (edge: Edge, phase: string) =>
  all(edge, "notify").flatMap(({ notice }) =>
    notice.type === "transition" && notice.phase === phase ? [notice] : [],
  );

const senderKey = ({ state }: World): number | undefined =>
  state.sender.kind === "key" ? state.sender.keySet : undefined;

/** E21: named members of the epoch of the sender's key whom no op 13 has taken away; without a key, whoever is named. */
function holders({ witness, state }: World): readonly string[] {
  const key = senderKey({ state } as World);
  return key === undefined
    ? witness.named
    : (witness.holders[key] ?? []).filter((userId) => witness.named.includes(userId));
}

/** M1: when the sender switches to keys, receivers accept them already. */
function receiversFirst({ before, step }: Edge): boolean {
  const live = new Set(Object.keys(before.witness.expiries).map(Number));
  return step.effects.every((effect) => {
    if (effect.type === "install") live.add(effect.keySet);
    if (effect.type === "retire" || effect.type === "forget") live.delete(effect.keySet);
    return effect.type !== "switch-sender" || typeof effect.to === "string" || live.has(effect.to);
  });
}

/** M2: the sender takes other keys only when a transition is executed; E21: or when a pending group is built. */
const senderLast = (edge: Edge): boolean =>
  senderKey(edge.after) === undefined ||
  senderKey(edge.after) === senderKey(edge.before) ||
  told(edge, "executed").length > 0 ||
  edge.move.event.type === "pending-group";

/** M2: a transition with id 0 never waits for an op 22. */
const zeroAtOnce = ({ after: { state } }: Edge): boolean => state.records.every(({ id }) => id !== 0);

/** M3: an expiry is 10 s from execution and never lengthens a running one; keys go after it and not before. */
const retention = (edge: Edge): boolean =>
  all(edge, "expire").every(
    ({ at, keySet }) =>
      at === edge.move.at + RETENTION_MS && at <= (edge.before.witness.expiries[keySet] ?? Infinity),
  ) && all(edge, "retire").every(({ keySet }) => edge.move.at > (edge.before.witness.expiries[keySet] ?? 0));

/** M3, M4: the key that the sender uses has no expiry. */
const senderKeyStays = ({ after }: Edge): boolean => {
  const key = senderKey(after);
  return key === undefined || after.witness.expiries[key] === Number.POSITIVE_INFINITY;
};

const RESETS = new Set(["prepare-epoch", "recover", "invalid", "removed", "media-deaf"]);

/** M4: a reset switches no sender and gives no key an expiry. */
const resetKeepsMedia = (edge: Edge): boolean =>
  !RESETS.has(edge.move.event.type) ||
  (all(edge, "switch-sender").length === 0 && all(edge, "expire").length === 0);

/** M5: plaintext is sent while version 0 is executed, and only then. */
const plaintextSent = ({ after: { state } }: Edge): boolean =>
  (state.sender.kind === "plain") === (state.executed === 0);

/** M6: plaintext is accepted at version 0; otherwise 120 s for a pending downgrade and 10 s after one at most. */
function plaintextAccepted({ after: { state, now } }: Edge): boolean {
  if (state.executed === 0) return state.plaintextOpen;
  const pending = state.records.some(({ version }) => version === 0);
  return !state.plaintextOpen || state.plaintextUntil <= now + (pending ? 120_000 : 10_000);
}

/** M10: an op 22 drops the records prepared before its own and no others. */
function dropsOlder(edge: Edge): boolean {
  const { event } = edge.move;
  if (event.type !== "execute") return true;
  const executed = edge.before.state.records.find(({ id }) => id === event.id);
  if (executed === undefined) return true;
  const left = edge.after.state.records.map(({ id }) => id);
  return edge.before.state.records.every(({ id, order }) => left.includes(id) === order > executed.order);
}

/** E13: an op 13 starts no expiry of its own. The 10 s after it are not judged. */
function departures(edge: Edge): boolean {
  const { event } = edge.move;
  return event.type !== "disconnect" || told(edge, "executed").length > 0 || all(edge, "expire").length === 0;
}

/** Whether E21 asks for a sole-member reset, and whether it forbids one. */
function soleMember({ before, after, move: { event } }: Edge): "asked" | "forbidden" | undefined {
  const { state } = before;
  if (state.group.kind === "established") return undefined;
  if (event.type === "prepare" && event.id === 0 && event.version > 0)
    return holders(before).length === 0 ? "asked" : "forbidden";
  if (event.type !== "disconnect") return undefined;
  const left = holders({ ...before, witness: after.witness });
  if (left.length > 0) return "forbidden";
  return holders(before).length > 0 && (state.executed ?? 0) > 0 ? "asked" : undefined;
}

/** E21: no key that only departed members know is left in use. */
const desertedKeyLeft = (edge: Edge): boolean =>
  soleMember(edge) !== "asked" ||
  (edge.after.state.sender.kind !== "plain" &&
    (senderKey(edge.after) === undefined ||
      edge.after.witness.holders[senderKey(edge.after) ?? 0] === undefined));

/** E21: a key that a named holder still has is never left. */
const heldKeyStays = (edge: Edge): boolean =>
  soleMember(edge) !== "forbidden" ||
  (all(edge, "switch-sender").length === 0 && told(edge, "executed").length === 0);

/**
 * E22: without its op 22 no version 0 is executed, and the sender moves to no keys that only departed members know (E21).
 * Keys of an epoch 0 are known to nobody else, so the witness has no holders for them, and none can have departed.
 */
function missingExecute(edge: Edge): boolean {
  const missing = told(edge, "executed").filter(({ cause }) => cause === "missing-execute");
  if (missing.some(({ protocolVersion }) => protocolVersion === 0)) return false;
  const key = senderKey(edge.after);
  if (missing.length === 0 || key === undefined || key === senderKey(edge.before)) return true;
  const { witness, state } = edge.after;
  if (state.group.kind === "established" && state.group.keySet.id === key) return true;
  const holders = witness.holders[key];
  return holders === undefined || holders.some((userId) => witness.named.includes(userId));
}

/** E22: a known id is executed by its op 22. */
const executeExecutes = (edge: Edge): boolean => {
  const { event } = edge.move;
  if (event.type !== "execute" || edge.before.state.records.every(({ id }) => id !== event.id)) return true;
  return told(edge, "executed").some(({ transitionId }) => transitionId === event.id);
};

/** E31: a 31 is followed by the reset and a 26 in this order, and two recoveries are at least 1 s apart. */
function recoveries({ before, step, move }: Edge): boolean {
  const sent = step.effects.map(({ type }) => type).filter((type) => type !== "notify");
  const first = sent.indexOf("send-invalid");
  if (first < 0) return true;
  const rest = sent.slice(first + 1);
  return (
    rest[0] === "reset-mls" &&
    rest.includes("send-key-package") &&
    !rest.includes("send-invalid") &&
    move.at - before.witness.lastInvalidAt >= 1000
  );
}

/** K4: nothing installs keys that were forgotten. */
const forgottenStays = (edge: Edge): boolean => {
  const { forgotten } = edge.before.witness;
  return (
    all(edge, "install").every(({ keySet }) => !forgotten.includes(keySet)) &&
    all(edge, "switch-sender").every(({ to }) => typeof to === "string" || !forgotten.includes(to))
  );
};

/** O3: while the connection is lost no recovery is carried out and no missing op 22 is made up for. */
const silence = (edge: Edge): boolean =>
  edge.after.state.connected ||
  (all(edge, "send-invalid").length === 0 &&
    told(edge, "executed").every(({ cause }) => cause !== "missing-execute"));

/** After a tick nothing is due any more; a tick at the deadline has an effect or replaces a field of the state. */
function ticks({ before, after, move, step, deadline }: Edge): boolean {
  if (move.event.type !== "tick") return true;
  if ((deadline(after.state) ?? Number.POSITIVE_INFINITY) <= move.at) return false;
  const due = deadline(before.state);
  const same = after.state as unknown as Record<string, unknown>;
  return (
    due !== move.at ||
    step.effects.length > 0 ||
    Object.entries(before.state).some(([field, value]) => same[field] !== value)
  );
}

const REPEATED = new Set([
  "connect",
  "disconnect",
  "connection-lost",
  "resumed",
  "execute",
  "tick",
  "decrypted",
]);

/** M11: of the events in `REPEATED`, one that comes twice has no effect the second time but a notice that it was ignored. */
function duplicates({ after, move: { event, at }, transition }: Edge): boolean {
  if (!REPEATED.has(event.type)) return true;
  return transition(after.state, event, at).effects.every(
    (effect) => effect.type === "notify" && effect.notice.type === "ignored",
  );
}

export const RULES: Readonly<Record<string, (edge: Edge) => boolean>> = {
  "M1 receivers first": receiversFirst,
  "M2 sender last": senderLast,
  "M2 id 0 is executed at once": zeroAtOnce,
  "M3 retention": retention,
  "M3 the sender's key has no expiry": senderKeyStays,
  "M4 a reset keeps media": resetKeepsMedia,
  "M5 plaintext sent": plaintextSent,
  "M6 plaintext accepted": plaintextAccepted,
  "M10 older records are dropped": dropsOlder,
  "E13 departures": departures,
  "E21 a deserted key is left": desertedKeyLeft,
  "E21 a held key stays": heldKeyStays,
  "E22 missing op 22": missingExecute,
  "E22 op 22 executes": executeExecutes,
  "E31 recoveries": recoveries,
  "K4 forgotten keys stay so": forgottenStays,
  "O3 lost connection": silence,
  "a tick does what is due": ticks,
  "a duplicate changes nothing": duplicates,
};

/** The names of the rules that an edge breaks. */
export const broken = (edge: Edge): readonly string[] =>
  Object.entries(RULES).flatMap(([name, holds]) => (holds(edge) ? [] : [name]));
