// Named stories, runnable alone: each shows one thing that went wrong in the field, and that it goes right here.
import type { GatewayKnobs } from "./gateway/knobs.ts";
import type { Action, ActionType, Participant, Plan } from "./plan.ts";
import type { SfuKnobs } from "./sfu.ts";

/** What a scenario must have shown besides breaking no invariant. */
export interface Expectation {
  /** Gateway resets by reason that must have come up. */
  readonly resets?: readonly string[];
  /** Faults (rows of the coverage table) that must have come up. */
  readonly faults?: readonly string[];
  /** Established epochs at least. */
  readonly epochs?: number;
  /** Frames that must have been received at least. */
  readonly received?: number;
}

export interface Scenario {
  readonly name: string;
  /** What it shows, in one line. */
  readonly shows: string;
  /** Items of field-lessons.md that it stands for. */
  readonly covers: readonly string[];
  readonly plan: Plan;
  readonly expect: Expectation;
}

const PLAIN = "900000000000000009";
const user = (index: number): string => String(1180000000000000000n + BigInt(index + 1) * 7_919_000_001n);

const participant = (userId: string, maxVersion: 0 | 1, minDelayMs: number): Participant => ({
  userId,
  maxVersion,
  minDelayMs,
  maxDelayMs: minDelayMs + 20,
  clockOffsetMs: 0,
  clockRate: 1,
});

interface Sketch {
  readonly members: number;
  readonly plain?: boolean;
  readonly knobs?: Partial<GatewayKnobs>;
  readonly sfu?: Partial<SfuKnobs>;
  /** [seconds, what, member number (0…) or "plain", for how many seconds]. */
  readonly story: readonly (readonly [number, ActionType, (number | "plain")?, number?])[];
  /** Seconds of story. */
  readonly lasts: number;
}

function planOfSketch(seed: number, sketch: Sketch): Plan {
  const members = Array.from({ length: sketch.members }, (_, i) => participant(user(i), 1, 10 + 25 * i));
  const actions = sketch.story.map(
    ([seconds, type, who = 0, forSeconds = 0]): Action => ({
      at: Math.round(seconds * 1000),
      type,
      userId: who === "plain" ? PLAIN : user(who),
      forMs: Math.round(forSeconds * 1000),
    }),
  );
  return {
    seed,
    participants: sketch.plain ? [...members, participant(PLAIN, 0, 15)] : members,
    knobs: sketch.knobs ?? {},
    sfu: { minDelayMs: 20, maxDelayMs: 30, ...sketch.sfu },
    actions: actions.sort((a, b) => a.at - b.at),
    frameEveryMs: 40,
    minFrameBytes: 3,
    maxFrameBytes: 120,
    codec: "opus",
    realCrypto: true,
    faultsUntilMs: sketch.lasts * 1000,
    endMs: (sketch.lasts + 45) * 1000,
  };
}

const joinAll = (members: number): [number, ActionType, number][] =>
  Array.from({ length: members }, (_, i) => [0.2 + i * 0.4, "join", i]);

/** Leaves and comes back every `gap` seconds. */
function cycles(count: number, start: number, gap: number, who: number): [number, ActionType, number][] {
  return Array.from({ length: count }, (_, i) => [start + i * gap, i % 2 === 0 ? "leave" : "join", who]);
}

const storm = (): [number, ActionType, number][] =>
  Array.from({ length: 50 }, (_, i) => [
    5 + i * 1.2,
    Math.floor(i / 4) % 2 === 0 ? "leave" : "join",
    1 + (i % 4),
  ]);

type Row = readonly [
  name: string,
  shows: string,
  covers: readonly string[],
  sketch: Sketch,
  expect: Expectation,
];

const SES_MEDIA = ["SES-01", "SES-08", "SES-09", "SES-10", "SES-22", "SES-23", "SES-24"];

