// What happens in one simulated call: plain data, made from a seed, cut down by the shrinker, replayed from a file.
import { type GatewayKnobs, PLAIN_KNOBS } from "./gateway/knobs.ts";
import { SeededRandom } from "./random.ts";
import { PLAIN_SFU, type SfuKnobs } from "./sfu.ts";

/** Who may take part. */
export interface Participant {
  readonly userId: string;
  /** G2: 0 is a client without DAVE. */
  readonly maxVersion: 0 | 1;
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** Its clock: offset in milliseconds and rate. */
  readonly clockOffsetMs: number;
  readonly clockRate: number;
  /** Its websocket library gives text as bytes (O2). */
  readonly textAsBytes?: boolean;
  /** Its callbacks throw, return rubbish and call back into the client. */
  readonly rudeCallbacks?: boolean;
}

/** Everything that can be done to a member or to the call at an instant. */
export type ActionType =
  /** Comes in with the client object it had, if any (a new identify). */
  | "join"
  /** Comes in as a new process: new client object, new signature key. */
  | "restart"
  | "leave"
  /** The process dies, the gateway sees a broken socket. */
  | "crash"
  /** The socket breaks; a resume is tried `forMs` later. */
  | "drop"
  /** The caller asks its client for a recovery. */
  | "recover"
  /** The gateway sends bytes that mean nothing, numbered like any message. */
  | "garbage"
  /** Media that is no protocol frame reaches a member. */
  | "junk-media"
  /** 24 with the epoch running, then a 21 with version 1 for everybody. */
  | "reannounce"
  /** Op 25 once more, with the bytes that are known. */
  | "sender-again"
  /** Op 25 with other bytes, in an established group (E25). */
  | "sender-other"
  /** A member sends the gateway something malformed and is thrown out (G13). */
  | "misbehave"
  /** G15: 24 epoch 1 and 21 id 0 to one member, or to all, although others are in the call. */
  | "race-one"
  | "race-all"
  /** G17: op 4 once more, in mid-call. */
  | "describe-again"
  /** G14: the next 27, 29 or 22 that others get as well never reaches this member. */
  | "lose-proposals"
  | "lose-commit"
  | "lose-execute"
  /** A commit removes a member that is still connected. */
  | "remove"
  /** S3, for `forMs`: a hostile SFU sends everybody old frames of this member, and bytes that nobody sealed. */
  | "replay-attack"
  /** Nobody speaks for `forMs`. */
  | "silence"
  /** Everybody seals many frames at once of which none is sent: as after a long epoch, counters are far on. */
  | "far-ahead"
  /** The member's clock is set back by `forMs`. */
  | "clock-back"
  /** A listener of the member closes the client at its next event; the process ends with it. */
  | "close-inside";

export interface Action {
  readonly at: number;
  readonly type: ActionType;
  readonly userId?: string;
  readonly forMs?: number;
}

export interface Plan {
  readonly seed: number;
  readonly participants: readonly Participant[];
  readonly knobs: Partial<GatewayKnobs>;
  readonly sfu: Partial<SfuKnobs>;
  readonly actions: readonly Action[];
  /** Every member speaks once in so many milliseconds. */
  readonly frameEveryMs: number;
  readonly minFrameBytes: number;
  readonly maxFrameBytes: number;
  readonly codec: "opus" | "vp8";
  /** Everybody speaks so long, then pauses so long; absent: without pauses. */
  readonly speech?: { readonly talkMs: number; readonly pauseMs: number } | undefined;
  /** P-256 for true, or the stand-in of fast-crypto.ts; the group code above is the same. */
  readonly realCrypto: boolean;
  /** From here on nothing goes wrong any more (invariant 8). */
  readonly faultsUntilMs: number;
  readonly endMs: number;
}

/** After the last fault: longest delay of a recovery (30 s), retention (10 s) and some seconds of proof. */
export const HEALING_MS = 50_000;

/** The longest silence in a call. */
const SILENCE_MS = 60_000;

/** One seed in so many runs on the real primitives. */
const REAL_EVERY = 4;

const PLAIN_USER = "900000000000000009";

const userId = (index: number): string => String(1180000000000000000n + BigInt(index + 1) * 7_919_000_001n);

