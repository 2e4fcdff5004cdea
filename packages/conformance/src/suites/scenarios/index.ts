// The simulator's named scenarios with the peer in one seat and this project in all others: every invariant of the
// referee, seen from outside
import { PeerFault, Unsupported } from "../../peers/peer.ts";
import type { CaseContext, Suite } from "../../runner/suite.ts";
import { Mismatch } from "../../runner/verdict.ts";
import { type Finding, type OutsideRun, runOutside } from "../../sim/outside/run.ts";
import type { ActionType } from "../../sim/plan.ts";
import { SCENARIOS, type Scenario } from "../../sim/scenarios.ts";
import { VectorError } from "../../vectors/fields.ts";
import type { VectorFile } from "../../vectors/files.ts";
import { aboutScenario, INVARIANTS, SCENARIO_RULES, storyRules } from "./rules.ts";

/** Everything that is done to one client and not to the call. */
const TROUBLES: readonly ActionType[] = [
  ...(["drop", "recover", "garbage", "junk-media", "sender-again", "sender-other"] as const),
  ...(["restart", "crash"] as const),
  ...(["race-one", "describe-again", "remove", "lose-proposals", "lose-commit", "lose-execute"] as const),
];

/** Stories about somebody who is in no such trouble: whose commit loses, who leaves while being added. */
const SEATS: Readonly<Record<string, number>> = { "losing-commits": 1, "leave-before-welcome": 3 };

/** Whom the story is about: the first in trouble, else the first to come. */
function principal({ name, plan: { actions, participants } }: Scenario): number {
  const named = SEATS[name];
  if (named !== undefined) return named;
  const trouble = actions.find(({ type }) => TROUBLES.includes(type));
  const seat = participants.findIndex(({ userId }) => userId === trouble?.userId);
  return seat < 0 || participants[seat]?.maxVersion === 0 ? 0 : seat;
}

export function scenariosFile(): VectorFile {
  const cases = SCENARIOS.filter(({ inside }) => !inside).map((scenario) => ({
    kind: scenario.shows,
    scenario: scenario.name,
    seat: principal(scenario),
  }));
  return { suite: "scenarios", collection: "live", path: "(made as it runs)", cases, head: {} };
}

async function play({ subject: { peer }, vector }: CaseContext): Promise<OutsideRun> {
  const scenario = SCENARIOS.find(({ name }) => name === vector.text("scenario"));
  if (!scenario) throw new VectorError(`malformed vector: ${vector.path}.scenario: no such scenario`);
  const seat = vector.int("seat");
  if (peer.callNow) return runOutside(scenario, seat, peer.callNow.bind(peer));
  if (peer.playScenario) return peer.playScenario(scenario.name, seat);
  throw new Unsupported("scenarios with a peer that answers later");
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(3)} s`;

/** A broken invariant is about its own rules and those of the story. */
function mismatch({ invariant, atMs, userId, text }: Finding, tested: string, scenario: string): Error {
  const { text: promise = "the story came about", rules = [] } = INVARIANTS[invariant] ?? {};
  const who = userId === "" ? "the call" : userId === tested ? "the peer" : `member ${userId}`;
  const got = `${who}, at ${seconds(atMs)}: ${text}`;
  return new Mismatch({
    what: `${scenario}: invariant ${invariant}`,
    expected: promise,
    got,
    rules: [...new Set([...rules, ...storyRules(scenario)])],
  });
}

async function run(context: CaseContext): Promise<void> {
  const { check, vector } = context;
  const scenario = vector.text("scenario");
  const { findings, tested, frames } = await play(context);
  if (frames === 0) throw new PeerFault("threw", "no frame was sent by anybody");
  const [finding] = findings;
  if (finding) throw mismatch(finding, tested, scenario);
  for (const { rules } of Object.values(INVARIANTS)) check.note(rules);
  check.note(storyRules(scenario));
}

export const scenarios: Suite = {
  name: "scenarios",
  title: "Simulated calls with the peer as one member",
  rules: SCENARIO_RULES,
  about: aboutScenario,
  run,
};
