// Scenes about the group: who is known, who commits, what is refused, how a client recovers (E11–E31, O3)
import { appendProposals, revokeProposals } from "@puredave/dave/testing";
import { keyPackageCodec, mlsMessageCodec } from "@puredave/mls";
import { frame, type Scene } from "./stage.ts";

const changedByte = (bytes: Uint8Array, at: number): Uint8Array =>
  bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));

/** Whether a PublicMessage with a commit brings an UpdatePath. */
function hasPath(message: Uint8Array): boolean {
  const decoded = mlsMessageCodec.decode(message);
  if (decoded.wireFormat !== "mls_public_message") return false;
  const { content } = decoded.publicMessage;
  return content.contentType === "commit" && content.commit.path !== undefined;
}

export const membershipScenes: readonly Scene[] = [
  {
    name: "one-key-package",
    shows: "op 4 with version 1 is answered by exactly one key package",
    rules: ["E4"],
    async play({ call, check, bot }) {
      await call.connect(bot, []);
      check.equal("op 26 after op 4 and op 25", bot.take(26).length, 1, "E4");
      call.sentNone(bot, [23, 28, 31], "before anything else", "E4");
    },
  },
  {
    name: "unknown-joiner",
    shows: "an Add of a user that op 11 has not named is not committed before it does",
    rules: ["E27", "E11"],
    async play({ call, check, bot, anna, ben }) {
      await call.establish(bot, [anna]);
      await call.connect(ben, [anna]);
      const { op27 } = call.proposals([ben]);
      await call.send(bot, op27);
      call.sentNone(bot, [28, 31], "before op 11", "E27");
      await call.send(bot, { op: 11, userIds: [ben.userId] });
      check.equal("commits after op 11", bot.take(28).length, 1, "E27", "E11");
    },
  },
  {
    name: "revoked",
    shows: "a revoked proposal is not committed",
    rules: ["E27"],
    async play({ call, check, bot, anna, ben }) {
      await call.establish(bot, [anna]);
      await call.connect(ben, [bot, anna]);
      const proposals = call.proposals([ben]);
      await call.askForCommit(bot, proposals);
      await call.send(bot, revokeProposals(...proposals.refs.map((ref) => ({ ref }))));
      call.sentNone(bot, [28, 31], "after revoking the only proposal", "E27");
      const unknown = new Uint8Array(32).fill(7);
      await call.send(bot, revokeProposals({ ref: unknown }));
      call.sentNone(bot, [28, 31], "after revoking what was never proposed", "E27");
      check.equal("state", bot.state, "encrypted", "M7");
    },
  },
  {
    name: "half-bad-batch",
    shows: "one bad proposal rejects the whole message",
    rules: ["E27"],
    async play({ call, bot, anna, ben, carl }) {
      await call.establish(bot, [anna]);
      await call.connect(ben, [bot, anna]);
      await call.connect(carl, [bot, anna, ben]);
      const good = call.proposals([ben]);
      const stale = call.proposals([carl], [], call.epoch + 3);
      const messages = [...good.messages, ...stale.messages];
      await call.send(bot, appendProposals(...messages.map((message) => ({ message }))));
      call.sentNone(bot, [28], "after a batch with a proposal of another epoch", "E27");
      // Nothing of it was kept: the good one alone can be offered again and is committed.
      await call.askForCommit(bot, good);
    },
  },
  {
    name: "older-own-commit-wins",
    shows: "two op 27 in one epoch: the first own commit may be the one that wins",
    rules: ["E27", "E29"],
    async play({ call, bot, anna, ben, carl }) {
      await call.establish(bot, [anna]);
      await call.connect(ben, [bot, anna]);
      await call.connect(carl, [bot, anna, ben]);
      const first = call.proposals([ben]);
      const commit = await call.askForCommit(bot, first);
      await call.askForCommit(bot, call.proposals([carl]));
      await call.send(anna, first.op27);
      await call.announce([bot, anna], commit, first, 11);
      call.sentReady(bot, [11], "the first own commit", "E29");
      await call.execute([bot, anna, ben], 11);
      const one = frame();
      await call.hears(
        ben,
        bot,
        await call.seal(bot, one, "bot", "E29"),
        one,
        "its state is the one adopted",
        "E29",
      );
    },
  },
  {
    name: "invalid-commit",
    shows: "a broken commit: op 31 with its id, then a new key package; media goes on",
    rules: ["E29", "E31"],
    async play({ call, check, bot, anna, ben }) {
      await call.establish(bot, [anna]);
      await call.connect(ben, [bot, anna]);
      const proposals = call.proposals([ben]);
      await call.askForCommit(bot, proposals);
      const { commit } = await call.askForCommit(anna, proposals);
      bot.inbox = [];
      await call.send(bot, { op: 29, transitionId: 21, commit: changedByte(commit, commit.length - 4) });
      const sent = bot.inbox.map((message) =>
        message.op === 31 ? `31 ${message.transitionId}` : `${message.op}`,
      );
      check.same("answers", sent, ["31 21", "26"], "E29", "E31");
      const [a, b] = [frame(), frame()];
      await call.hears(
        anna,
        bot,
        await call.seal(bot, a, "recovering", "M4"),
        a,
        "the bot is heard",
        "M4",
        "E31",
      );
      await call.hears(bot, anna, await call.seal(anna, b, "anna", "M2"), b, "the bot hears", "E31");
    },
  },
  {
    name: "broken-welcome",
    shows: "a broken welcome for our key package: op 31 with its id, then a new key package",
    rules: ["E30", "E31"],
    async play({ call, check, bot, anna }) {
      await call.connect(anna, []);
      await call.connect(bot, [anna]);
      call.leaves = [anna];
      const proposals = call.proposals([bot]);
      const { welcome } = await call.askForCommit(anna, proposals);
      const own = call.welcomeFor(bot, welcome, 0);
      bot.inbox = [];
      await call.send(bot, { ...own, welcome: changedByte(own.welcome, own.welcome.length - 4) });
      const sent = bot.inbox.map((message) =>
        message.op === 31 ? `31 ${message.transitionId}` : `${message.op}`,
      );
      check.same("answers", sent, ["31 0", "26"], "E30", "E31");
    },
  },
  {
    name: "stale-welcome",
    shows: "a welcome for an older key package is ignored, not flagged",
    rules: ["E30"],
    async play({ call, bot, anna }) {
      await call.connect(anna, []);
      await call.connect(bot, [anna]);
      call.leaves = [anna];
      const proposals = call.proposals([bot]);
      const { welcome } = await call.askForCommit(anna, proposals);
      const own = call.welcomeFor(bot, welcome, 0);
      await call.send(bot, { op: 24, protocolVersion: 1, epoch: 1n });
      bot.inbox = [];
      await call.send(bot, own);
      call.sentNone(bot, [23, 26, 31], "after a welcome for the key package before", "E30");
    },
  },
  {
    name: "foreign-commit-while-pending",
    shows: "another's commit while we only hold a pending group is ignored: our way in is op 30",
    rules: ["E29"],
    async play({ call, bot, anna, ben }) {
      await call.connect(anna, []);
      await call.connect(ben, [anna]);
      await call.connect(bot, [anna, ben]);
      call.leaves = [anna];
      const { commit } = await call.askForCommit(anna, call.proposals([ben]));
      bot.inbox = [];
      await call.send(bot, { op: 29, transitionId: 0, commit });
      call.sentNone(bot, [23, 26, 31], "after a commit of strangers", "E29");
    },
  },
  {
    name: "known-user-again",
    shows: "op 11 naming a known user again wipes nothing",
    rules: ["E11", "K4"],
    async play({ call, bot, anna }) {
      await call.establish(bot, [anna]);
      const [a, b] = [frame(), frame()];
      const sealed = await call.seal(anna, a, "anna", "M2");
      await call.hears(bot, anna, sealed, a, "before", "K1");
      await call.send(bot, { op: 11, userIds: [anna.userId] });
      await call.hears(bot, anna, await call.seal(anna, b, "anna", "M2"), b, "after op 11 again", "E11");
      await call.deaf(bot, anna, sealed, "an old frame again", "K4", "E11");
    },
  },
  {
    name: "left-but-not-removed",
    shows: "op 13 takes no keys at once; without a transition they go after 10 s",
    rules: ["E13"],
    async play({ call, bot, anna, ben }) {
      await call.establish(bot, [anna, ben]);
      const [a, b] = [frame(), frame()];
      const first = await call.seal(anna, a, "anna", "M2");
      const second = await call.seal(anna, b, "anna", "M2");
      await call.send(bot, { op: 13, userId: anna.userId });
      await call.hears(bot, anna, first, a, "just after op 13", "E13");
      await call.wait([bot], 10_002);
      await call.deaf(bot, anna, second, "10 s after op 13", "E13");
    },
  },
  {
    name: "resume",
    shows: "a resumed connection loses nothing: the key package nobody consumed is sent again",
    rules: ["O3"],
    async play({ call, check, bot }) {
      await call.connect(bot, []);
      const [first] = bot.take(26);
      await call.connection(bot, "lost");
      await call.sendAs(bot, { op: 9 });
      const [again] = bot.take(26);
      check.bytes(
        "the key package sent again",
        again?.keyPackage,
        first?.keyPackage ?? new Uint8Array(),
        "O3",
      );
    },
  },
  {
    name: "member-removed",
    shows: "the bot commits a Remove with a path; the removed cannot read on, the others can",
    rules: ["P3", "M9", "E27", "E29"],
    async play({ call, check, bot, anna, ben }) {
      await call.establish(bot, [anna, ben]);
      const proposals = call.proposals([], [anna]);
      const commit = await call.askForCommit(bot, proposals);
      check.equal("the commit has a path", hasPath(commit.commit), true, "P3");
      await call.send(ben, proposals.op27);
      await call.announce([bot, ben], commit, proposals, 31);
      await call.execute([bot, ben], 31);
      const one = frame();
      const sealed = await call.seal(bot, one, "bot", "M2");
      await call.hears(ben, bot, sealed, one, "who stays", "E29");
      await call.deaf(anna, bot, sealed, "who was removed", "M9");
    },
  },
  {
    name: "one-signature-key",
    shows: "the signature key serves every key package of the client",
    rules: ["P4"],
    async play({ call, check, bot }) {
      await call.connect(bot, []);
      await call.send(bot, { op: 24, protocolVersion: 1, epoch: 1n });
      const [first, second] = bot.take(26).map(({ keyPackage }) => keyPackageCodec.decode(keyPackage));
      const none = new Uint8Array();
      check.bytes("signature key", second?.leafNode.signatureKey, first?.leafNode.signatureKey ?? none, "P4");
      check.holds("fresh init keys", String(first?.initKey) !== String(second?.initKey), "P4");
    },
  },
  {
    name: "known-users-stay",
    shows: "op 11 adds users, it never replaces them",
    rules: ["E11"],
    async play({ call, check, bot, anna, ben, carl }) {
      await call.establish(bot, [anna]);
      await call.send(bot, { op: 11, userIds: [ben.userId] });
      await call.connect(carl, []);
      await call.send(bot, { op: 11, userIds: [carl.userId] });
      await call.connect(ben, []);
      await call.askForCommit(bot, call.proposals([ben]));
      check.equal("state", bot.state, "encrypted", "E11");
    },
  },
  {
    name: "bad-frames",
    shows: "a hundred frames that do not decrypt are no reason to tear the group down at once",
    rules: ["E31", "M11"],
    async play({ call, bot, anna }) {
      await call.establish(bot, [anna]);
      const good = frame();
      const sealed = await call.seal(anna, good, "anna", "M2");
      for (let count = 0; count < 100; count++)
        await call.deaf(bot, anna, changedByte(sealed, count % 40), "a forged frame", "F8", "M11");
      call.sentNone(bot, [26, 31], "after a hundred forged frames at once", "E31");
      await call.hears(bot, anna, sealed, good, "the right one", "K5");
    },
  },
];
