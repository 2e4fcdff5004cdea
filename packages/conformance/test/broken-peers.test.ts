// The suites can fail: every peer that is broken on purpose is caught, and the finding names the rule it breaks
import { describe, expect, it } from "vitest";
import { localPeer } from "../src/peers/peer.ts";
import { selfHandlers } from "../src/peers/self/index.ts";
import { runVectors } from "../src/runner/run.ts";
import type { CaseResult } from "../src/runner/verdict.ts";
import { liveFiles, SUITES } from "../src/suites/index.ts";
import type { VectorFile } from "../src/vectors/files.ts";
import { BROKEN_PEERS } from "./support/broken/index.ts";
import { shippedFiles } from "./support/vectors.ts";

const files = [...shippedFiles(), ...liveFiles()];

type Make = (typeof BROKEN_PEERS)[number]["make"];

/** Findings case by case, until one names the rule. */
async function findings(
  suite: string,
  make: Make,
  rule?: string,
  most = Number.POSITIVE_INFINITY,
): Promise<readonly CaseResult[]> {
  const subject = { peer: localPeer("broken", make()), mls: undefined };
  const file = files.find((candidate) => candidate.suite === suite) as VectorFile;
  const found: CaseResult[] = [];
  for (let index = 0; index < Math.min(most, file.cases.length); index++) {
    const options = { now: () => 0, only: index };
    const results = await runVectors(subject, [file], SUITES, options);
    found.push(...results.filter(({ verdict }) => verdict === "fail" || verdict === "crashed"));
    if (found.some(({ finding }) => finding?.rules.includes(rule ?? ""))) break;
  }
  return found;
}

describe("broken peers", () => {
  it("are many, each with a name of its own", () => {
    expect(BROKEN_PEERS.length).toBeGreaterThanOrEqual(50);
    expect(new Set(BROKEN_PEERS.map(({ name }) => name)).size).toBe(BROKEN_PEERS.length);
  });

  for (const { name, rule, suite, make } of BROKEN_PEERS)
    it(`${rule}: ${name}, caught by ${suite}`, async () => {
      const found: readonly CaseResult[] = await findings(suite, make, rule);
      expect(found.length).toBeGreaterThan(0);
      expect(found.filter(({ verdict }) => verdict === "crashed")).toEqual([]);
      expect(found.flatMap(({ finding }) => finding?.rules ?? [])).toContain(rule);
    });

  // The conformance run of this project plays every scenario; here it is one.
  for (const suite of new Set(BROKEN_PEERS.map((peer) => peer.suite)))
    it(`nothing is broken when nothing is: ${suite}`, async () => {
      const most = suite === "scenarios" ? 1 : undefined;
      expect(await findings(suite, () => selfHandlers("right"), undefined, most)).toEqual([]);
    });
});
