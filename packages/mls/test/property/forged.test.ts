// Whatever a hostile member, newcomer or delivery service signs, tags and seals correctly around one field at the edge of its
// type: the receiver never blames its caller, throws nothing but an MlsError, and stays as it was.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as mls from "../../src/internals.ts";
import { type CommitHooks, forgeCommit, forgeOutside, forgeProposal } from "../forge/commit.ts";
import { forgeEntry } from "../forge/entry.ts";
import { forgeKeyPackage } from "../forge/key-package.ts";
import { type Spoiling, spoil, spoiling } from "../forge/spoil.ts";
import { forgeWelcome, type WelcomeParts } from "../forge/welcome.ts";
import { platformCrypto as crypto, quick } from "../support/crypto.ts";
import { add, groupOf, makeWorld, remove, text } from "../support/world.ts";

const LAST = 2n ** 64n - 1n;
const world = makeWorld(crypto);
const psks = { external: () => new Uint8Array(32).fill(8) };
const features = ["a", "b", "c", "d"].map(() => mls.fullFeatures({ psks }));
const [a, b, c] = groupOf(world, ["a", "b", "c", "d"], (i) => features[i]) as [
  mls.Group,
  mls.Group,
  mls.Group,
];
// the forger's own copy: a group gives its encryption secret away with the first PrivateMessage
const encryptionSecret = b.state.secrets.encryption.bytes.slice();
const stranger = mls.generateSignatureKeyPair(crypto);

/** The same group at the last epoch there can be. */
const last = ({ state }: mls.Group): mls.Group => {
  const context = { ...state.context, epoch: LAST };
  return mls.Group.fromState({ ...state, context, encodedContext: mls.groupContextCodec.encode(context) });
};
const [lastA, lastB] = [last(a), last(b)];

/** Codes that tell the caller to mend its call. */
const MISUSE: readonly mls.MlsErrorCode[] = ["invalid-argument", "closed"];

/** Everything of a group that a message could have changed. */
function stateOf({ state }: mls.Group): string {
  const parts = [
    state.encodedContext,
    state.confirmationTag,
    state.interimTranscriptHash,
    state.tree.treeHash(crypto),
    ...Object.entries(state.secrets).flatMap(([name, secret]) =>
      name === "encryption" ? [] : [secret.bytes],
    ),
    ...[...state.privateKeys.values()].map((key) => key.bytes),
    state.signatureKey.bytes,
  ];
  return parts.map(mls.hex).join(" ");
}
const groups = [a, b, c, lastA, lastB];
const before = groups.map(stateOf);

/** What the receiver says to it: a value, or the code of its refusal. Anything that is no refusal fails the test. */
function answer<T>(body: () => T): T | undefined {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof mls.MlsError)) throw error;
    if (MISUSE.includes(error.code)) expect.fail(`the caller is blamed: ${error.stack}`);
    return undefined;
  } finally {
    const after = groups.map(stateOf);
    if (after.join() !== before.join()) expect(after).toEqual(before);
  }
}

let forged = 0;
/** What the forger makes; a value that no encoding can carry is none that comes from the wire. */
function forge<T>(body: () => T): T | undefined {
  try {
    const made = body();
    forged++;
    return made;
  } catch {
    return undefined;
  }
}

