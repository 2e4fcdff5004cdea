// §7.3, §12.4.3.1 A leaf with the public key of a parent node: members compare leaves with leaves and take it, newcomers refuse
// the tree. Which commits let newcomers in again.
import { describe, expect, it } from "vitest";
import * as mls from "../../src/internals.ts";
import { forgeKeyPackage } from "../forge/key-package.ts";
import { platformCrypto as crypto } from "../support/crypto.ts";
import { add, commitAll, groupOf, makeWorld, newBundle } from "../support/world.ts";

const world = makeWorld(crypto);
// Leaves 0 to 3; leaf 0 and leaf 2 have committed paths: nodes 1, 3 and 5 have keys.
const start = () => {
  let members = groupOf(world, ["a", "b", "c", "d"]);
  for (const by of [0, 2]) members = commitAll(members, by, [], { forcePath: true });
  return members;
};
const ROOT = 3;
const LEFT = 1;

/** A key package whose leaf has the public key of a parent: whoever sees the tree can make one. */
const copying = (group: mls.Group, node: number) =>
  forgeKeyPackage(crypto, "copy", {
    leaf: (leaf) => ({ ...leaf, encryptionKey: group.state.tree.encryptionKey(node) }),
  });

interface Epoch {
  readonly members: readonly mls.Group[];
  readonly hasPath: boolean;
  /** The newcomer's group, or the rule that keeps it out. */
  readonly newcomer: mls.Group | string | undefined;
}

/** `by` adds these and a newcomer; everybody follows. */
function adds(members: readonly mls.Group[], by: number, bundles: readonly mls.KeyPackageBundle[]): Epoch {
  const newcomer = newBundle(crypto, "newcomer");
  const committer = members[by]!;
  const messages = [...bundles, newcomer].map(({ keyPackage }) => world.propose(committer, add(keyPackage)));
  const made = committer.commit(messages.map((message) => committer.receiveProposal(message)));
  const stayed = members.map((member, index) => {
    if (index === by) return made.group;
    const done = member.processCommit(
      made.commit,
      messages.map((message) => member.receiveProposal(message)),
    );
    if (done.outcome !== "next") throw new Error("removed");
    expect(done.group.epochAuthenticator).toEqual(made.group.epochAuthenticator);
    return done.group;
  });
  const message = mls.mlsMessageCodec.decode(made.commit);
  if (message.wireFormat !== "mls_public_message") throw new Error("another message");
  const { content } = message.publicMessage;
  const hasPath = content.contentType === "commit" && content.commit.path !== undefined;
  const join = () => mls.Group.join(crypto, { welcome: made.welcome!, keyPackage: newcomer });
  try {
    return { members: stayed, hasPath, newcomer: join() };
  } catch (error) {
    return { members: stayed, hasPath, newcomer: (error as mls.MlsError).rule };
  }
}

describe("a leaf with the key of a parent", () => {
  it("is told by hasParentKey", () => {
    const [a] = start() as [mls.Group];
    expect(a.hasParentKey(a.state.tree.encryptionKey(LEFT))).toBe(true);
    expect(a.hasParentKey(a.state.tree.encryptionKey(0))).toBe(false);
  });
  it.each([0, 1, 2, 3])("the root's: the commit of leaf %i has a path, and the newcomer is in", (by) => {
    const members = start();
    const { hasPath, newcomer } = adds(members, by, [copying(members[0]!, ROOT)]);
    expect(hasPath).toBe(true);
    expect(newcomer).toBeInstanceOf(mls.Group);
  });
  it("one below which the committer is not: a path would not help, and the newcomer is kept out", () => {
    const members = start();
    const { hasPath, newcomer } = adds(members, 2, [copying(members[0]!, LEFT)]);
    expect([hasPath, newcomer]).toEqual([false, "12.4.3.1-7"]);
  });
  it("until a member below that parent commits, whatever it commits", () => {
    const members = start();
    const shut = adds(members, 2, [copying(members[0]!, LEFT)]);
    const healed = adds(shut.members, 1, []);
    expect(healed.hasPath).toBe(true);
    expect(healed.newcomer).toBeInstanceOf(mls.Group);
    const calm = adds(healed.members, 0, []);
    expect(calm.hasPath).toBe(false);
    expect(calm.newcomer).toBeInstanceOf(mls.Group);
  });
});