const ROWS: readonly Row[] = [
  [
    "relay-bot",
    "one listener, three speakers; people come and go while everybody speaks: nothing dropped, no key missing",
    SES_MEDIA,
    {
      members: 5,
      story: [
        ...joinAll(4),
        [6, "join", 4],
        [12, "leave", 2],
        [18, "join", 2],
        [24, "leave", 3],
        [25, "restart", 3],
      ],
      lasts: 32,
    },
    { epochs: 6, received: 6000 },
  ],
  [
    "sole-member",
    "everybody else leaves: the one who stays goes on encrypting, under a key that nobody who left has",
    ["SES-20", "SES-21", "GW-08", "SES-05", "SES-06", "GW-07"],
    { members: 3, story: [...joinAll(3), [8, "leave", 1], [9, "leave", 2], [16, "join", 1]], lasts: 24 },
    { resets: ["sole-member"], faults: ["sole-member reset"], epochs: 3 },
  ],
  [
    "refill",
    "the channel empties and refills eight times",
    ["SES-02", "GW-09"],
    { members: 2, story: [...joinAll(2), ...cycles(16, 5, 3, 1)], lasts: 56 },
    { resets: ["sole-member"], epochs: 8 },
  ],
  [
    "downgrade-upgrade",
    "a client without DAVE comes and goes twice",
    ["SES-25", "SES-26", "GW-16", "SES-34"],
    {
      members: 3,
      plain: true,
      story: [
        ...joinAll(3),
        [6, "join", "plain"],
        [14, "leave", "plain"],
        [24, "join", "plain"],
        [26, "leave", "plain"],
      ],
      lasts: 34,
    },
    { resets: ["upgrade"], faults: ["downgrade prepared"], epochs: 3 },
  ],
  [
    "plain-first",
    "the call begins without DAVE and is upgraded",
    ["SES-25", "SES-29"],
    {
      members: 3,
      plain: true,
      story: [[0.1, "join", "plain"], ...joinAll(3), [10, "leave", "plain"]],
      lasts: 20,
    },
    { resets: ["upgrade"], epochs: 1 },
  ],
  [
    "storm",
    "fifty joins and leaves a minute",
    ["SES-14", "SES-30", "GW-26"],
    { members: 5, knobs: { overlapping: true }, story: [...joinAll(5), ...storm()], lasts: 66 },
    { epochs: 25 },
  ],
  [
    "late-execute",
    "the 22 comes 13 s after everybody was ready: old keys do not expire before",
    ["SES-33", "GW-13", "Cross-2"],
    {
      members: 4,
      knobs: { executeDelayMs: 13_000 },
      story: [...joinAll(3), [34, "join", 3], [60, "leave", 3]],
      lasts: 76,
    },
    { epochs: 4, received: 5000 },
  ],
  [
    "early-execute",
    "the 22 comes ahead of its 29 or 30",
    ["SES-07", "SES-27", "GW-13"],
    {
      members: 4,
      knobs: { executeEarly: 1 },
      story: [...joinAll(3), [8, "join", 3], [14, "leave", 3], [20, "join", 3]],
      lasts: 28,
    },
    { epochs: 4 },
  ],
  [
    "overlapping",
    "several transitions pending at once, executed out of order",
    ["SES-04", "Cross-2", "Cross-3"],
    {
      members: 5,
      knobs: { overlapping: true, executeEarly: 0.4, executeDelayMs: 2500 },
      story: [...joinAll(5), ...cycles(6, 8, 0.7, 4), ...cycles(6, 8.3, 0.9, 3)],
      lasts: 24,
    },
    { epochs: 5 },
  ],
  [
    "recovery",
    "damaged commits and welcomes: op 31, then 26, media goes on meanwhile",
    ["SES-12", "SES-13", "SES-14", "GW-22", "SES-19"],
    {
      members: 4,
      knobs: { badCommit: 0.3, badWelcome: 0.3 },
      story: [...joinAll(3), [8, "join", 3], [16, "leave", 3], [22, "join", 3], [26, "recover", 1]],
      lasts: 34,
    },
    { faults: ["damaged commit", "op 31"] },
  ],
  [
    "resume",
    "sockets break and resume, within the window and after it",
    ["SES-32", "Cross-8", "GW-02"],
    {
      members: 4,
      knobs: { resumeWindowMs: 6000 },
      story: [
        ...joinAll(4),
        [6, "drop", 1, 2],
        [6.5, "leave", 3],
        [12, "join", 3],
        [12.05, "drop", 2, 1],
        [18, "drop", 0, 9],
      ],
      lasts: 36,
    },
    { faults: ["resume", "drop", "resume refused"] },
  ],
  [
    "stale-welcome",
    "a welcome arrives for a key package that was superseded meanwhile",
    ["SES-18", "MLS-21", "MLS-19"],
    {
      members: 4,
      knobs: { revokeMs: 3000, batchMs: 300, duplicateWithoutSeq: 0.25 },
      story: [
        ...joinAll(3),
        [7, "join", 3],
        [7.15, "leave", 3],
        [7.25, "join", 3],
        [12, "leave", 3],
        [12.2, "restart", 3],
      ],
      lasts: 22,
    },
    { faults: ["duplicate without seq"] },
  ],
  [
    "late-connect",
    "op 27 comes before the op 11 that names its user: parked, then committed",
    ["MLS-05", "SES-35", "LIB-07"],
    {
      members: 4,
      knobs: { lateConnectMs: 1500 },
      story: [...joinAll(3), [8, "join", 3], [14, "leave", 3], [14.4, "join", 3]],
      lasts: 24,
    },
    { epochs: 3 },
  ],
  [
    "late-external-sender",
    "op 25 comes after op 4, and after the proposals",
    ["SES-15", "SES-16", "GW-06"],
    {
      members: 4,
      knobs: { lateExternalSenderMs: 800 },
      story: [...joinAll(4), [10, "leave", 3], [12, "join", 3]],
      lasts: 22,
    },
    { epochs: 2 },
  ],
  [
    "leave-before-welcome",
    "somebody leaves while being added; the welcome of the next still lists them",
    ["MLS-19", "SES-35", "SES-10", "MLS-07"],
    {
      members: 5,
      knobs: { revokeMs: 2000, batchMs: 200 },
      story: [...joinAll(3), [6, "join", 3], [6.1, "join", 4], [6.3, "leave", 3], [12, "join", 3]],
      lasts: 22,
    },
    { epochs: 3 },
  ],
  [
    "rejoin-at-once",
    "13 and 11 for one user within an epoch: Remove and Add in one commit",
    ["Cross-4", "MLS-16", "SES-28", "MLS-04"],
    {
      members: 4,
      knobs: { batchMs: 400 },
      story: [...joinAll(4), [8, "leave", 2], [8.1, "join", 2], [14, "leave", 2], [14.1, "restart", 2]],
      lasts: 24,
    },
    { epochs: 5 },
  ],
  [
    "losing-commits",
    "everybody commits, one wins; the older of two own commits may be the one",
    ["MLS-08", "MLS-09", "Cross-1", "SES-17"],
    {
      members: 6,
      knobs: { winDespiteLaterAppend: true, announceToPending: true },
      story: [...joinAll(4), [8, "join", 4], [8.05, "join", 5], [14, "leave", 4], [14.03, "leave", 5]],
      lasts: 22,
    },
    { faults: ["losing commit"], epochs: 4 },
  ],
  [
    "duplicates",
    "gateway messages come twice, with their old seq and without any",
    ["SES-11", "SES-27", "Cross-8"],
    {
      members: 4,
      knobs: { duplicate: 0.4, duplicateWithoutSeq: 0.3 },
      story: [...joinAll(4), [10, "leave", 3], [14, "join", 3]],
      lasts: 24,
    },
    { faults: ["duplicate with its old seq", "duplicate without seq"] },
  ],
  [
    "garbage",
    "messages and media that mean nothing",
    ["SES-03", "SES-31", "Cross-5", "Cross-6", "GW-11"],
    {
      members: 3,
      story: [
        ...joinAll(3),
        ...Array.from({ length: 40 }, (_, i): [number, ActionType, number] => [
          5 + i * 0.5,
          i % 3 === 0 ? "junk-media" : "garbage",
          i % 3,
        ]),
      ],
      lasts: 26,
    },
    { faults: ["garbage", "junk-media"] },
  ],
  [
    "version-anew",
    "op 24 with another epoch, then op 21: the same keys again, counters go on",
    ["Cross-5", "GW-04", "SES-33"],
    {
      members: 3,
      story: [
        ...joinAll(3),
        [6, "reannounce"],
        [9, "reannounce"],
        [12, "leave", 2],
        [14, "join", 2],
        [18, "reannounce"],
      ],
      lasts: 24,
    },
    { faults: ["version announced anew"] },
  ],
  [
    "id-wrap",
    "transition ids run over 65535",
    ["Cross-9"],
    { members: 4, knobs: { lastId: 65_532 }, story: [...joinAll(4), ...cycles(8, 8, 2, 3)], lasts: 28 },
    { epochs: 8 },
  ],
  [
    "departed-frames",
    "frames of somebody who left, and very late ones: readable for 10 s, then never",
    ["Cross-10", "DISCE2EE-6", "SES-13"],
    {
      members: 4,
      sfu: { straggler: 0.05, reorder: 0.1, reorderMs: 400 },
      story: [...joinAll(4), [8, "leave", 3], [16, "join", 3], [22, "leave", 1]],
      lasts: 30,
    },
    { epochs: 4 },
  ],
  [
    "hostile-media",
    "loss, duplicates, reordering, silence and tampered frames at once",
    ["SES-14", "GW-19"],
    {
      members: 4,
      sfu: {
        loss: 0.1,
        duplicate: 0.1,
        reorder: 0.2,
        reorderMs: 300,
        silence: 0.1,
        tamper: 0.2,
        corrupt: 0.05,
      },
      story: [...joinAll(4), [10, "leave", 3], [14, "join", 3]],
      lasts: 24,
    },
    { faults: ["media: tampered", "media: silence", "media: duplicate"] },
  ],
  [
    "crash",
    "processes die without a word and start anew",
    ["SES-28", "MLS-03", "GW-17"],
    {
      members: 4,
      knobs: { resumeWindowMs: 3000 },
      story: [...joinAll(4), [8, "crash", 3], [9, "restart", 3], [14, "crash", 2], [20, "restart", 2]],
      lasts: 30,
    },
    { epochs: 5 },
  ],
];

export const SCENARIOS: readonly Scenario[] = ROWS.map(([name, shows, covers, sketch, expect], i) => ({
  name,
  shows,
  covers,
  expect,
  plan: planOfSketch(9_000_000 + i, sketch),
}));
