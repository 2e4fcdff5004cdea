// The shape of a named scenario, and how its few lines become a plan.
import type { GatewayKnobs } from "../gateway/knobs.ts";
import type { Action, ActionType, Participant, Plan } from "../plan.ts";
import type { SfuKnobs } from "../sfu.ts";

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
  /** Members say 31 at most so often in all. */
  readonly flagged?: number;
}

export interface Scenario {
  readonly name: string;
  /** What it shows, in one line. */
  readonly shows: string;
  /** Items of field-lessons.md that it stands for. */
  readonly covers: readonly string[];
  readonly plan: Plan;
  readonly expect: Expectation;
  /** It asks for more than a client shows from outside: events, getters, callbacks. */
  readonly inside: boolean;
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

export interface Sketch {
  readonly members: number;
  readonly plain?: boolean;
  readonly knobs?: Partial<GatewayKnobs>;
  readonly sfu?: Partial<SfuKnobs>;
  /** Members whose callbacks misbehave, and members whose websocket gives text as bytes. */
  readonly rude?: readonly number[];
  readonly textAsBytes?: readonly number[];
  /** Control delay of single members, ms. */
  readonly delays?: Readonly<Record<number, number>>;
  readonly speech?: Plan["speech"];
  /** Default: Opus alone; vp8: video too. */
  readonly codec?: Plan["codec"];
  /** [seconds, what, member number (0…) or "plain", for how many seconds]. */
  readonly story: readonly (readonly [number, ActionType, (number | "plain")?, number?])[];
  /** Seconds of story. */
  readonly lasts: number;
}

export function planOfSketch(seed: number, sketch: Sketch): Plan {
  const { rude = [], textAsBytes = [], delays = {} } = sketch;
  const members = Array.from({ length: sketch.members }, (_, i) => ({
    ...participant(user(i), 1, delays[i] ?? 10 + 25 * i),
    rudeCallbacks: rude.includes(i),
    textAsBytes: textAsBytes.includes(i),
  }));
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
    codec: sketch.codec ?? "opus",
    speech: sketch.speech,
    realCrypto: true,
    faultsUntilMs: sketch.lasts * 1000,
    endMs: (sketch.lasts + 45) * 1000,
  };
}

/** One scenario as it is written down. */
export type Row = readonly [
  name: string,
  shows: string,
  covers: readonly string[],
  sketch: Sketch,
  expect: Expectation,
];

/** Everybody comes in, 0.4 s apart. */
export const joinAll = (members: number): [number, ActionType, number][] =>
  Array.from({ length: members }, (_, i) => [0.2 + i * 0.4, "join", i]);

/** Leaves and comes back every `gap` seconds. */
export function cycles(
  count: number,
  start: number,
  gap: number,
  who: number,
): [number, ActionType, number][] {
  return Array.from({ length: count }, (_, i) => [start + i * gap, i % 2 === 0 ? "leave" : "join", who]);
}
