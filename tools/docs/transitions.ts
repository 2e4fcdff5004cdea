// docs/transitions.md from the transition function itself: every state, every event, what follows.
import {
  INITIAL_TRANSITIONS,
  type TransitionEffect,
  type TransitionEvent,
  type TransitionState,
  transition,
} from "../../packages/dave/src/protocol.ts";

type Script = readonly (readonly [at: number, event: TransitionEvent])[];

const keySet = (id: number, established = true) => ({ id, members: ["us", "them"], established });

const OP11: TransitionEvent = { type: "connect", userIds: ["them"] };
const OP13: TransitionEvent = { type: "disconnect", userId: "them" };
const LOST: TransitionEvent = { type: "connection-lost" };
const OP4: TransitionEvent = { type: "select-version", version: 1 };
const PENDING: TransitionEvent = { type: "pending-group", keySet: keySet(1, false) };
const FIRST: TransitionEvent = { type: "adopted", id: 0, keySet: keySet(2) };
const SECOND: TransitionEvent = { type: "adopted", id: 7, keySet: keySet(3) };
const PREPARE_EPOCH: TransitionEvent = { type: "prepare-epoch", version: 1, epoch: 1n };
const DOWNGRADE: TransitionEvent = { type: "prepare", id: 8, version: 0 };
const NEXT_PENDING: TransitionEvent = { type: "pending-group", keySet: keySet(4, false) };

const JOINED: Script = [
  [0, OP11],
  [0, OP4],
  [0, PENDING],
  [1_000, FIRST],
];

/** How each state of the table is reached. */
const STATES: Readonly<Record<string, Script>> = {
  "before op 4": [],
  negotiating: [
    [0, OP4],
    [0, PENDING],
  ],
  encrypted: JOINED,
  prepared: [...JOINED, [2_000, SECOND]],
  "group reset": [...JOINED, [2_000, PREPARE_EPOCH], [2_000, NEXT_PENDING]],
  "sole member": [
    ...JOINED,
    [2_000, OP13],
    [2_000, PREPARE_EPOCH],
    [2_000, NEXT_PENDING],
    [2_000, { type: "prepare", id: 0, version: 1 }],
  ],
  removed: [...JOINED, [2_000, { type: "removed", id: 9, keyPackageWaits: false }], [2_000, NEXT_PENDING]],
  "connection lost": [...JOINED, [2_000, SECOND], [3_000, LOST]],
  recovering: [...JOINED, [2_000, { type: "invalid", id: 9 }], [2_000, NEXT_PENDING]],
  "downgrade prepared": [...JOINED, [2_000, DOWNGRADE]],
  plain: [...JOINED, [2_000, DOWNGRADE], [2_500, { type: "execute", id: 8 }]],
  "upgrade under way": [
    ...JOINED,
    [2_000, DOWNGRADE],
    [2_500, { type: "execute", id: 8 }],
    [3_000, PREPARE_EPOCH],
    [3_000, NEXT_PENDING],
  ],
};

/** What happens to each state; op 27 and op 28 concern the group alone and reach media only as its commits. */
const EVENTS: readonly (readonly [name: string, event: TransitionEvent])[] = [
  ["identify", { type: "identify" }],
  ["op 4, version 1", OP4],
  ["op 4, version 0", { type: "select-version", version: 0 }],
  ["op 4, version 2", { type: "select-version", version: 2 }],
  ["connectionLost()", LOST],
  ["op 9", { type: "resumed" }],
  ["op 11", OP11],
  ["op 13", OP13],
  ["op 21, version 1, id 5", { type: "prepare", id: 5, version: 1 }],
  ["op 21, version 1, id 0", { type: "prepare", id: 0, version: 1 }],
  ["op 21, version 0, id 5", { type: "prepare", id: 5, version: 0 }],
  ["op 22, id 7", { type: "execute", id: 7 }],
  ["op 22, id 8", { type: "execute", id: 8 }],
  ["op 24, epoch 1", PREPARE_EPOCH],
  ["op 24, epoch 5", { type: "prepare-epoch", version: 1, epoch: 5n }],
  ["op 27 of a later epoch", { type: "future-proposals", ownCommit: true }],
  ["op 25 (pending group built)", { type: "pending-group", keySet: keySet(6, false) }],
  ["op 29/30 valid, id 0", { type: "adopted", id: 0, keySet: keySet(6) }],
  ["op 29/30 valid, id 5", { type: "adopted", id: 5, keySet: keySet(6) }],
  ["op 29 that removes us", { type: "removed", id: 5, keyPackageWaits: false }],
  ["op 29/30 invalid, id 5", { type: "invalid", id: 5 }],
  ["op 29 of another, pending group", { type: "foreign-commit", id: 5 }],
  ["op 30 for an old key package", { type: "stale-welcome", id: 5 }],
  ["a frame decrypts under k3", { type: "decrypted", keySet: 3 }],
  ["failing media", { type: "media-deaf" }],
  ["recover()", { type: "recover" }],
];

