// §7.5–7.6 A path that is sealed for a parent at which the receiver is an unmerged leaf: it has no key there, and opens the
// ciphertext that is sealed for its own leaf.
import { expect, it } from "vitest";
import * as mls from "../../src/internals.ts";
import { platformCrypto as crypto } from "../support/crypto.ts";
import { add, groupOf, makeWorld, newBundle, remove } from "../support/world.ts";

const world = makeWorld(crypto);

it("a member that an Add put under a keyed parent adopts a commit whose path is sealed for that parent", () => {
  type Members = Map<number, mls.Group>;
  const commit = (members: Members, by: number, proposal: mls.Proposal) => {
    const committer = members.get(by)!;
    const message = world.propose(committer, proposal);
    const made = committer.commit([committer.receiveProposal(message)]);
    const next: Members = new Map([[by, made.group]]);
    for (const [leaf, member] of members) {
      if (leaf === by) continue;
      const done = member.processCommit(made.commit, [member.receiveProposal(message)]);
      if (done.outcome === "next") next.set(leaf, done.group);
    }
    return { next, welcome: made.welcome };
  };
  // leaf 0 adds five
  const six = groupOf(world, ["0", "1", "2", "3", "4", "5"]);
  let members: Members = new Map(six.map((member) => [member.ownLeafIndex, member]));
  // leaf 0 removes leaf 3
  members = commit(members, 0, remove(3)).next;
  // M joins at leaf 3 by an Add without a path
  const bundle = newBundle(crypto, "M");
  const added = commit(members, 0, add(bundle.keyPackage));
  const m = mls.Group.join(crypto, { welcome: added.welcome!, keyPackage: bundle });
  members = new Map([...added.next, [3, m]]);
  expect(m.ownLeafIndex).toBe(3);
  const unmergedAt = [...m.state.tree.parents()].filter(([, parent]) => parent.unmergedLeaves.includes(3));
  expect(unmergedAt.map(([node]) => node)).toEqual([3, 7]);
  // leaf 4 removes leaf 5
  members = commit(members, 4, remove(5)).next;
  expect([...members.keys()].sort()).toEqual([0, 1, 2, 3, 4]);
  expect(new Set([...members.values()].map((member) => mls.hex(member.epochAuthenticator))).size).toBe(1);
});
