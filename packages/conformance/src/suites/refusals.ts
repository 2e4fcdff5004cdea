// Live refusals: what a member of a running group must not take (protocol page E27, E29, E30)
import { snowflakeBytes } from "@puredave/dave/protocol";
import {
  type Commit,
  createCryptoProvider,
  generateSignatureKeyPair,
  keyPackageCodec,
  mlsMessageCodec,
  type Proposal,
  signExternalProposal,
} from "@puredave/mls";
import { LiveGroup, type Seat, sessionName } from "../peers/live.ts";
import { appendBody, revokeBody } from "../peers/self/gateway.ts";
import { selfPeer } from "../peers/self/index.ts";
import type { CaseContext, Suite } from "../runner/suite.ts";
import { VectorError } from "../vectors/fields.ts";
import type { VectorFile } from "../vectors/file.ts";
import { aboutRefusal } from "./about/sessions.ts";

const GROUP_ID = "1414141414141414141";
const user = (number: number): string => String(1_700_000_000_000_000_000n + BigInt(number));
const crypto = createCryptoProvider();

interface Overrides {
  readonly groupId?: string;
  readonly epoch?: number;
  readonly senderIndex?: number;
}

/** A group of three in which the peer under test is one member; the scene holds the external sender's key. */
class Scene {
  readonly run: CaseContext;
  readonly group: LiveGroup;
  readonly founder: Seat;
  readonly tested: Seat;
  readonly third: Seat;
  readonly #externalKey = generateSignatureKeyPair(crypto).privateKey;
  #next = 10;