const LONG = 200_000;

function play(script: Script): { state: TransitionState; now: number } {
  let state = INITIAL_TRANSITIONS;
  let now = 0;
  for (const [at, event] of script) {
    now = at;
    state = transition(state, event, now).state;
  }
  return { state, now };
}

/** M7 in one word, as far as media can tell; *alone* depends on who else is connected. */
function mediaState({ executed, announced, sender }: TransitionState): string {
  if (executed === 0) return "plain";
  if (announced === undefined) return "before op 4";
  return sender.kind === "key" ? "encrypted" : "negotiating";
}

function effectText(effect: TransitionEffect, now: number): string | undefined {
  switch (effect.type) {
    case "send-ready":
      return `send 23 (${effect.id})`;
    case "send-invalid":
      return `send 31 (${effect.id})`;
    case "send-key-package":
      return "send 26";
    case "reset-mls":
      return "reset MLS";
    case "build-pending-group":
      return "pending group";
    case "install":
      return `install k${effect.keySet}`;
    case "expire":
      return `k${effect.keySet} expires in ${(effect.at - now) / 1000} s`;
    case "erase":
      return `erase ${effect.userId} of k${effect.keySet}`;
    case "retire":
      return `k${effect.keySet} accepted no more`;
    case "forget":
      return `forget k${effect.keySet}`;
    case "switch-sender":
      return `sender → ${typeof effect.to === "number" ? `k${effect.to}` : effect.to}`;
    case "accept-plaintext":
      return effect.until <= now ? "plaintext closed" : `plaintext ${span(effect.until - now)}`;
    case "notify":
      return noticeText(effect);
  }
}

const span = (ms: number): string => (Number.isFinite(ms) ? `for ${ms / 1000} s` : "accepted");

function noticeText({ notice }: Extract<TransitionEffect, { type: "notify" }>): string | undefined {
  if (notice.type === "ignored") return `ignored: ${notice.reason}`;
  if (notice.type === "transition" && (notice.phase === "dropped" || notice.phase === "flagged"))
    return `${notice.phase} ${notice.transitionId}`;
  return undefined;
}

interface Cell {
  readonly effects: string;
  readonly to: string;
}

function cell(from: Script, event: TransitionEvent): Cell {
  const { state, now } = play(from);
  const step = transition(state, event, now);
  const texts = step.effects.map((effect) => effectText(effect, now)).filter((text) => text !== undefined);
  return { effects: texts.length === 0 ? "–" : texts.join(" · "), to: mediaState(step.state) };
}

function table(name: string, script: Script): string {
  const { state } = play(script);
  const rows = EVENTS.map(([event, value]) => {
    const { effects, to } = cell(script, value);
    return `| ${event} | ${effects} | ${to === mediaState(state) ? "" : to} |`;
  });
  const late = transition(state, { type: "tick" }, LONG);
  const texts = late.effects.map((effect) => effectText(effect, LONG)).filter((text) => text !== undefined);
  rows.push(`| long after (tick) | ${texts.join(" · ") || "–"} | |`);
  return [
    `### ${name}`,
    "",
    "| event | effects, in order | becomes |",
    "| --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

function diagram(): string {
  const edges = new Map<string, Set<string>>();
  for (const script of Object.values(STATES)) {
    const from = mediaState(play(script).state);
    for (const [name, event] of EVENTS) {
      const { to } = cell(script, event);
      if (to === from) continue;
      const key = `${id(from)} --> ${id(to)}`;
      edges.set(key, (edges.get(key) ?? new Set()).add(name));
    }
  }
  const lines = [...edges].map(
    ([edge, names]) => `    ${edge}: ${[...names].join("; ").replaceAll(":", "")}`,
  );
  return ["```mermaid", "stateDiagram-v2", `    [*] --> ${id("before op 4")}`, ...lines, "```"].join("\n");
}

const id = (name: string): string => name.replaceAll(" ", "_");

/** The whole document. */
export function transitionsDocument(): string {
  return [
    "# Transitions",
    "",
    "Generated from the transition function by `npm run docs`; `npm test` fails when it is out of date.",
    "",
    "`transition(state, event, now) → { state, effects }` decides everything that the gateway, the clock and the group can do",
    "to a session's media (`packages/dave/src/transitions`). Effects are carried out in order. `k1`, `k2` … are key sets: the",
    "sender keys of one MLS epoch. An MLS reset never touches them (M4).",
    "",
    "## Media states",
    "",
    diagram(),
    "",
    "## Every state, every event",
    "",
    ...Object.entries(STATES).map(([name, script]) => table(name, script)),
  ].join("\n");
}
