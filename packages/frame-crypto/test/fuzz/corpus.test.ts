// The fuzzer's kept corpus and a short seeded run: what `npm run fuzz -- frames` does for minutes.
import { describe, expect, it } from "vitest";
import { readCorpus } from "../../fuzz/corpus.ts";
import { execute, newSession, round } from "../../fuzz/frames.ts";
import { Random } from "../../fuzz/random.ts";
import { allTargets, must, type Target } from "../../fuzz/targets.ts";

const kept = readCorpus(new URL("../../fuzz/corpus/frames.txt", import.meta.url));

describe("fuzzing frames", () => {
  it("every input that was kept, against every target", () => {
    const session = newSession(kept);
    const random = new Random(1);
    for (const input of [...session.corpus]) {
      for (const target of allTargets()) execute(session, target, input, random);
    }
    expect(kept.length).toBeGreaterThan(50);
    expect(session.findings).toEqual([]);
  });
  it("a seeded run finds nothing and reaches what it must", () => {
    const session = newSession(kept);
    round(session, allTargets(), new Random(20_261), 3000);
    expect(session.findings).toEqual([]);
    for (const signature of [
      "decrypt, portable: authentication",
      "decrypt, platform: generation",
      "decrypt, portable: malformed-trailer",
      "re-seal, portable: decrypted, ranges 3+",
      "re-seal, platform: decrypted, ranges 1",
      "encrypt, portable: h264 ranges 3+",
      "encrypt, platform: av1 ranges 2",
    ]) {
      expect([...session.signatures.keys()]).toContain(signature);
    }
  });
  it("notices when something does not hold", () => {
    const broken: Target = {
      name: "broken",
      run: (input) => {
        must(input.length !== 3, "no three bytes");
        return "fine";
      },
    };
    const session = newSession([]);
    execute(session, broken, Uint8Array.of(1, 2, 3), new Random(1));
    execute(session, broken, Uint8Array.of(1, 2), new Random(1));
    expect(session.findings).toHaveLength(1);
  });
});
