// RFC 9420 §6, §12.1.8 Framing: group, epoch, sender, signature, membership tag.
import { describe, expect, it } from "vitest";
import * as mls from "../../src/internals.ts";
import { forgeCommit, forgeOutside, forgeProposal } from "../forge/commit.ts";
import { forgeKeyPackage } from "../forge/key-package.ts";
import { platformCrypto as crypto } from "../support/crypto.ts";
import { refuses } from "../support/refusal.ts";
import { add, commitAll, groupOf, makeWorld, remove, text } from "../support/world.ts";

const world = makeWorld(crypto);
const full = groupOf(world, ["a", "b", "c", "d"]);
// Leaf 2 is blank, inside the tree.
const members = commitAll(full, 0, [world.propose(full[0]!, remove(2))]);
const [a, b] = members as [mls.Group, mls.Group];
const flip = (value: Uint8Array) =>
  Uint8Array.from(value, (byte, i) => (i === value.length - 1 ? byte ^ 1 : byte));
const otherSignature = () =>
  mls.signWithLabel(crypto, mls.generateSignatureKeyPair(crypto).privateKey, "FramedContentTBS", text("x"));

const external = (input: Partial<Parameters<typeof mls.signExternalProposal>[1]>) =>
  mls.signExternalProposal(crypto, {
    groupId: world.groupId,
    epoch: a.epoch,
    senderIndex: 0,
    signaturePrivateKey: world.senderKeys.privateKey,
    proposal: remove(1),
    ...input,
  }).message;

describe("§5.2, §12.1.8.1 what is asked for without a group", () => {
  refuses("5.2-1", "the reference of what is no proposal", () => mls.proposalRef(crypto, forgeCommit(b, {})));
  refuses("12.1.8.1-1", "external senders in another extension", () =>
    mls.decodeExternalSenders({ extensionType: 3, extensionData: new Uint8Array(3) }),
  );
});

describe("§8.1 the last epoch", () => {
  const last = (group: mls.Group) => {
    const context = { ...group.state.context, epoch: 2n ** 64n - 1n };
    const encodedContext = mls.groupContextCodec.encode(context);
    return mls.Group.fromState({ ...group.state, context, encodedContext });
  };
  refuses("8.1-1", "a commit of ours after it", () => last(a).commit([], { forcePath: true }));
  refuses("8.1-1", "a commit of another after it", () => last(a).processCommit(forgeCommit(last(b), {}), []));
});

it("what the forges make unbroken is accepted", () => {
  expect(a.receiveProposal(forgeProposal(b, remove(3))).sender).toEqual({
    senderType: "member",
    leafIndex: 1,
  });
  expect(a.receiveProposal(external({})).sender).toEqual({ senderType: "external", senderIndex: 0 });
  expect(a.processCommit(forgeCommit(b, {}), []).outcome).toBe("next");
  const joining = forgeKeyPackage(crypto, "z");
  const own = forgeOutside(
    a,
    joining.signatureKeyPair.privateKey,
    { senderType: "new_member_proposal" },
    {
      contentType: "proposal",
      proposal: add(joining.keyPackage),
    },
  );
  expect(a.receiveProposal(own).sender).toEqual({ senderType: "new_member_proposal" });
});

describe("§6 content", () => {
  refuses("6-1", "a commit where a proposal is expected", () => a.receiveProposal(forgeCommit(b, {})));
  refuses("6-1", "a proposal where a commit is expected", () =>
    a.processCommit(forgeProposal(b, remove(3)), []),
  );
  refuses("6-2", "another group id", () => a.receiveProposal(external({ groupId: text("another") })));
  refuses("6-3", "application data in a PublicMessage", () =>
    a.processCommit(
      forgeProposal(b, remove(3), {
        content: ({ groupId, epoch, sender, authenticatedData }) => ({
          ...{ groupId, epoch, sender, authenticatedData },
          contentType: "application",
          applicationData: text("hello"),
        }),
      }),
      [],
    ),
  );
  refuses("6-4", "a commit of an external sender", () =>
    a.processCommit(
      forgeOutside(
        a,
        world.senderKeys.privateKey,
        { senderType: "external", senderIndex: 0 },
        { contentType: "commit", commit: { proposals: [] } },
        new Uint8Array(32),
      ),
      [],
    ),
  );
  refuses("12.4.2-1", "a proposal of an earlier epoch", () =>
    a.receiveProposal(external({ epoch: a.epoch - 1n })),
  );
  refuses("12.4.2-1", "a commit of a later epoch", () =>
    a.processCommit(forgeCommit(b, { content: (c) => ({ ...c, epoch: c.epoch + 1n }) }), []),
  );
});

