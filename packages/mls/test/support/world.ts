// A group as DAVE has it: a delivery service that proposes as external sender, and members by name.
import * as mls from "../../src/internals.ts";

export interface World {
  readonly crypto: mls.CryptoProvider;
  readonly groupId: Uint8Array;
  readonly senderKeys: mls.SignatureKeyPair;
  readonly extensions: mls.Extension[];
  /** An Add or Remove by the delivery service for the epoch of `group`. */
  propose(group: mls.Group, proposal: mls.Proposal): Uint8Array;
}

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

export function makeWorld(crypto: mls.CryptoProvider, extra: mls.Extension[] = []): World {
  const groupId = text("a group");
  const senderKeys = mls.generateSignatureKeyPair(crypto);
  const sender: mls.ExternalSender = {
    signatureKey: senderKeys.publicKey,
    credential: { credentialType: "basic", identity: text("delivery service") },
  };
  return {
    crypto,
    groupId,
    senderKeys,
    extensions: [mls.externalSendersExtension([sender]), ...extra],
    propose: (group, proposal) =>
      mls.signExternalProposal(crypto, {
        groupId,
        epoch: group.epoch,
        senderIndex: 0,
        signaturePrivateKey: senderKeys.privateKey,
        proposal,
      }).message,
  };
}

export const add = (keyPackage: mls.KeyPackage): mls.Proposal => ({ proposalType: "add", keyPackage });
export const remove = (removed: number): mls.Proposal => ({ proposalType: "remove", removed });

export const newBundle = (crypto: mls.CryptoProvider, name: string): mls.KeyPackageBundle =>
  mls.createKeyPackage(crypto, {
    identity: text(name),
    signatureKeyPair: mls.generateSignatureKeyPair(crypto),
  });

export const found = (world: World, name: string, features?: mls.Features): mls.Group =>
  mls.Group.create(world.crypto, {
    groupId: world.groupId,
    identity: text(name),
    signatureKeyPair: mls.generateSignatureKeyPair(world.crypto),
    extensions: world.extensions,
    ...(features && { features }),
  });

/** Adds `bundles` in one commit of `group`; gives the committer's and the newcomers' groups. */
export function admit(
  world: World,
  group: mls.Group,
  bundles: readonly mls.KeyPackageBundle[],
  features: (index: number) => mls.Features | undefined = () => undefined,
): {
  commit: Uint8Array;
  proposals: Uint8Array[];
  group: mls.Group;
  joined: mls.Group[];
  welcome: Uint8Array;
} {
  const proposals = bundles.map((bundle) => world.propose(group, add(bundle.keyPackage)));
  const cached = proposals.map((message) => group.receiveProposal(message));
  const made = group.commit(cached);
  const welcome = made.welcome!;
  const joined = bundles.map((keyPackage, index) => {
    const chosen = features(index);
    return mls.Group.join(world.crypto, { welcome, keyPackage, ...(chosen && { features: chosen }) });
  });
  return { commit: made.commit, proposals, group: made.group, joined, welcome };
}

/** A group of `names`, each a Group at epoch 1. */
export function groupOf(
  world: World,
  names: readonly string[],
  features: (index: number) => mls.Features | undefined = () => undefined,
): mls.Group[] {
  const founder = found(world, names[0]!, features(0));
  const bundles = names.slice(1).map((name) => newBundle(world.crypto, name));
  const { group, joined } = admit(world, founder, bundles, (index) => features(index + 1));
  return [group, ...joined];
}

/** All members follow one commit of `members[by]`; those it removes drop out. */
export function commitAll(
  members: readonly mls.Group[],
  by: number,
  proposals: readonly Uint8Array[],
  options: mls.CommitOptions = {},
): mls.Group[] {
  const committer = members[by]!;
  const made = committer.commit(
    proposals.map((message) => committer.receiveProposal(message)),
    options,
  );
  return members.flatMap((member, index) => {
    if (index === by) return [made.group];
    const cached = proposals.map((message) => member.receiveProposal(message));
    const processed = member.processCommit(made.commit, cached);
    return processed.outcome === "next" ? [processed.group] : [];
  });
}