  constructor(run: CaseContext) {
    this.run = run;
    const self = selfPeer("runner");
    this.founder = { userId: user(1), peer: self };
    this.tested = { userId: user(2), peer: run.subject.peer };
    this.third = { userId: user(3), peer: self };
    this.group = new LiveGroup(self, GROUP_ID, run.check, this.#externalKey);
  }

  async start(): Promise<void> {
    const { group, founder } = this;
    await group.open(founder);
    await group.advance({ adds: [this.tested, this.third], removes: [], committer: founder.userId });
  }

  sign(
    proposal: Proposal,
    { groupId = GROUP_ID, epoch = this.group.epoch, senderIndex = 0 }: Overrides = {},
  ): Uint8Array {
    const place = { groupId: snowflakeBytes(groupId), epoch: BigInt(epoch), senderIndex };
    return signExternalProposal(crypto, { ...place, signaturePrivateKey: this.#externalKey, proposal })
      .message;
  }

  /** An Add of somebody new, or of `userId` once more. */
  async add(userId = user(this.#next++)): Promise<{ readonly proposal: Proposal; readonly userId: string }> {
    const { keyPackage } = await this.group.prepare({ userId, peer: selfPeer("runner") });
    return { proposal: { proposalType: "add", keyPackage: keyPackageCodec.decode(keyPackage) }, userId };
  }

  get members(): string[] {
    return this.group.members.map(({ userId }) => userId);
  }

  async authenticator(): Promise<Uint8Array> {
    const { userId, peer } = this.tested;
    const request = { name: sessionName(userId) };
    return (await peer.call("session.get_last_epoch_authenticator", request)).epoch_authenticator;
  }

  propose(seat: Seat, bytes: Uint8Array, recognized: readonly string[]) {
    const request = { bytes, recognized_user_ids: recognized };
    return seat.peer.call("session.process_proposals", { name: sessionName(seat.userId), ...request });
  }

  async commit(bytes: Uint8Array): Promise<string> {
    const request = { name: sessionName(this.tested.userId), bytes };
    return (await this.tested.peer.call("session.process_commit", request)).result;
  }
}

function commitOf(message: Uint8Array): Commit | undefined {
  const decoded = mlsMessageCodec.decode(message);
  if (decoded.wireFormat !== "mls_public_message") return undefined;
  const { content } = decoded.publicMessage;
  return content.contentType === "commit" ? content.commit : undefined;
}

interface Refused {
  readonly body: Uint8Array;
  /** Users named beside the members; default none. */
  readonly recognized?: readonly string[];
  /** The proposals are valid in themselves and wait (E27): a good one that follows is not committed alone. */
  readonly waits?: boolean;
}

/** Proposals that lead to no commit, and leave no trace: a good one that follows is committed alone. */
const proposals = (make: (scene: Scene) => Promise<Refused>) => async (scene: Scene) => {
  const {
    check,
    about: { rules },
  } = scene.run;
  const before = await scene.authenticator();
  const { body, recognized = [], waits } = await make(scene);
  const answer = await scene.propose(scene.tested, body, [...scene.members, ...recognized]);
  check.absent("no commit is made", answer.commit, ...rules);
  check.bytes("epoch authenticator afterwards", await scene.authenticator(), before, ...rules);
  if (waits) return;
  const { proposal, userId } = await scene.add();
  const good = await scene.propose(scene.tested, appendBody([scene.sign(proposal)]), [
    ...scene.members,
    userId,
  ]);
  if (!good.commit) return check.fail("a good proposal is committed afterwards", "a commit", null, rules);
  check.equal("proposals in that commit", commitOf(good.commit)?.proposals.length, 1, ...rules);
};

/** A changed commit is refused and leaves no trace: the right one is adopted afterwards. */
const commits = (change: (commit: Uint8Array) => Uint8Array) => async (scene: Scene) => {
  const {
    check,
    about: { rules },
  } = scene.run;
  const { proposal, userId } = await scene.add();
  const [body, recognized] = [appendBody([scene.sign(proposal)]), [...scene.members, userId]];
  const { commit } = await scene.propose(scene.founder, body, recognized);
  const offered = await scene.propose(scene.tested, body, recognized);
  check.holds("the proposals are taken", offered.commit !== null, "E27");
  if (!commit) return check.fail("the founder's commit", "a commit", null, rules);
  const before = await scene.authenticator();
  check.equal("the changed commit", await scene.commit(change(commit)), "failed", ...rules);
  check.bytes("epoch authenticator afterwards", await scene.authenticator(), before, ...rules);
  check.equal("the right commit afterwards", await scene.commit(commit), "roster", ...rules);
};

const changedEnd = (bytes: Uint8Array, back: number): Uint8Array =>
  bytes.map((byte, at) => (at === bytes.length - back ? byte ^ 1 : byte));

/** The commit with another confirmation tag or signature; its membership tag is then stale. */
function changedAuth(commit: Uint8Array, field: "confirmationTag" | "signature"): Uint8Array {
  const message = mlsMessageCodec.decode(commit);
  if (message.wireFormat !== "mls_public_message") throw new VectorError("not a PublicMessage");
  const { auth } = message.publicMessage;
  const changed = { ...auth, [field]: changedEnd(auth[field] ?? new Uint8Array(1), 1) };
  return mlsMessageCodec.encode({ ...message, publicMessage: { ...message.publicMessage, auth: changed } });
}

const single = (make: (scene: Scene) => Promise<Uint8Array>) =>
  proposals(async (scene) => ({ body: appendBody([await make(scene)]) }));
const remove = (removed: number): Proposal => ({ proposalType: "remove", removed });
const psk: Proposal = {
  proposalType: "psk",
  psk: { pskType: "external", pskId: Uint8Array.of(1), pskNonce: new Uint8Array(32) },
};

/** Named by what must be refused. */
const CASES: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  "a proposal of an epoch to come": single(async (scene) => scene.sign(remove(2), { epoch: 5 })),
  "a proposal of an epoch that is over": single(async (scene) => scene.sign(remove(2), { epoch: 0 })),
  "a proposal of another group": single(async (scene) => scene.sign(remove(2), { groupId: "77" })),
  "a proposal from external sender 1": single(async (scene) => scene.sign(remove(2), { senderIndex: 1 })),
  "a proposal with a broken signature": single(async (scene) => changedEnd(scene.sign(remove(2)), 3)),
  "a pre-shared key from the external sender": single(async (scene) => scene.sign(psk)),
  "group context extensions from the external sender": single(async (scene) =>
    scene.sign({ proposalType: "group_context_extensions", extensions: [] }),
  ),
  "a Remove of a blank leaf inside the tree": single(async (scene) => scene.sign(remove(3))),
  "a Remove of a leaf outside the tree": single(async (scene) => scene.sign(remove(40))),
  "an Add of a user that nobody named": single(async (scene) => scene.sign((await scene.add()).proposal)),
  "an Add of a user who is a member": proposals(async (scene) => ({
    body: appendBody([scene.sign((await scene.add(scene.third.userId)).proposal)]),
    waits: true,
  })),
  "a batch with one bad proposal": proposals(async (scene) => {
    const { proposal, userId } = await scene.add();
    const messages = [scene.sign(proposal), scene.sign(remove(2), { epoch: 9 })];
    return { body: appendBody(messages), recognized: [userId] };
  }),
  "a proposal followed by other bytes": proposals(async (scene) => ({
    body: Uint8Array.of(...appendBody([scene.sign(remove(2))]), 0),
  })),
  "a revoke of what was never proposed": proposals(async () => ({
    body: revokeBody([new Uint8Array(32).fill(9)]),
  })),
  "an operation that is neither append nor revoke": proposals(async (scene) => ({
    body: Uint8Array.of(2, ...appendBody([scene.sign(remove(2))]).subarray(1)),
  })),
  "a commit with a broken membership tag": commits((commit) => changedEnd(commit, 1)),
  "a commit with another confirmation tag": commits((commit) => changedAuth(commit, "confirmationTag")),
  "a commit with another signature": commits((commit) => changedAuth(commit, "signature")),
  "a commit followed by other bytes": commits((commit) => Uint8Array.of(...commit, 0)),
  "a commit cut short": commits((commit) => commit.subarray(0, commit.length - 5)),
};

export function refusalsFile(): VectorFile {
  const cases = Object.keys(CASES).map((kind) => ({ kind }));
  return { suite: "live-reject", collection: "live", path: "(made as it runs)", cases, head: {} };
}

export const refusals: Suite = {
  name: "live-reject",
  title: "What a member of a live group must refuse",
  rules: ["P3", "E25", "E27", "E29", "E30", "V1", "V4"],
  about: aboutRefusal,
  async run(context) {
    const play = CASES[context.vector.text("kind")];
    if (!play) throw new VectorError(`malformed vector: ${context.vector.path}.kind: no such case`);
    const scene = new Scene(context);
    await scene.start();
    await play(scene);
  },
};
