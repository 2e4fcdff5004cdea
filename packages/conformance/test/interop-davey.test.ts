// This project and @snazzah/davey form groups together in both roles: same epoch, same privacy code, media both ways
import { describe, expect, it } from "vitest";
import { daveyPeer } from "../src/peers/davey.ts";
import type { Peer } from "../src/peers/peer.ts";
import { runVectors } from "../src/runner/run.ts";
import { SUITES } from "../src/suites/index.ts";
import { interopFile } from "../src/suites/interop.ts";

const davey = (await daveyPeer()) as Peer;
const file = interopFile();

describe("live groups with @snazzah/davey", () => {
  for (const vector of file.cases)
    it(`${vector.kind}, ${vector.epochs} epochs`, async () => {
      const subject = { peer: davey, mls: undefined };
      const [result] = await runVectors(subject, [{ ...file, cases: [vector] }], SUITES, { now: () => 0 });
      expect(result).toMatchObject({ verdict: "pass" });
    });

  it("sizes from 2 to 8, the first member from either side", () => {
    expect(file.cases.map(({ members, founder }) => `${members} ${founder}`)).toEqual(
      [2, 3, 4, 5, 6, 7, 8].flatMap((size) => [`${size} peer`, `${size} self`]),
    );
  });
});