const leafOf = (group: mls.Group) => group.state.tree.leaf(group.ownLeafIndex)!;
const updated = (): mls.Proposal => {
  const { signatureKey, credential, capabilities, extensions } = leafOf(b);
  const { publicKey: encryptionKey } = mls.generateKeyPair(crypto);
  const content = { encryptionKey, signatureKey, credential, capabilities, extensions };
  const leaf = { ...content, leafNodeSource: "update" } as const;
  const place = { groupId: world.groupId, leafIndex: b.ownLeafIndex };
  return {
    proposalType: "update",
    leafNode: mls.signLeafNode(crypto, b.state.signatureKey.bytes, leaf, place),
  };
};
const PROPOSALS: readonly (() => mls.Proposal)[] = [
  () => add(forgeKeyPackage(crypto, "new").keyPackage),
  () => remove(3),
  updated,
  () => ({
    proposalType: "psk",
    psk: { pskType: "external", pskId: Uint8Array.of(1), pskNonce: new Uint8Array(32) },
  }),
  () => ({ proposalType: "reinit", groupId: text("next"), version: 1, cipherSuite: 2, extensions: [] }),
  () => ({ proposalType: "external_init", kemOutput: mls.generateKeyPair(crypto).publicKey }),
  () => ({ proposalType: "group_context_extensions", extensions: world.extensions }),
];
const proposal = fc.constantFrom(...PROPOSALS).map((make) => make());
const COMMIT_STAGES = [
  ...(["content", "leaf", "signedLeaf", "path", "sealedSecret", "extensions", "initSecret"] as const),
  ...(["signature", "confirmationTag", "membershipTag"] as const),
] as const;

function commitHooks(stage: (typeof COMMIT_STAGES)[number], how: Spoiling): CommitHooks {
  if (stage === "extensions") return { extensions: spoil(world.extensions, how) };
  if (stage === "initSecret") return { initSecret: spoil(b.state.secrets.init.bytes, how) };
  return { [stage]: (value: unknown) => spoil(value, how) };
}
const RUNS = quick ? 60 : 400;
const check = <T>(arbitrary: fc.Arbitrary<T>, body: (value: T) => void, numRuns = RUNS) => {
  forged = 0;
  fc.assert(fc.property(arbitrary, body), { numRuns });
  // most of what is generated must reach the receiver
  expect(forged).toBeGreaterThan(numRuns / 3);
};
/** What is made of proposals that were accepted. */
const commitTo = (group: mls.Group, cached: mls.CachedProposal | undefined) =>
  cached && answer(() => group.commit([cached]));

