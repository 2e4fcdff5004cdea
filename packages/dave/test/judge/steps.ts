// What happens in a random call: steps drawn from a seed, played in order, printed so that a reader can follow them.

import type { CryptoProvider } from "@puredave/mls";
import { Call } from "./call.ts";
import type { Person } from "./person.ts";
import { Random } from "./random.ts";

/** What happens, and how long the call goes on before the next step, ms. */
export type Step = { readonly wait: number } & (
  | {
      readonly do: "join" | "leave" | "restart" | "rejoin" | "recover" | "flag" | "corrupt" | "restate";
      readonly user: string;
    }
  | {
      readonly do: "socket";
      readonly user: string;
      readonly ms: number;
      readonly mode: "resume" | "refused" | "identify";
    }
  | { readonly do: "lose"; readonly user: string; readonly op: 22 | 27 | 29 }
  | { readonly do: "race"; readonly user: string | undefined }
  | { readonly do: "clock"; readonly user: string; readonly ms: number }
  | { readonly do: "long"; readonly user: string; readonly frames: number }
  | { readonly do: "plain-joins" | "plain-leaves" | "silence" }
);

const USERS = ["101", "102", "103", "104", "105", "106"] as const;
const PLAIN = "900";

/** Kinds of steps, each as often as it stands here. */
const KINDS = [
  ...(["join", "join", "join", "join", "leave", "leave", "leave", "restart", "rejoin"] as const),
  ...(["socket", "socket", "socket", "lose", "lose", "lose", "race", "race", "recover", "flag"] as const),
  ...([
    "corrupt",
    "restate",
    "clock",
    "long",
    "plain-joins",
    "plain-leaves",
    "plain-leaves",
    "silence",
  ] as const),
] as const;

/** G14: the loss of 22, 27 and 29 needs something that is then lost: a join or leave follows. */
function draw(random: Random, users: readonly string[]): Step {
  const kind = random.pick(KINDS);
  const user = random.pick(users);
  const wait = random.pick([0, 50, 300, 1_000, 2_500, 4_000]);
  switch (kind) {
    case "socket": {
      const mode = random.pick(["resume", "resume", "resume", "refused", "identify"] as const);
      return { do: kind, user, ms: random.pick([300, 1_500, 3_000, 8_000]), mode, wait };
    }
    case "lose":
      return { do: kind, user, op: random.pick([22, 27, 29] as const), wait };
    case "race":
      return { do: kind, user: random.chance(0.5) ? user : undefined, wait };
    case "clock":
      return { do: kind, user, ms: random.pick([100, 5_000, 3_600_000]), wait };
    case "long":
      return { do: kind, user, frames: random.pick([1_200, 3_000]), wait };
    case "plain-joins":
    case "plain-leaves":
      return { do: kind, wait };
    case "silence":
      return { do: kind, wait: random.pick([3_000, 20_000, 60_000]) };
    default:
      return { do: kind, user, wait };
  }
}

/** The steps of the call with this seed: 2 to 6 people, and up to 14 things that happen to them. */
export function stepsOf(seed: number): Step[] {
  const random = new Random(seed ^ 0x5eed);
  const users = USERS.slice(0, random.between(2, USERS.length));
  const joins = users
    .slice(0, random.between(2, users.length))
    .map((user): Step => ({ do: "join", user, wait: random.pick([0, 0, 20, 400]) }));
  joins.push({ do: "silence", wait: random.pick([0, 500, 3_000]) });
  return [...joins, ...Array.from({ length: random.between(3, 14) }, () => draw(random, users))];
}

/** G14 and K5: a long epoch makes counters large; only the last frame is delivered. */
function speakLong(call: Call, person: Person, frames: number): void {
  for (let i = 1; i < frames; i++)
    person.client.encrypt({ mediaType: "audio", ssrc: 1, frame: call.filling });
  person.speak();
}

