// Suites over the MLS session (protocol page §3): session-welcome, session-commits, session-reject
import { snowflakeBytes } from "@puredave/dave/protocol";
import { createCryptoProvider, mlsMessageCodec } from "@puredave/mls";
import { exportSecret } from "@puredave/mls/internals";
import { compareBytes } from "../bytes.ts";
import { bytes, dataList, id, type Fields as KindFields, number, readFields } from "../peers/kinds.ts";
import type { Peer } from "../peers/peer.ts";
import type { Check } from "../runner/check.ts";
import type { CaseContext, Suite } from "../runner/suite.ts";
import { asBytes, asInt, asList, asText, type Fields } from "../vectors/case.ts";
import { VectorError } from "../vectors/fields.ts";
import { aboutCommits, aboutReject, aboutWelcome } from "./about/sessions.ts";

const NAME = "case";
const STATE = {
  epoch: number,
  own_leaf_index: number,
  leaves: dataList,
  tree_hash: bytes,
  confirmed_transcript_hash: bytes,
  group_context: bytes,
} satisfies KindFields;
const LEAF = { index: number, user_id: id, signature_key: bytes } satisfies KindFields;

interface Member {
  readonly index: number;
  readonly userId: string;
  readonly signatureKey: Uint8Array;
}

function membersOf(after: Fields): readonly Member[] {
  return after.list("members").map((row, at) => {
    const path = `${after.path}.members[${at}]`;
    const [index, userId, key] = asList(row, path);
    return { index: asInt(index, path), userId: asText(userId, path), signatureKey: asBytes(key, path) };
  });
}

const rosterOf = (members: readonly Member[]): Record<string, Uint8Array> =>
  Object.fromEntries(members.map(({ userId, signatureKey }) => [userId, signatureKey]));

async function importMember(peer: Peer, member: Fields): Promise<void> {
  await peer.call("session.import_member", {
    name: NAME,
    group_id: member.text("groupId"),
    self_user_id: member.text("userId"),
    external_sender: member.bytes("externalSender"),
    key_package: member.bytes("keyPackage"),
    init_private_key: member.bytes("initPrivateKey"),
    leaf_private_key: member.bytes("leafPrivateKey"),
    signature_private_key: member.bytes("signaturePrivateKey"),
  });
}

const welcome = (peer: Peer, message: Uint8Array, recognized: readonly string[]) =>
  peer.call("session.process_welcome", { name: NAME, bytes: message, recognized_user_ids: recognized });
const propose = (peer: Peer, message: Uint8Array, recognized: readonly string[]) =>
  peer.call("session.process_proposals", { name: NAME, bytes: message, recognized_user_ids: recognized });
const commit = (peer: Peer, message: Uint8Array) =>
  peer.call("session.process_commit", { name: NAME, bytes: message });

/** Everything that can be asked of a session's state; compared before and after what must change nothing. */
async function snapshot(peer: Peer): Promise<unknown> {
  const { current } = await peer.call("session.state", { name: NAME });
  const { epoch_authenticator } = await peer.call("session.get_last_epoch_authenticator", { name: NAME });
  return { current, epoch_authenticator };
}

async function checkState(peer: Peer, after: Fields, check: Check): Promise<void> {
  const { epoch_authenticator } = await peer.call("session.get_last_epoch_authenticator", { name: NAME });
  check.bytes(
    `${after.path}: epoch authenticator`,
    epoch_authenticator,
    after.bytes("epochAuthenticator"),
    "P3",
  );
  const { current } = await peer.call("session.state", { name: NAME });
  const state = readFields(STATE, current);
  check.equal(`${after.path}: epoch`, state.epoch, after.int("epoch"), "E29");
  check.equal(`${after.path}: own leaf index`, state.own_leaf_index, after.int("ownLeafIndex"), "E30");
  check.bytes(`${after.path}: tree hash`, state.tree_hash, after.bytes("treeHash"), "RFC 9420 §7.8");
  check.bytes(`${after.path}: group context`, state.group_context, after.bytes("groupContext"), "P1", "P3");
  const transcript = after.bytes("confirmedTranscriptHash");
  check.bytes(`${after.path}: transcript hash`, state.confirmed_transcript_hash, transcript, "RFC 9420 §8.2");
  const leaves = state.leaves.map((leaf) => readFields(LEAF, leaf));
  const expected = membersOf(after).map((m) => ({
    index: m.index,
    user_id: m.userId,
    signature_key: m.signatureKey,
  }));
  check.same(`${after.path}: leaves`, leaves, expected, "P2");
}