function participants(random: SeededRandom): Participant[] {
  const count = random.int(3, 6);
  const skewed = random.chance(0.4);
  const dave = Array.from({ length: count }, (_, i) => participant(random, userId(i), 1, skewed));
  const withPlain = random.chance(0.3);
  return withPlain ? [...dave, participant(random, PLAIN_USER, 0, false)] : dave;
}

function participant(random: SeededRandom, id: string, maxVersion: 0 | 1, skewed: boolean): Participant {
  const minDelayMs = random.int(5, 80);
  return {
    userId: id,
    maxVersion,
    minDelayMs,
    maxDelayMs: minDelayMs + (random.chance(0.5) ? random.int(0, 200) : 0),
    clockOffsetMs: skewed ? random.int(0, 1_000_000_000) : 0,
    clockRate: skewed ? 0.995 + random.float() * 0.01 : 1,
    textAsBytes: random.chance(0.2),
    rudeCallbacks: random.chance(0.15),
  };
}

/** Each knob is plain in most seeds, so that every mixture of few comes up. */
function gatewayKnobs(random: SeededRandom): Partial<GatewayKnobs> {
  const choices: Partial<GatewayKnobs>[] = [
    { lateConnectMs: random.int(50, 3000) },
    { lateExternalSenderMs: random.int(50, 1500) },
    { batchMs: random.int(50, 1000) },
    { revokeMs: random.int(50, 3000) },
    { winDespiteLaterAppend: true },
    { announceToPending: true },
    { overlapping: true },
    { overlapping: true, executeEarly: 0.4, executeDelayMs: random.int(500, 4000) },
    { executeDelayMs: random.int(200, 14_000) },
    { executeAtOnce: 0.5 },
    { executeEarly: 0.5 },
    { reAddWaitMs: random.int(100, 2000) },
    { soleByCommit: true },
    { daveRequired: random.chance(0.5) },
    { duplicate: 0.1 },
    { duplicateWithoutSeq: 0.1 },
    { resumeWindowMs: random.int(1000, 20_000), resumedFirst: random.chance(0.5) },
    { firstSeq: 0xffff - random.int(0, 30) },
    { lastId: 0xffff - random.int(0, 12) },
    { lose: random.pick([0.02, 0.1, 0.3]) },
    { lateDisconnectMs: random.int(100, 2000) },
    { flagValid: random.pick([0.02, 0.1]) },
    { senderFirst: true },
    { senderAtUpgrade: true },
    { strangerMs: random.int(500, 40_000) },
    { badCommit: 0.1 },
    { badWelcome: 0.15 },
  ];
  const chosen = choices.map((choice) => (random.chance(0.2) ? choice : {}));
  const knobs = { passerBy: random.chance(0.5) };
  return Object.assign(knobs, ...chosen) as Partial<GatewayKnobs>;
}

function sfuKnobs(random: SeededRandom): Partial<SfuKnobs> {
  const minDelayMs = random.int(5, 60);
  const choices: Partial<SfuKnobs>[] = [
    { loss: random.float() * 0.1 },
    { duplicate: 0.05 },
    { reorder: 0.1, reorderMs: random.int(20, 400) },
    { silence: 0.05 },
    { tamper: 0.05 },
    { corrupt: 0.02 },
    { straggler: 0.01 },
  ];
  const chosen = choices.map((choice) => (random.chance(0.35) ? choice : {}));
  return Object.assign(
    { minDelayMs, maxDelayMs: minDelayMs + random.int(0, 40) },
    ...chosen,
  ) as Partial<SfuKnobs>;
}

/** Who comes and goes: everybody at the start, then a change every few seconds. */
function membership(random: SeededRandom, users: readonly Participant[], untilMs: number): Action[] {
  const present = new Set<string>();
  const actions: Action[] = [];
  for (const user of users) {
    if (user.maxVersion === 0 || random.chance(0.2)) continue;
    actions.push({ at: random.int(0, 3000), type: "join", userId: user.userId });
    present.add(user.userId);
  }
  const storm = random.chance(0.1);
  for (let at = 4000; at < untilMs; at += storm ? random.int(50, 2500) : random.int(500, 7000)) {
    const user = random.pick(users);
    const inside = present.has(user.userId);
    const type: ActionType = inside
      ? random.chance(0.8)
        ? "leave"
        : "crash"
      : random.chance(0.6)
        ? "join"
        : "restart";
    actions.push({ at, type, userId: user.userId });
    if (inside) present.delete(user.userId);
    else present.add(user.userId);
    // now and then back at once, before anything has settled
    if (inside && random.chance(0.3)) {
      actions.push({
        at: at + random.int(1, 800),
        type: random.chance(0.5) ? "join" : "restart",
        userId: user.userId,
      });
      present.add(user.userId);
    }
  }
  return actions;
}