describe("one field at the edge of its type, correctly signed, tagged and sealed", () => {
  it("in a member's commit", () => {
    const proposals = fc.array(
      proposal.map((value): mls.ProposalOrRef => ({ type: "proposal", proposal: value })),
      { maxLength: 2 },
    );
    const input = fc.tuple(
      fc.constantFrom(...COMMIT_STAGES),
      spoiling,
      proposals,
      fc.boolean(),
      fc.boolean(),
    );
    check(input, ([stage, how, listed, atEnd, withPath]) => {
      const [from, to] = atEnd ? [lastB, lastA] : [b, a];
      const hooks = { proposals: listed, withPath, ...commitHooks(stage, how) };
      const message = forge(() => forgeCommit(from, hooks));
      if (message) answer(() => to.processCommit(message, []));
    });
  });

  it("in a path secret, with everything else right", () => {
    check(
      spoiling,
      (how) => {
        const message = forge(() => forgeCommit(b, { sealedSecret: (secret) => spoil(secret, how) }));
        if (message) answer(() => a.processCommit(message, []));
      },
      RUNS / 4,
    );
  });

  it("in a new member's commit", () => {
    check(spoiling, (how) => {
      const entry = forge(() => forgeEntry(b, "new", (content) => spoil(content, how)));
      if (entry) answer(() => a.processCommit(entry.commit, []));
    });
  });

  it("in a member's proposal, which is committed where it is accepted", () => {
    const stages = fc.constantFrom("content" as const, "signature" as const, "membershipTag" as const);
    check(fc.tuple(proposal, stages, spoiling), ([value, stage, how]) => {
      const message = forge(() => forgeProposal(b, value, { [stage]: (part: unknown) => spoil(part, how) }));
      if (!message) return;
      answer(() => mls.proposalRef(crypto, message));
      commitTo(
        a,
        answer(() => a.receiveProposal(message)),
      );
      answer(() => lastA.receiveProposal(message));
    });
  });

  it("in a proposal of the delivery service or of a newcomer", () => {
    const senders = fc.constantFrom<mls.Sender>(
      { senderType: "external", senderIndex: 0 },
      { senderType: "new_member_proposal" },
    );
    check(fc.tuple(proposal, senders, spoiling, fc.boolean()), ([value, sender, how, inSender]) => {
      const message = forge(() =>
        forgeOutside(b, world.senderKeys.privateKey, inSender ? spoil(sender, how) : sender, {
          contentType: "proposal",
          proposal: inSender ? value : spoil(value, how),
        }),
      );
      if (!message) return;
      const decoded = answer(() => mls.mlsMessageCodec.decode(message));
      if (decoded?.wireFormat === "mls_public_message") {
        const key = spoil({ key: world.senderKeys.publicKey }, { ...how, field: 1 }).key;
        answer(() => mls.verifyExternalProposal(crypto, decoded.publicMessage, key));
      }
      commitTo(
        a,
        answer(() => a.receiveProposal(message)),
      );
    });
  });

  it("in a key package, alone and in an Add that is committed where it is accepted", () => {
    const stages = fc.constantFrom(...(["leaf", "signedLeaf", "content", "signed"] as const));
    check(fc.tuple(stages, spoiling), ([stage, how]) => {
      const bundle = forge(() =>
        forgeKeyPackage(crypto, "new", { [stage]: (part: unknown) => spoil(part, how) }),
      );
      const keyPackage = bundle && answer(() => mls.keyPackageCodec.decode(bundle.bytes));
      if (!bundle || !keyPackage) return;
      answer(() => mls.validateKeyPackage(crypto, keyPackage));
      answer(() => mls.keyPackageRef(crypto, keyPackage));
      answer(() => a.hasParentKey(keyPackage.leafNode.encryptionKey));
      const made = commitTo(
        a,
        answer(() => a.receiveProposal(world.propose(a, add(keyPackage)))),
      );
      if (made) answer(() => mls.Group.join(crypto, { welcome: made.welcome!, keyPackage: bundle }));
    });
  });

  const signer = forgeKeyPackage(crypto, "signer");
  const bundle = forgeKeyPackage(crypto, "new");
  const tree: WelcomeParts["tree"] = [
    { nodeType: "leaf", leafNode: signer.keyPackage.leafNode },
    undefined,
    { nodeType: "leaf", leafNode: bundle.keyPackage.leafNode },
  ];
  const psk: mls.GroupSecrets["psks"][number] = {
    ...{ pskType: "resumption", usage: "application", pskGroupId: text("g"), pskEpoch: 1n },
    pskNonce: new Uint8Array(32),
  };
  const signerKey = signer.signatureKeyPair.privateKey;
  const parts: WelcomeParts = { tree, signer: 0, signerKey, groupId: world.groupId, extensions: [], bundle };
  const VALUES = {
    tree,
    extensions: world.extensions,
    psks: [psk],
    epoch: 5n,
    pathSecret: new Uint8Array(32),
  };
  const HOOKS = ["context", "info", "signedInfo", "welcome", "joinerSecret"] as const;

  it("in a Welcome", () => {
    const value = fc.constantFrom(...(Object.keys(VALUES) as (keyof typeof VALUES)[]));
    check(
      fc.tuple(fc.oneof(value, fc.constantFrom(...HOOKS)), spoiling, fc.boolean()),
      ([part, how, full]) => {
        const change =
          part in VALUES
            ? { [part]: spoil(VALUES[part as keyof typeof VALUES], how) }
            : { [part]: (honest: unknown) => spoil(honest, how) };
        const welcome = forge(() => forgeWelcome(crypto, { ...parts, ...change }));
        const more = full ? { features: mls.fullFeatures({ psks }) } : {};
        if (welcome) answer(() => mls.Group.join(crypto, { welcome, keyPackage: bundle, ...more }));
      },
    );
  });

  it("in a PrivateMessage, which uses up no key of its sender", () => {
    const hello = features[1]!.sealApplication(b, text("hello"));
    const secretTree = new mls.SecretTree(crypto, b.state.tree.leafCount, encryptionSecret);
    const keys = { senderDataSecret: b.state.secrets.senderData.bytes, secretTree };
    // the first key of each ratchet is left to what the sender really sends
    for (const type of ["application", "handshake"] as const) secretTree.next(b.ownLeafIndex, type).keep();
    const head = {
      ...{ groupId: world.groupId, epoch: b.epoch, authenticatedData: new Uint8Array(0) },
      sender: { senderType: "member", leafIndex: b.ownLeafIndex } as const,
    };
    const contents = fc.oneof(
      fc.constant<mls.FramedContent>({ ...head, contentType: "application", applicationData: text("hi") }),
      fc.constant<mls.FramedContent>({ ...head, contentType: "commit", commit: { proposals: [] } }),
      proposal.map((value): mls.FramedContent => ({ ...head, contentType: "proposal", proposal: value })),
    );
    const stages = fc.constantFrom(...(["content", "auth", "senderData", "message"] as const));
    check(fc.tuple(contents, stages, spoiling, fc.nat(40)), ([honest, stage, how, padding]) => {
      const change = <T>(at: typeof stage, value: T): T => (at === stage ? spoil(value, how) : value);
      const message = forge(() => {
        const content = change("content", honest);
        const wireFormat = "mls_private_message";
        const key = b.state.signatureKey.bytes;
        const signature = mls.signContent(crypto, key, wireFormat, content, b.state.encodedContext);
        const confirmationTag = new Uint8Array(32);
        const auth = change(
          "auth",
          content.contentType === "commit" ? { signature, confirmationTag } : { signature },
        );
        const next = (...[leafIndex, type]: Parameters<mls.SecretTree["next"]>) => {
          const reached = secretTree.next(leafIndex, type);
          return {
            ...reached,
            generation: change("senderData", { generation: reached.generation }).generation,
          };
        };
        const lying = { ...keys, secretTree: { next } as mls.SecretTree };
        const sealed = mls.sealPrivateMessage(crypto, lying, { wireFormat, content, auth }, padding);
        return mls.mlsMessageCodec.encode({
          version: 1,
          wireFormat,
          privateMessage: change("message", sealed),
        });
      });
      if (!message) return;
      answer(() => features[0]!.openApplication(a, message));
      answer(() => a.receiveProposal(message));
      answer(() => a.processCommit(message, []));
    });
    expect(features[0]!.openApplication(a, hello).applicationData).toEqual(text("hello"));
  });

  it("in an extension of external senders, a commit by a stranger, and what decoders are given", () => {
    const sender = { signatureKey: stranger.publicKey, credential: leafOf(b).credential };
    const codecs: readonly mls.Codec<unknown>[] = [
      ...[mls.mlsMessageCodec, mls.welcomeCodec, mls.keyPackageCodec, mls.groupInfoCodec, mls.commitCodec],
      ...[mls.proposalCodec, mls.groupContextCodec, mls.groupSecretsCodec, mls.ratchetTreeCodec],
      ...[mls.externalSenderCodec, mls.credentialCodec, mls.extensionCodec],
    ];
    check(fc.tuple(spoiling, spoiling), ([how, again]) => {
      const extension = forge(() => {
        const listed = mls.externalSendersExtension(spoil([sender], how));
        return mls.extensionCodec.decode(mls.extensionCodec.encode(spoil(listed, again)));
      });
      if (!extension) return;
      answer(() => mls.decodeExternalSenders(extension));
      for (const codec of codecs) answer(() => codec.decode(extension.extensionData));
      const message = forge(() =>
        forgeOutside(
          b,
          stranger.privateKey,
          spoil({ senderType: "new_member_commit" }, again),
          {
            contentType: "commit",
            commit: { proposals: [] },
          },
          extension.extensionData,
        ),
      );
      if (message) answer(() => a.processCommit(message, []));
    });
  });
});