/** K1 from the recorded exporter secret: what ties the base secrets to the epoch. */
function exportedBase(exporterSecret: Uint8Array, userId: string): Uint8Array {
  const context = snowflakeBytes(userId).reverse();
  return exportSecret(createCryptoProvider(), exporterSecret, "Discord Secure Frames v0", context, 16);
}

async function checkSenders(peer: Peer, after: Fields, check: Check): Promise<void> {
  const senders = after.map("senders");
  for (const user_id of Object.keys(senders.tree)) {
    const sender = senders.map(user_id);
    const ratchet = await peer.call("session.get_key_ratchet", { name: NAME, user_id, generations: [0, 1] });
    check.bytes(`${sender.path}: base secret`, ratchet.base_secret, sender.bytes("baseSecret"), "K1");
    const exported = exportedBase(after.bytes("exporterSecret"), user_id);
    check.bytes(`${sender.path}: base secret of the exporter`, ratchet.base_secret, exported, "K1");
    if (!ratchet.keys) continue;
    check.bytes(`${sender.path}: key 0`, ratchet.keys["0"], sender.bytes("key0"), "K2");
    check.bytes(`${sender.path}: key 1`, ratchet.keys["1"], sender.bytes("key1"), "K2");
  }
}

async function join({ subject: { peer }, check }: CaseContext, member: Fields): Promise<void> {
  await importMember(peer, member);
  const { roster } = await welcome(peer, member.bytes("welcome"), member.texts("recognized"));
  check.holds("the welcome is accepted", roster !== null, "E30");
  if (!member.has("after")) return;
  check.same("roster of the welcome", roster, rosterOf(membersOf(member.map("after"))), "E30");
  const after = member.map("after");
  const own = membersOf(after).find(({ index }) => index === after.int("ownLeafIndex"));
  check.equal("user at the own leaf", own?.userId, member.text("userId"), "P2");
  await checkState(peer, after, check);
  await checkSenders(peer, after, check);
}

export const sessionWelcome: Suite = {
  name: "session-welcome",
  title: "Joining by a Welcome",
  rules: ["P1", "P2", "P3", "E29", "E30", "K1", "K2", "RFC 9420 §7.8", "RFC 9420 §8.2"],
  about: aboutWelcome,
  run: (context) => join(context, context.vector),
};

/** Who changed from one roster to the next: the new key, or no bytes for one who left. */
function changesOf(before: readonly Member[], after: readonly Member[]): Record<string, Uint8Array> {
  const [was, is] = [rosterOf(before), rosterOf(after)];
  const changed = (user: string) =>
    compareBytes(was[user] ?? new Uint8Array(), is[user] ?? new Uint8Array()) !== 0;
  const users = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter(changed);
  return Object.fromEntries(users.map((user) => [user, is[user] ?? new Uint8Array()]));
}

async function commitEpoch(
  context: CaseContext,
  epoch: Fields,
  before: readonly Member[],
): Promise<readonly Member[]> {
  const { peer } = context.subject;
  const { check } = context;
  const proposed = await propose(peer, epoch.bytes("proposals"), epoch.texts("recognized"));
  check.holds(`${epoch.path}: a commit is made`, proposed.commit !== null, "E27");
  const { result, roster } = await commit(peer, epoch.bytes("commit"));
  check.equal(`${epoch.path}: the winning commit`, result, "roster", "E29");
  const after = epoch.map("after");
  const members = membersOf(after);
  // One removed and added again with the same key may be named or not.
  const named = Object.entries(roster ?? {});
  const was = rosterOf(before);
  const news = named.filter(([user, key]) => compareBytes(key, was[user] ?? new Uint8Array()) !== 0);
  check.same(`${epoch.path}: changed members`, Object.fromEntries(news), changesOf(before, members), "E29");
  await checkState(peer, after, check);
  await checkSenders(peer, after, check);
  return members;
}

export const sessionCommits: Suite = {
  name: "session-commits",
  title: "A member through epochs of adds and removes",
  rules: ["P1", "P2", "P3", "E27", "E29", "E30", "K1", "K2", "RFC 9420 §7.8", "RFC 9420 §8.2"],
  about: aboutCommits,
  async run(context) {
    await join(context, context.vector);
    let members = membersOf(context.vector.map("after"));
    for (const epoch of context.vector.maps("epochs")) members = await commitEpoch(context, epoch, members);
  },
};