function troubles(random: SeededRandom, users: readonly Participant[], untilMs: number): Action[] {
  const dave = users.filter((user) => user.maxVersion > 0);
  const menu: readonly [ActionType, number][] = [
    ["drop", random.chance(0.5) ? random.int(1, 5) : 0],
    ["recover", random.chance(0.3) ? random.int(1, 2) : 0],
    ["garbage", random.chance(0.25) ? random.int(1, 6) : 0],
    ["junk-media", random.chance(0.5) ? random.int(1, 20) : 0],
    ["reannounce", random.chance(0.3) ? random.int(1, 3) : 0],
    ["sender-again", random.chance(0.2) ? random.int(1, 2) : 0],
    ["misbehave", random.chance(0.1) ? 1 : 0],
    ["race-one", random.chance(0.2) ? random.int(1, 3) : 0],
    ["race-all", random.chance(0.15) ? random.int(1, 2) : 0],
    ["describe-again", random.chance(0.15) ? random.int(1, 2) : 0],
    ["far-ahead", random.chance(0.2) ? random.int(1, 2) : 0],
    ["clock-back", random.chance(0.15) ? random.int(1, 2) : 0],
    ["close-inside", random.chance(0.1) ? 1 : 0],
    ["remove", random.chance(0.1) ? 1 : 0],
    ["replay-attack", random.chance(0.1) ? 1 : 0],
  ];
  return menu.flatMap(([type, count]) =>
    Array.from({ length: count }, () => ({
      at: random.int(2000, untilMs),
      type,
      userId: random.pick(dave).userId,
      forMs: random.int(10, random.chance(0.3) ? 20_000 : 3000),
    })),
  );
}

/** A minute in which nobody speaks, in some calls; it costs no frames. */
function silences(random: SeededRandom): Action[] {
  if (!random.chance(0.2)) return [];
  return [{ at: random.int(10_000, 50_000), type: "silence", forMs: random.int(5000, SILENCE_MS) }];
}

/** In some calls nobody comes or goes for long, so that an epoch lasts. */
function calm(random: SeededRandom, actions: readonly Action[]): Action[] {
  const from = random.int(5000, 10_000);
  const until = random.int(30_000, 50_000);
  if (!random.chance(0.25)) return [...actions];
  return actions.filter(({ at }) => at < from || at > until);
}

/** The plan of a seed. */
export function planOf(seed: number): Plan {
  const random = new SeededRandom(seed).fork("plan");
  const users = participants(random);
  const pauses = silences(random);
  const faultsUntilMs = random.int(60_000, 75_000) + pauses.reduce((sum, { forMs = 0 }) => sum + forMs, 0);
  const changes = calm(random, membership(random, users, faultsUntilMs));
  const actions = [...changes, ...troubles(random, users, faultsUntilMs), ...pauses];
  const large = random.chance(0.1);
  return {
    seed,
    participants: users,
    knobs: gatewayKnobs(random),
    sfu: sfuKnobs(random),
    actions: actions.sort((a, b) => a.at - b.at),
    frameEveryMs: random.pick([40, 60, 100, 120]),
    minFrameBytes: random.int(0, 20),
    maxFrameBytes: large ? random.int(500, 3000) : random.int(30, 160),
    codec: random.chance(0.8) ? "opus" : "vp8",
    speech: random.chance(0.2)
      ? { talkMs: random.int(1000, 6000), pauseMs: random.int(500, 5000) }
      : undefined,
    realCrypto: seed % REAL_EVERY === 0,
    faultsUntilMs,
    endMs: faultsUntilMs + HEALING_MS,
  };
}

/** The knobs that differ from the plain behaviour, for reports. */
export function turnedKnobs(plan: Plan): string[] {
  const plain: Record<string, unknown> = { ...PLAIN_KNOBS, ...PLAIN_SFU };
  return Object.entries({ ...plan.knobs, ...plan.sfu })
    .filter(([name, value]) => plain[name] !== value)
    .map(([name, value]) => `${name}=${typeof value === "number" ? Math.round(value * 1000) / 1000 : value}`);
}
