// RFC 9420 §9.2, §12.4 What is left of the secrets of a join and of a commit, accepted or refused at any of its steps:
// those that a live state holds, and no copy.
import { describe, expect, it } from "vitest";
import * as mls from "../../src/internals.ts";
import { type CommitHooks, forgeCommit, forgeOutside } from "../forge/commit.ts";
import { forgeKeyPackage } from "../forge/key-package.ts";
import { forgeWelcome, type WelcomeParts } from "../forge/welcome.ts";
import { backends } from "../support/crypto.ts";
import { heldBy, keysOf, type Report, watched } from "../support/watched.ts";
import { isWiped } from "../support/wiped.ts";
import { add, commitAll, found, groupOf, makeWorld, newBundle, remove, text } from "../support/world.ts";

describe.each(backends.map((provider) => [provider.backend, provider] as const))(
  "%s backend:",
  (_, provider) => {
    const watch = watched(provider);
    const { crypto } = watch;
    const world = makeWorld(crypto);
    const flip = (value: Uint8Array) => Uint8Array.from(value, (byte, i) => (i === 5 ? byte ^ 1 : byte));
    const psk = crypto.randomBytes(32);
    const features = () => mls.fullFeatures({ psks: { external: () => psk, resumption: () => psk } });
    const byValue = (...proposals: mls.Proposal[]): mls.ProposalOrRef[] =>
      proposals.map((proposal) => ({ type: "proposal", proposal }));
    const pskId = { pskType: "external", pskId: text("p"), pskNonce: new Uint8Array(32) } as const;

    /** That nothing is left; `rule` is the one that refuses, if one does. */
    function expectNothingLeft({ error, secrets, left }: Report, rule?: string): void {
      expect(
        error === undefined ? undefined : ((error as mls.MlsError).rule ?? (error as Error).message),
      ).toBe(rule);
      expect(left).toEqual([]);
      expect(secrets).toBeGreaterThan(1);
    }

    describe("a join", () => {
      const started = commitAll(groupOf(world, ["a", "b", "c", "d"], features), 1, [], { forcePath: true });
      const signer = started[1]!;
      const bundle = newBundle(crypto, "newcomer");
      const made = signer.commit([], { forcePath: true, byValue: [add(bundle.keyPackage)] });
      const tree = made.group.state.tree.toWire();
      const parts: WelcomeParts = {
        tree,
        signer: 1,
        signerKey: signer.state.signatureKey.bytes,
        groupId: world.groupId,
        extensions: world.extensions,
        bundle,
      };
      const live = [psk, ...keysOf(bundle), ...heldBy(signer, made.group)];
      function join(welcome: Uint8Array, keyPackage = bundle): Report & { group: mls.Group | undefined } {
        let group: mls.Group | undefined;
        const report = watch.during(
          () => {
            group = mls.Group.join(crypto, { welcome, keyPackage, features: features() });
          },
          () => [...live, ...keysOf(keyPackage), ...(group ? heldBy(group) : [])],
        );
        return { ...report, group };
      }

      it("accepted, with a path secret: what the state holds", () => {
        const { group, ...report } = join(made.welcome!);
        expectNothingLeft(report);
        expect(report.secrets).toBeGreaterThan(20);
        expect(heldBy(group!).length).toBe(9 + 2 + 1);
        expect(group!.epochAuthenticator).toEqual(made.group.epochAuthenticator);
      });
      it("accepted, with pre-shared keys", () => {
        const ids = [pskId, { ...pskId, pskId: text("q") }];
        const pskSecret = mls.pskSecret(
          crypto,
          ids.map((id) => ({ id, psk })),
        );
        expectNothingLeft(join(forgeWelcome(crypto, { ...parts, psks: ids, pskSecret })));
      });

      const special = {
        pskType: "resumption",
        usage: "reinit",
        pskGroupId: text("old"),
        pskEpoch: 3n,
      } as const;
      const reinit = { ...special, pskNonce: new Uint8Array(32) };
      const context = (change: Partial<mls.GroupContext>) => (was: mls.GroupContext) => ({
        ...was,
        ...change,
      });
      it.each<[string, string, Partial<WelcomeParts>]>([
        ["12.4.3.1-11", "the GroupInfo does not open", { joinerSecret: flip }],
        [
          "12.4.3.1-17",
          "a pre-shared key of another epoch",
          { psks: [reinit], pskSecret: mls.pskSecret(crypto, [{ id: reinit, psk }]) },
        ],
        ["12.4.3.3-3", "no tree", { info: (info) => ({ ...info, extensions: [] }) }],
        [
          "12.4.3.1-8",
          "a bad signature",
          { pathSecret: crypto.randomBytes(32), signedInfo: (info) => ({ ...info, confirmationTag: psk }) },
        ],
        ["12.4.3.1-12", "another tree hash", { context: context({ treeHash: psk }) }],
        ["7.3-6", "a tree of another group", { groupId: text("another") }],
        ["12.4.3.1-15", "another path secret", { pathSecret: crypto.randomBytes(32) }],
        [
          "12.4.3.1-10",
          "another confirmation tag",
          { info: (info) => ({ ...info, confirmationTag: flip(info.confirmationTag) }) },
        ],
      ])("refused by %s: %s", (rule, _what, change) => {
        expectNothingLeft(join(forgeWelcome(crypto, { ...parts, ...change })), rule);
      });
      it("refused by 12.4.3.1-13: a tree without us", () => {
        const other = newBundle(crypto, "other");
        expectNothingLeft(join(forgeWelcome(crypto, { ...parts, bundle: other }), other), "12.4.3.1-13");
      });
      it("refused by 12.4.3.1-10 when the path secret has given its keys", () => {
        const welcome = mls.welcomeCodec.decode(made.welcome!);
        const { encryptedGroupInfo, secrets } = welcome;
        const pair = { privateKey: bundle.initPrivateKey, publicKey: bundle.keyPackage.initKey };
        const opened = mls.decryptWithLabel(
          crypto,
          pair,
          "Welcome",
          encryptedGroupInfo,
          secrets[0]!.encryptedGroupSecrets,
        );
        const { pathSecret } = mls.groupSecretsCodec.decode(opened);
        const info = (was: Omit<mls.GroupInfo, "signature">) => ({ ...was, confirmationTag: psk });
        expectNothingLeft(
          join(forgeWelcome(crypto, { ...parts, pathSecret: pathSecret!, info })),
          "12.4.3.1-10",
        );
      });
    });

    describe("a commit that is processed", () => {
      const members = groupOf(world, ["a", "b", "c", "d", "e"], features);
      const [a, b, , d] = members as [mls.Group, mls.Group, mls.Group, mls.Group];
      const live = [psk, ...heldBy(...members)];
      function process(message: Uint8Array, received: readonly mls.CachedProposal[] = []) {
        let next: mls.Group | undefined;
        return watch.during(
          () => {
            const done = a.processCommit(message, received);
            if (done.outcome === "next") next = done.group;
          },
          () => [...live, ...(next ? heldBy(next) : [])],
        );
      }
      const adds = (keyPackage: mls.KeyPackage): CommitHooks => ({
        proposals: byValue(add(keyPackage)),
        apply: (tree) => [tree.addLeaf(keyPackage.leafNode)],
      });
      const dSigns = {
        publicKey: d.state.tree.leaf(3)!.signatureKey,
        privateKey: d.state.signatureKey.bytes.slice(),
      };

      it("accepted: what the states hold", () => {
        expectNothingLeft(process(forgeCommit(b, {})));
        expectNothingLeft(process(b.commit([], { byValue: [{ proposalType: "psk", psk: pskId }] }).commit));
      });
      it("accepted, and it takes us out", () => {
        const { left } = process(b.commit([], { byValue: [remove(0)] }).commit);
        expect(left).toEqual([]);
      });
      it.each<[string, string, CommitHooks]>([
        ["6.2-1", "another membership tag", { membershipTag: flip }],
        ["6.1-1", "a bad signature", { signature: flip }],
        ["7.5-2", "a path secret of other keys", { sealedSecret: () => crypto.randomBytes(32) }],
        [
          "7.3-7",
          "a member twice, found when the path is open",
          adds(forgeKeyPackage(crypto, "d", { signatureKeyPair: dSigns }).keyPackage),
        ],
        ["12.4.2-5", "another confirmation tag", { confirmationTag: flip }],
        ["12.4.2-5", "another init secret", { initSecret: crypto.randomBytes(32) }],
      ])("refused by %s: %s", (rule, _what, hooks) => {
        const { error, left } = process(forgeCommit(b, hooks));
        expect((error as mls.MlsError | undefined)?.rule).toBe(rule);
        expect(left).toEqual([]);
      });
      it("refused when a path secret does not open", () => {
        const path: CommitHooks["path"] = ({ leafNode, nodes }) => ({
          leafNode,
          nodes: nodes.map((node) => ({
            ...node,
            encryptedPathSecret: node.encryptedPathSecret.map((sealed) => ({
              ...sealed,
              ciphertext: flip(sealed.ciphertext),
            })),
          })),
        });
        expectNothingLeft(process(forgeCommit(b, { path })), "HPKE ciphertext does not open");
      });
      it("refused by 12.4.2-5 when an Update of ours has brought its key", () => {
        const update = (a.state.features as mls.FullFeatures).createUpdate(a);
        const [mine, theirs] = [a.receiveProposal(update), b.receiveProposal(update)];
        const { commit } = b.commit([theirs]);
        const message = mls.mlsMessageCodec.decode(commit);
        if (message.wireFormat !== "mls_public_message") throw new Error("another message");
        const { content } = message.publicMessage;
        if (content.contentType !== "commit") throw new Error("no commit");
        const [accepted, refused] = [commit, forgeCommit(b, { content: () => content })];
        expectNothingLeft(process(accepted, [mine]));
        expectNothingLeft(process(refused, [mine]), "12.4.2-5");
      });
      it.each([
        ["encapsulated key is no P-256 public key", new Uint8Array(65).fill(4)],
        ["7.3-1", mls.generateKeyPair(crypto).publicKey],
      ])("of a new member, refused: %s", (reason, kemOutput) => {
        const signer = mls.generateSignatureKeyPair(crypto);
        const { leafNode } = forgeKeyPackage(crypto, "new", { signatureKeyPair: signer }).keyPackage;
        const proposals = byValue({ proposalType: "external_init", kemOutput });
        const body = { contentType: "commit", commit: { proposals, path: { leafNode, nodes: [] } } };
        const sender = { senderType: "new_member_commit" } as const;
        const message = forgeOutside(a, signer.privateKey, sender, body, new Uint8Array(32));
        expectNothingLeft(process(message), reason);
      });
    });

    describe("a secret that is exported", () => {
      const [a] = groupOf(world, ["a"]) as [mls.Group];
      function exporting(length: number): Report {
        const out: Uint8Array[] = [];
        return watch.during(
          () => out.push(a.exportSecret("label", text("context"), length)),
          () => [...out, ...heldBy(a)],
        );
      }
      it("of several blocks: the caller's copy is the only one", () => expectNothingLeft(exporting(80)));
      it("refused for its length", () =>
        expectNothingLeft(exporting(9000), "length: expected an integer from 0 to 8160, got 9000"));
    });

    describe("a commit that is made", () => {
      const [a] = groupOf(world, ["a", "b", "c", "d", "e"], features) as [mls.Group];
      function commit(options: mls.CommitOptions, from: mls.Group = a): Report {
        let next: mls.Group | undefined;
        return watch.during(
          () => {
            next = from.commit([], { forcePath: true, ...options }).group;
          },
          () => [psk, ...heldBy(from), ...(next ? heldBy(next) : [])],
        );
      }
      it("with a Welcome: what the states hold", () => {
        const { keyPackage } = newBundle(crypto, "f");
        expectNothingLeft(commit({ byValue: [add(keyPackage), { proposalType: "psk", psk: pskId }] }));
      });
      it("refused by 7.3-7 when it has its path", () => {
        const signatureKeyPair = {
          publicKey: a.state.tree.leaf(0)!.signatureKey,
          privateKey: a.state.signatureKey.bytes.slice(),
        };
        const { keyPackage } = forgeKeyPackage(crypto, "again", { signatureKeyPair });
        expectNothingLeft(commit({ byValue: [add(keyPackage)] }), "7.3-7");
      });
      /** A copy of the group whose source of randomness fails at one call. */
      function failing(group: mls.Group, at: number): mls.Group {
        let calls = 0;
        const randomBytes = (length: number) => {
          if (++calls === at) throw new Error("no randomness");
          return crypto.randomBytes(length);
        };
        return mls.Group.fromState({ ...group.state, crypto: { ...crypto, randomBytes } });
      }
      const adding = { byValue: [add(newBundle(crypto, "f").keyPackage)] };
      it.each([2, 3, 5])("given up when randomness fails at call %i", (at) => {
        const { left, error } = commit(adding, failing(a, at));
        expect([left, (error as Error).message]).toEqual([[], "no randomness"]);
      });
      it("given up at the Welcome: nothing is left, and no holder of what the states would share", () => {
        const founder = found(world, "founder", features());
        expectNothingLeft(commit(adding, failing(founder, 3)), "no randomness");
        const held = heldBy(founder);
        founder.close();
        expect(held.filter((bytes) => !isWiped(bytes))).toEqual([]);
      });
    });
  },
);
