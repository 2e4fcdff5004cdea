// This project passes the shipped vectors, and no value of a vector can be changed without a suite noticing
import { describe, expect, it } from "vitest";
import { selfPeer } from "../../src/peers/self/index.ts";
import { mlsInternals } from "../../src/runner/mls-subject.ts";
import { runVectors } from "../../src/runner/run.ts";
import { SUITES } from "../../src/suites/index.ts";
import type { Tree, Value } from "../../src/vectors/cbor.ts";
import type { VectorFile } from "../../src/vectors/files.ts";
import { changed, leaves, other, type Path, shippedFiles } from "../support/vectors.ts";

const subject = { peer: selfPeer("test"), mls: mlsInternals };
const run = (files: readonly VectorFile[]) => runVectors(subject, files, SUITES, { now: () => 0 });

/** What may change without changing a verdict: names, who committed, whom else the gateway named, how long keys live. */
const WITHOUT_EFFECT = [
  /\.kind$/,
  /\.committer$/,
  /\.recognized\.\d+$/,
  /\.codec$/,
  /\.media$/,
  /\.expiry$/,
  /\.ms$/,
  // Where several keys are in play any reason of refusal is right.
  /\.result$/,
  // Only the hash of a tree-operations tree counts the cipher suite.
  /\.cipher_suite$/,
  // Bytes to be refused stay refusable.
  /^\.bytes$/,
  // What a vector of our own says of itself.
  /\.(?:rules|flags)\.\d+$/,
  /\.stage$/,
  // Who sent an Add.
  /\.proposal_sender$/,
];
const text = (path: Path): string => `.${path.join(".")}`;
const SAMPLE = 16;
/** Suites whose bytes are only taken apart and put together again: another byte may be as good, a missing one never. */
const shorter = (leaf: Value): Value => (leaf instanceof Uint8Array ? leaf.slice(0, -1) : other(leaf));
const forge = (suite: string) => (suite === "messages" ? shorter : other);

/** Evenly spread. */
const sample = <T>(items: readonly T[], count: number): T[] =>
  items.filter(
    (_, at) =>
      items.length <= count ||
      Math.floor((at * count) / items.length) !== Math.floor(((at - 1) * count) / items.length),
  );

for (const file of shippedFiles())
  describe(file.suite, () => {
    it("every case passes, or says what the library lacks", async () => {
      const results = await run([file]);
      expect(results).toHaveLength(file.cases.length);
      const bad = results.filter(({ verdict }) => verdict !== "pass" && verdict !== "unsupported");
      expect(bad).toEqual([]);
    });

    it("changed values are noticed", async () => {
      const [first] = await run([{ ...file, cases: file.cases.slice(0, 1) }]);
      if (first?.verdict === "unsupported") return expect(first.finding?.what).toBeTruthy();
      const vector = file.cases[0] as Tree;
      const paths = leaves(vector).filter(
        (path) => !WITHOUT_EFFECT.some((pattern) => pattern.test(text(path))),
      );
      const unnoticed: string[] = [];
      for (const path of sample(paths, SAMPLE)) {
        const forged = changed(vector, path, forge(file.suite)) as Tree;
        const [result] = await run([{ ...file, cases: [forged] }]);
        if (result?.verdict === "pass") unnoticed.push(text(path));
      }
      expect(unnoticed).toEqual([]);
    });
  });
