// §12.4.3.1 Whatever the members of a group accept, a newcomer can join: through generated histories of key packages that are as
// large and as odd as the rules allow, each epoch has a newcomer, and all members agree.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as mls from "../../src/internals.ts";
import { forgeKeyPackage } from "../forge/key-package.ts";
import { platformCrypto as crypto, quick } from "../support/crypto.ts";
import { add, found, makeWorld, remove, text } from "../support/world.ts";

const world = makeWorld(crypto);

/** What a hostile member puts into its leaf, and signs. */
interface Oddity {
  readonly versions: number;
  readonly proposals: number;
  readonly credentials: number;
  readonly extensions: number;
  readonly extensionBytes: number;
  readonly identity: number;
  readonly packageExtensions: number;
}
// Mostly small, at times as long as a list of 16-bit types gets.
const length = fc.oneof(
  { weight: 6, arbitrary: fc.nat(3) },
  { weight: 2, arbitrary: fc.nat(300) },
  { weight: 1, arbitrary: fc.constantFrom(33_000, 65_470) },
);
const oddity = fc.record<Oddity>({
  versions: length,
  proposals: length,
  credentials: fc.nat(300),
  extensions: fc.oneof({ weight: 8, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.constant(20_000) }),
  extensionBytes: fc.constantFrom(0, 1, 100),
  identity: fc.constantFrom(0, 8, 20_000),
  packageExtensions: fc.oneof(
    { weight: 8, arbitrary: fc.nat(3) },
    { weight: 1, arbitrary: fc.constant(20_000) },
  ),
});
const types = (count: number) => Array.from({ length: count }, (_, i) => 0x1000 + (i % 0xe000));
const extensions = (count: number, bytes: number): mls.Extension[] =>
  types(count).map((extensionType) => ({ extensionType, extensionData: new Uint8Array(bytes) }));

const bundleOf = (odd: Oddity) =>
  forgeKeyPackage(crypto, "odd", {
    leaf: (leaf) => ({
      ...leaf,
      credential: { credentialType: "basic", identity: crypto.randomBytes(odd.identity) },
      capabilities: {
        versions: [1, ...types(odd.versions)],
        cipherSuites: [2],
        extensions: types(odd.extensions),
        proposals: types(odd.proposals),
        credentials: [...types(odd.credentials), 1],
      },
      extensions: extensions(odd.extensions, odd.extensionBytes),
    }),
    content: (content) => ({ ...content, extensions: extensions(odd.packageExtensions, 0) }),
  });

const step = fc.record({
  newcomers: fc.array(oddity, { minLength: 1, maxLength: 3 }),
  committer: fc.nat(),
  removal: fc.option(fc.nat(), { nil: undefined }),
  forcePath: fc.boolean(),
});

/** One epoch: everybody who stays follows, everybody who is added joins. */
function advance(members: readonly mls.Group[], next: typeof step extends fc.Arbitrary<infer T> ? T : never) {
  const by = next.committer % members.length;
  const committer = members[by]!;
  const bundles = next.newcomers.map(bundleOf);
  const proposals = bundles.map(({ keyPackage }) => world.propose(committer, add(keyPackage)));
  const victim = next.removal === undefined ? by : next.removal % members.length;
  if (victim !== by) proposals.push(world.propose(committer, remove(members[victim]!.ownLeafIndex)));
  const made = committer.commit(
    proposals.map((message) => committer.receiveProposal(message)),
    { forcePath: next.forcePath },
  );
  const stayed = members.flatMap((member, index) => {
    if (index === by) return [made.group];
    const received = proposals.map((message) => member.receiveProposal(message));
    const done = member.processCommit(made.commit, received);
    return done.outcome === "next" ? [done.group] : [];
  });
  const joined = bundles.map((keyPackage) => mls.Group.join(crypto, { welcome: made.welcome!, keyPackage }));
  return [...stayed, ...joined];
}

describe("whatever members accept", () => {
  it("a newcomer can join, in every epoch of generated histories", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 4 }), (steps) => {
        let members: mls.Group[] = [found(world, "founder")];
        for (const next of steps) {
          members = advance(members, next);
          expect(new Set(members.map((member) => mls.hex(member.epochAuthenticator))).size).toBe(1);
        }
      }),
      { numRuns: quick ? 2 : 6 },
    );
  }, 120_000);

  it("a newcomer can join beside members with 65 470 proposal types each", () => {
    const plain = {
      versions: 0,
      credentials: 0,
      extensions: 0,
      extensionBytes: 0,
      identity: 8,
      packageExtensions: 0,
    };
    const huge = { ...plain, proposals: 65_470 };
    const first = { newcomers: [huge], committer: 0, removal: undefined, forcePath: false };
    const members = advance([found(world, "founder")], first);
    const last = { ...first, newcomers: [huge, { ...plain, proposals: 0 }], committer: 1 };
    expect(advance(members, last)).toHaveLength(4);
  });

  it("a newcomer can join a tree that has room for 2048 leaves", () => {
    // a leaf far to the right keeps all that lies between: blanks
    const founder = found(world, "founder");
    const bundle = forgeKeyPackage(crypto, "far away");
    const tree = founder.state.tree.clone();
    for (let i = 1; i < 1025; i++)
      tree.addLeaf({ ...bundle.keyPackage.leafNode, encryptionKey: text(`${i}`) });
    for (let i = 1; i < 1024; i++) tree.removeLeaf(i);
    tree.setLeaf(1024, bundle.keyPackage.leafNode);
    expect(tree.leafCount).toBe(2048);
    const context = { ...founder.state.context, treeHash: tree.treeHash(crypto) };
    const encodedContext = mls.groupContextCodec.encode(context);
    const wide = mls.Group.fromState({ ...founder.state, tree, context, encodedContext });
    const newcomer = forgeKeyPackage(crypto, "newcomer");
    const made = wide.commit([], { byValue: [add(newcomer.keyPackage)] });
    const joined = mls.Group.join(crypto, { welcome: made.welcome!, keyPackage: newcomer });
    expect(joined.epochAuthenticator).toEqual(made.group.epochAuthenticator);
    expect(joined.members).toHaveLength(3);
  });
});