describe("§6.1 signatures", () => {
  refuses("6.1-1", "a member's proposal with another signature under a correct membership tag", () =>
    a.receiveProposal(forgeProposal(b, remove(3), { signature: otherSignature })),
  );
  refuses("6.1-1", "a commit with another signature under correct tags", () =>
    a.processCommit(forgeCommit(b, { signature: otherSignature }), []),
  );
  refuses("6.1-1", "a signature that is no DER", () =>
    a.processCommit(forgeCommit(b, { signature: (s) => mls.concat(s, Uint8Array.of(0)) }), []),
  );
  refuses("6.1-1", "an external proposal signed with another key", () =>
    a.receiveProposal(external({ signaturePrivateKey: mls.generateSignatureKeyPair(crypto).privateKey })),
  );
  refuses("6.1-2", "a sender whose leaf is blank", () =>
    a.receiveProposal(
      forgeProposal(b, remove(3), {
        content: (c) => ({ ...c, sender: { senderType: "member", leafIndex: 2 } }),
      }),
    ),
  );
  refuses("6.1-2", "a sender outside the tree", () =>
    a.receiveProposal(
      forgeProposal(b, remove(3), {
        content: (c) => ({ ...c, sender: { senderType: "member", leafIndex: 99 } }),
      }),
    ),
  );
  const joining = forgeKeyPackage(crypto, "z");
  const joiner = joining.signatureKeyPair.privateKey;
  refuses("6.1-3", "a Remove of a new member", () =>
    a.receiveProposal(
      forgeOutside(
        a,
        joiner,
        { senderType: "new_member_proposal" },
        { contentType: "proposal", proposal: remove(1) },
      ),
    ),
  );
  refuses("6.1-3", "a proposal under the sender type of commits", () =>
    a.receiveProposal(
      forgeOutside(
        a,
        joiner,
        { senderType: "new_member_commit" },
        {
          contentType: "proposal",
          proposal: add(joining.keyPackage),
        },
      ),
    ),
  );
  refuses("6.1-4", "a commit under the sender type of proposals", () => {
    const message = mls.mlsMessageCodec.decode(forgeCommit(b, {}));
    if (message.wireFormat !== "mls_public_message") throw new Error("no PublicMessage");
    const { content, auth } = message.publicMessage;
    if (content.contentType !== "commit") throw new Error("no commit");
    const body = { contentType: "commit", commit: content.commit };
    const sender = { senderType: "new_member_proposal" } as const;
    const key = b.state.signatureKey.bytes;
    return a.processCommit(forgeOutside(a, key, sender, body, auth.confirmationTag), []);
  });
  refuses("6.1-4", "a new member's commit without a path", () =>
    a.processCommit(
      forgeOutside(
        a,
        joiner,
        { senderType: "new_member_commit" },
        { contentType: "commit", commit: { proposals: [] } },
        new Uint8Array(32),
      ),
      [],
    ),
  );
});

describe("§6.2 membership tags", () => {
  refuses("6.2-1", "a changed tag of a proposal", () =>
    a.receiveProposal(forgeProposal(b, remove(3), { membershipTag: flip })),
  );
  refuses("6.2-1", "a tag cut short", () =>
    a.processCommit(forgeCommit(b, { membershipTag: (tag) => tag.subarray(0, 31) }), []),
  );
  refuses("6.2-1", "an empty tag", () =>
    a.processCommit(forgeCommit(b, { membershipTag: () => new Uint8Array(0) }), []),
  );
});

describe("§12.1.8 external senders", () => {
  const psk: mls.Proposal = {
    proposalType: "psk",
    psk: { pskType: "external", pskId: text("psk"), pskNonce: new Uint8Array(32) },
  };
  it.each<mls.Proposal>([
    add(forgeKeyPackage(crypto, "x").keyPackage),
    remove(1),
    psk,
    { proposalType: "reinit", groupId: text("new"), version: 1, cipherSuite: 2, extensions: [] },
    { proposalType: "group_context_extensions", extensions: [] },
  ])("may propose $proposalType, where the group understands it", (proposal) => {
    const group = mls.Group.fromState({ ...a.state, features: mls.fullFeatures() });
    expect(group.receiveProposal(external({ proposal })).proposal).toEqual(proposal);
  });
  refuses("12.1.8-1", "a sender index that is not listed", () =>
    a.receiveProposal(external({ senderIndex: 1 })),
  );
  refuses("12.1.8-2", "an Update of an external sender", () =>
    a.receiveProposal(external({ proposal: { proposalType: "update", leafNode: a.state.tree.leaf(0)! } })),
  );
  refuses("12.1.8-2", "an ExternalInit of an external sender", () =>
    a.receiveProposal(
      external({ proposal: { proposalType: "external_init", kemOutput: new Uint8Array(65) } }),
    ),
  );
  refuses("12.1-1", "a PSK where the group does not understand it", () =>
    a.receiveProposal(external({ proposal: psk })),
  );
  refuses("12.1.3-1", "a Remove of a blank leaf inside the tree", () =>
    a.receiveProposal(external({ proposal: remove(2) })),
  );
  refuses("12.1.3-1", "a Remove outside the tree", () =>
    a.receiveProposal(external({ proposal: remove(4) })),
  );
});

describe("verifyExternalProposal", () => {
  const { publicKey } = world.senderKeys;
  const read = (message: Uint8Array): mls.PublicMessage => {
    const decoded = mls.mlsMessageCodec.decode(message);
    if (decoded.wireFormat !== "mls_public_message") throw new Error("no PublicMessage");
    return decoded.publicMessage;
  };

  it("accepts what the external sender signed, of any epoch and group", () => {
    for (const input of [{}, { epoch: 99n }, { groupId: text("another") }])
      expect(mls.verifyExternalProposal(crypto, read(external(input)), publicKey)).toBe(true);
  });

  it("refuses another signature, another key, another content, and other senders", () => {
    const message = read(external({}));
    const other = mls.generateSignatureKeyPair(crypto).publicKey;
    expect(mls.verifyExternalProposal(crypto, message, other)).toBe(false);
    expect(
      mls.verifyExternalProposal(crypto, { ...message, auth: { signature: otherSignature() } }, publicKey),
    ).toBe(false);
    const content = { ...message.content, epoch: message.content.epoch + 1n };
    expect(mls.verifyExternalProposal(crypto, { ...message, content }, publicKey)).toBe(false);
    const sender = { senderType: "member", leafIndex: 0 } as const;
    const byMember = { ...message, content: { ...message.content, sender } };
    expect(mls.verifyExternalProposal(crypto, byMember, publicKey)).toBe(false);
  });
});
