// How many P-256 operations each step asks for: nothing grows faster than linear, and a commit in a tree without blanks
// is processed in logarithmic work. Counts, not times.
import { describe, expect, it } from "vitest";
import * as mls from "../../src/internals.ts";
import { type Counted, counted } from "../support/counted.ts";
import { platformCrypto, quick } from "../support/crypto.ts";
import { add, commitAll, groupOf, makeWorld, newBundle, remove, text } from "../support/world.ts";

const SIZES = quick ? [4, 8] : [4, 8, 16, 32];
const total = (counts: object) => Object.values(counts).reduce((sum: number, n: number) => sum + n, 0);

function meterOf(): { meter: Counted; world: ReturnType<typeof makeWorld> } {
  const meter = counted(platformCrypto);
  return { meter, world: makeWorld(meter.crypto) };
}
const names = (count: number) => Array.from({ length: count }, (_, i) => `member ${i}`);

describe("a key package", () => {
  it("is two key pairs and two signatures", () => {
    const { meter } = meterOf();
    const signatureKeyPair = mls.generateSignatureKeyPair(meter.crypto);
    const counts = meter.during(() =>
      mls.createKeyPackage(meter.crypto, { identity: text("a"), signatureKeyPair }),
    );
    expect(counts).toEqual({ verify: 0, sign: 2, publicKey: 2, diffieHellman: 0 });
  });
});

describe.each(SIZES)("%i members", (size) => {
  const { meter, world } = meterOf();
  const members = groupOf(world, names(size));

  it("joining verifies each leaf and the GroupInfo, once", () => {
    const bundle = newBundle(meter.crypto, "new");
    const message = world.propose(members[0]!, add(bundle.keyPackage));
    const made = members[0]!.commit([members[0]!.receiveProposal(message)]);
    const counts = meter.during(() =>
      mls.Group.join(meter.crypto, { welcome: made.welcome!, keyPackage: bundle }),
    );
    expect(counts).toEqual({ verify: size + 2, sign: 0, publicKey: 0, diffieHellman: 1 });
  });

  it("an Add is three verifications at receipt; committing and processing it verify none of them again", () => {
    const bundle = newBundle(meter.crypto, "new");
    const message = world.propose(members[0]!, add(bundle.keyPackage));
    const [a, b] = members as [mls.Group, mls.Group];
    let cached: mls.CachedProposal[] = [];
    const receipt = meter.during(() => {
      cached = [a.receiveProposal(message)];
    });
    expect(receipt).toEqual({ verify: 3, sign: 0, publicKey: 0, diffieHellman: 0 });
    const again = meter.during(() => a.receiveProposal(message));
    expect(again.verify).toBeLessThanOrEqual(1);
    let commit = new Uint8Array(0) as Uint8Array;
    const committing = meter.during(() => {
      commit = a.commit(cached).commit;
    });
    expect(committing).toEqual({ verify: 0, sign: 2, publicKey: 1, diffieHellman: 1 });
    const theirs = [b.receiveProposal(message)];
    const processing = meter.during(() => b.processCommit(commit, theirs));
    expect(processing).toEqual({ verify: 1, sign: 0, publicKey: 0, diffieHellman: 0 });
  });

  it("a commit with Remove in a tree of blanks seals for every member, not more", () => {
    const [a] = members as [mls.Group];
    const cached = [a.receiveProposal(world.propose(a, remove(size - 1)))];
    const counts = meter.during(() => a.commit(cached));
    expect(counts.diffieHellman).toBe(size - 2);
    expect(counts.sign).toBe(2);
    expect(counts.verify).toBe(0);
  });
});

describe("growth", () => {
  it("processing a commit with a path in a full tree is logarithmic", () => {
    const costs = SIZES.map((size) => {
      const { meter, world } = meterOf();
      let members = groupOf(world, names(size));
      // Everybody has committed a path: no blanks are left.
      for (let i = 0; i < size; i++) members = commitAll(members, i, [], { forcePath: true });
      const made = members[0]!.commit([], { forcePath: true });
      const processing = meter.during(() => members[size - 1]!.processCommit(made.commit, []));
      const committing = meter.during(() => members[0]!.commit([], { forcePath: true }));
      const depth = Math.log2(size);
      const symmetric = meter.symmetric(() => members[size - 1]!.processCommit(made.commit, []));
      // Two signed texts aside, and the transcript: a tree hash and a parent hash for each level, nothing for the rest.
      expect(symmetric.hash).toBeLessThanOrEqual(2 * depth + 6);
      expect(symmetric.hmac).toBeLessThanOrEqual(5 * depth + 30);
      expect(symmetric.aead).toBe(1);
      expect(processing.verify).toBe(2);
      expect(processing.diffieHellman).toBe(1);
      expect(processing.publicKey).toBeLessThanOrEqual(depth);
      expect(committing.diffieHellman).toBe(depth);
      return { depth, operations: total(processing), hashes: symmetric.hash, macs: symmetric.hmac };
    });
    const [first, last] = [costs[0]!, costs.at(-1)!];
    const levels = last.depth - first.depth;
    expect(last.operations - first.operations).toBeLessThanOrEqual(levels);
    expect(last.hashes - first.hashes).toBeLessThanOrEqual(2 * levels);
    expect(last.macs - first.macs).toBeLessThanOrEqual(5 * levels);
  });
});