/** How many proposals a commit refers to. */
function referencesOf(message: Uint8Array): number {
  const decoded = mlsMessageCodec.decode(message);
  if (decoded.wireFormat !== "mls_public_message") return Number.NaN;
  const { content } = decoded.publicMessage;
  if (content.contentType !== "commit") return Number.NaN;
  return content.commit.proposals.length;
}

/** Whether the vector's outcome is `accepted`; otherwise it must be the refusal that fits the message. */
function accepted(vector: Fields, refusal: string): boolean {
  const outcome = vector.text("outcome");
  if (outcome !== "accepted" && outcome !== refusal)
    throw new VectorError(`malformed vector: ${vector.path}.outcome: "${outcome}" instead of "${refusal}"`);
  return outcome === "accepted";
}

/** Proposals that the file itself says a member of `base` accepts, if it has any. */
function goodProposals(cases: readonly Fields[]): Fields | undefined {
  return cases.find((other) => other.tree.message === "commit" && other.tree.outcome === "accepted");
}

/** Nothing of the refused message may be queued: a good one that follows is committed alone. */
async function checkQueue({ subject: { peer }, check }: CaseContext, good: Fields): Promise<void> {
  const answer = await propose(peer, good.bytes("proposals"), good.texts("recognized"));
  if (!answer.commit) return check.fail("a good proposal is taken afterwards", "a commit", null, ["E27"]);
  check.equal("proposals in the commit that follows", referencesOf(answer.commit), 1, "E27");
}

async function judgeProposals(context: CaseContext, base: Fields): Promise<void> {
  const { subject, check, vector } = context;
  await join(context, base);
  const before = await snapshot(subject.peer);
  const answer = await propose(subject.peer, vector.bytes("bytes"), vector.texts("recognized"));
  const { rules } = context.about;
  if (accepted(vector, "rejected")) return check.holds("a commit is made", answer.commit !== null, ...rules);
  check.absent("no commit is made", answer.commit, ...rules);
  check.absent("no welcome is made", answer.welcome, ...rules);
  check.same("state", await snapshot(subject.peer), before, ...rules);
  const good = goodProposals(context.cases);
  if (good) await checkQueue(context, good);
}

async function judgeCommit(context: CaseContext, base: Fields): Promise<void> {
  const { subject, check, vector } = context;
  await join(context, base);
  const proposed = await propose(subject.peer, vector.bytes("proposals"), vector.texts("recognized"));
  check.holds("the proposals are accepted", proposed.commit !== null, "E27");
  const before = await snapshot(subject.peer);
  const { result } = await commit(subject.peer, vector.bytes("bytes"));
  if (accepted(vector, "invalid")) {
    check.equal("the commit", result, "roster", "E29");
    return checkState(subject.peer, vector.map("after"), check);
  }
  const { rules } = context.about;
  check.equal("the commit", result, "failed", ...rules);
  check.same("state", await snapshot(subject.peer), before, ...rules);
}

async function judgeWelcome({
  subject: { peer },
  check,
  vector,
  about: { rules },
}: CaseContext): Promise<void> {
  await importMember(peer, vector.map("member"));
  const before = await snapshot(peer);
  const { roster } = await welcome(peer, vector.bytes("bytes"), vector.texts("recognized"));
  if (accepted(vector, "invalid")) return checkState(peer, vector.map("after"), check);
  check.absent("the welcome is refused", roster, ...rules);
  check.same("state", await snapshot(peer), before, ...rules);
}

export const sessionReject: Suite = {
  name: "session-reject",
  title: "What a session must refuse",
  rules: ["P1", "P2", "P3", "E27", "E29", "E30", "K1", "K2", "RFC 9420 §7.8", "RFC 9420 §8.2"],
  about: aboutReject,
  async run(context) {
    const { vector, head } = context;
    switch (vector.text("message")) {
      case "proposals":
        return judgeProposals(context, head.map("base"));
      case "commit":
        return judgeCommit(context, head.map("base"));
      case "welcome":
        return judgeWelcome(context);
      default:
        throw new VectorError(`malformed vector: ${vector.path}.message: unknown`);
    }
  },
};