function act(call: Call, step: Step): void {
  const { gateway, people } = call;
  switch (step.do) {
    case "plain-joins":
      return gateway.users.includes(PLAIN) ? undefined : call.joinPlain(PLAIN);
    case "plain-leaves":
      return gateway.leave(PLAIN);
    case "silence":
      return;
    case "join":
      return people.get(step.user)?.present ? undefined : void call.join(step.user);
    case "race":
      return gateway.race(step.user);
  }
  const person = people.get(step.user);
  if (!person?.present) return;
  switch (step.do) {
    case "leave":
      return person.leave();
    case "restart":
    case "rejoin":
      return void call.join(step.user, { fresh: step.do === "restart" });
    case "recover":
      return person.recover();
    case "flag":
      person.flagsNext = true;
      return;
    case "corrupt":
      person.corruptsNext = true;
      return;
    case "restate":
      return gateway.restateVersion(step.user);
    case "socket":
      return person.loseSocket(step.ms, step.mode);
    case "lose":
      return gateway.loseNext(step.user, step.op);
    case "clock":
      person.clock.skew -= step.ms;
      return;
    case "long":
      return speakLong(call, person, step.frames);
  }
}

/** A step in words. */
export function print({ wait, do: what, ...rest }: Step): string {
  const details = Object.values(rest).map((value) => (value === undefined ? "all" : String(value)));
  return `${[what, ...details].join(" ")}, then ${wait} ms`;
}

export interface Played {
  readonly call: Call;
  readonly error: Error | undefined;
}

/** How long the rules allow: 10 s for a first fault, and E31's delay of up to 30 s when there was one before. */
const FIRST_FAULT_MS = 12_000;
const LATER_FAULT_MS = 45_000;

/** Plays a call to its end; the error is whatever the judge objects to. */
export function play(
  seed: number,
  steps: readonly Step[],
  crypto: (random: Random) => CryptoProvider,
): Played {
  const call = new Call({ seed, crypto });
  try {
    for (const step of steps) {
      call.note(`-- ${print(step)}`);
      act(call, step);
      call.pass(step.wait, { speaking: step.do !== "silence" });
    }
    call.gateway.leave(PLAIN);
    const now = call.time.now();
    const recovered = [...call.people.values()].some(({ witness }) => now - witness.lastRecoveryAt < 60_000);
    call.calmDown(recovered ? LATER_FAULT_MS : FIRST_FAULT_MS);
    call.checkCalm();
    const recoveries = (): number =>
      [...call.people.values()].reduce((sum, { witness }) => sum + witness.recoveries, 0);
    const before = recoveries();
    call.pass(5_000, { every: 500 });
    if (recoveries() > before) throw new Error("E31: somebody recovers in a calm call");
    call.close();
    return { call, error: undefined };
  } catch (error) {
    return { call, error: error as Error };
  }
}

/** Cuts steps out of a failing call for as long as it fails with the same rule. */
export function shrink(
  seed: number,
  steps: readonly Step[],
  crypto: (random: Random) => CryptoProvider,
): Step[] {
  const ruleOf = (candidate: readonly Step[]): string | undefined =>
    play(seed, candidate, crypto).error?.message.split(":")[0];
  const rule = ruleOf(steps);
  let best = [...steps];
  for (let size = Math.ceil(best.length / 2); size >= 1; size = Math.floor(size / 2))
    for (let at = 0; at + size <= best.length; ) {
      const shorter = [...best.slice(0, at), ...best.slice(at + size)];
      if (ruleOf(shorter) === rule) best = shorter;
      else at += size;
    }
  return best;
}

/** A failing call as a reader needs it. */
export function explain(seed: number, steps: readonly Step[], { call, error }: Played): string {
  const lines = [`${error?.message}`, `replay with JUDGE_SEED=${seed}`, ...steps.map(print)];
  return [...lines, "", ...call.notes.slice(-80)].join("\n");
}
