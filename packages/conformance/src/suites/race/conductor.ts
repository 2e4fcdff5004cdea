// The voice gateway's side of a scripted scene: the peer under test and this project's clients in one call, each
// message sent by hand, so that a scene can be as early, late, double or wrong as it likes
import type { ClientMessage, ServerMessage } from "@puredave/dave";
import { decodeClientMessage, encodeServerMessage } from "@puredave/dave/protocol";
import { appendProposals, ProposalSigner } from "@puredave/dave/testing";
import type { SentMessage } from "../../peers/kinds.ts";
import type { Peer } from "../../peers/peer.ts";
import type { Answer } from "../../peers/protocol.ts";
import type { Check } from "../../runner/check.ts";
import { Mismatch } from "../../runner/verdict.ts";
import { toHex } from "../../vectors/fields.ts";

export const CHANNEL = "1500000000000000001";
const SSRC = 3;

function decodeSent(sent: SentMessage): ClientMessage {
  const data = "text" in sent ? sent.text : sent.binary;
  const read = decodeClientMessage(data);
  if (read.outcome === "message") return read.message;
  const got = typeof data === "string" ? data : toHex(data);
  throw new Mismatch({ what: "what the client sends to the gateway can be read", got, rules: ["O1"] });
}

/** One user of the call and how its client is reached. */
export class Seat {
  readonly userId: string;
  readonly peer: Peer;
  /** What its client has sent and no scene has looked at yet. */
  inbox: ClientMessage[] = [];
  state = "negotiating";
  ready = false;
  keyPackage: Uint8Array | undefined;
  #seq = 0;

  constructor(userId: string, peer: Peer) {
    this.userId = userId;
    this.peer = peer;
  }

  get name(): string {
    return `race ${this.userId}`;
  }

  nextSeq(): number {
    this.#seq = (this.#seq + 1) & 0xffff;
    return this.#seq;
  }

  note({ sent, state, ready }: Pick<Answer<"client.receive">, "sent" | "state" | "ready">): void {
    this.state = state;
    this.ready = ready;
    for (const entry of sent) {
      const message = decodeSent(entry);
      if (message.op === 26) this.keyPackage = message.keyPackage;
      this.inbox.push(message);
    }
  }

  /** Takes what was sent with this opcode; the rest stays. */
  take<Op extends ClientMessage["op"]>(op: Op): Extract<ClientMessage, { op: Op }>[] {
    const found = this.inbox.filter((message) => message.op === op);
    this.inbox = this.inbox.filter((message) => message.op !== op);
    return found as Extract<ClientMessage, { op: Op }>[];
  }
}

type Body = ServerMessage extends infer M ? (M extends ServerMessage ? Omit<M, "seq"> : never) : never;

/** A call of clients under a hand-played gateway. */
export class Conductor {
  readonly check: Check;
  readonly #signer = new ProposalSigner({ channelId: CHANNEL });
  epoch = 0;
  /** Seats by leaf. */
  leaves: (Seat | undefined)[] = [];

  constructor(check: Check) {
    this.check = check;
  }

  // ── one message to one client ──

  async send(seat: Seat, body: Body): Promise<void> {
    await this.sendAs(seat, { ...body, seq: seat.nextSeq() } as ServerMessage);
  }

  /** With a sequence number of the scene's own, or none. */
  async sendAs(seat: Seat, message: ServerMessage): Promise<void> {
    const data = encodeServerMessage(message);
    const field = typeof data === "string" ? { text: data } : { binary: data };
    seat.note(await seat.peer.call("client.receive", { name: seat.name, ...field }));
  }

  async connection(seat: Seat, state: "lost" | "identify"): Promise<void> {
    seat.note(await seat.peer.call("client.connection", { name: seat.name, state }));
  }

  async wait(seats: readonly Seat[], ms: number): Promise<void> {
    for (const seat of seats)
      seat.note(await seat.peer.call("client.advance_clock", { name: seat.name, ms }));
  }

  // ── the ordinary course of a call ──

  /** G1: a client that has identified; `others` are in the call already. */
  async connect(seat: Seat, others: readonly Seat[], version = 1): Promise<void> {
    const ids = { user_id: seat.userId, channel_id: CHANNEL };
    seat.note(await seat.peer.call("client.create", { name: seat.name, ...ids, clock_ms: 1000 }));
    await seat.peer.call("client.assign_ssrc_codec", { name: seat.name, ssrc: SSRC, codec: "opus" });
    if (others.length > 0) await this.send(seat, { op: 11, userIds: others.map(({ userId }) => userId) });
    for (const other of others) await this.send(other, { op: 11, userIds: [seat.userId] });
    await this.send(seat, { op: 4, protocolVersion: version });
    await this.send(seat, { op: 25, externalSender: this.#signer.externalSender });
  }

  /** Op 27 with an Add of each seat and a Remove of each leaver. */
  proposals(adds: readonly Seat[], removes: readonly Seat[] = [], epoch = this.epoch): Proposals {
    const removed = removes.map((seat) => this.#signer.remove(this.leaves.indexOf(seat), BigInt(epoch)));
    const added = adds.map(({ userId, keyPackage }) => {
      if (!keyPackage) return this.check.fail(`${userId} sent a key package`, "op 26", null, ["E4"]);
      return this.#signer.add(keyPackage, BigInt(epoch));
    });
    const all = [...removed, ...added];
    const messages = all.map(({ message }) => message);
    return { op27: appendProposals(...all), messages, refs: all.map(({ ref }) => ref), adds, removes };
  }

  /** The commit that a client answers proposals with. */
  async askForCommit(seat: Seat, { op27 }: Proposals): Promise<Commit> {
    seat.take(28);
    await this.send(seat, op27);
    const [made] = seat.take(28);
    if (!made)
      return this.check.fail(`${seat.userId} answers op 27 with op 28`, "op 28", null, ["E27", "E11"]);
    this.check.note(["E27"]);
    return { commit: made.commit, welcome: made.welcome };
  }

  /** Moves the table of leaves to the next epoch: removes first, then adds into the leftmost blanks. */
  advance({ adds, removes }: Proposals): void {
    for (const seat of removes) this.leaves[this.leaves.indexOf(seat)] = undefined;
    for (const seat of adds) {
      const blank = this.leaves.indexOf(undefined);
      this.leaves[blank < 0 ? this.leaves.length : blank] = seat;
    }
    this.epoch++;
  }

  /** G7: op 30 with the Welcome cut down to one seat. */
  welcomeFor(seat: Seat, welcome: Uint8Array | undefined, transitionId: number) {
    if (!welcome || !seat.keyPackage)
      return this.check.fail("a Welcome for the added", "a Welcome", null, ["E27"]);
    return this.#signer.welcome(transitionId, welcome, seat.keyPackage);
  }

  /** 29 to those who stay, 30 to those added. */
  async announce(members: readonly Seat[], { commit, welcome }: Commit, proposals: Proposals, id: number) {
    for (const seat of members) await this.send(seat, { op: 29, transitionId: id, commit });
    for (const seat of proposals.adds) await this.send(seat, this.welcomeFor(seat, welcome, id));
  }

  async execute(seats: readonly Seat[], transitionId: number): Promise<void> {
    for (const seat of seats) await this.send(seat, { op: 22, transitionId });
  }

  /** The first group of a call: `founder` commits, id 0, everything at once. */
  async establish(founder: Seat, others: readonly Seat[]): Promise<void> {
    await this.connect(founder, []);
    const present = [founder];
    for (const seat of others) {
      await this.connect(seat, present);
      present.push(seat);
    }
    this.leaves = [founder];
    const proposals = this.proposals(others);
    const commit = await this.askForCommit(founder, proposals);
    await this.announce([founder], commit, proposals, 0);
    this.advance(proposals);
    // How the group came to be is looked at elsewhere.
    for (const seat of present) seat.inbox = seat.inbox.filter(({ op }) => op !== 26 && op !== 28);
  }

  // ── media ──

  async encrypt(seat: Seat, frame: Uint8Array): Promise<{ outcome: string; out: Uint8Array | null }> {
    const request = { name: seat.name, media_type: "audio", ssrc: SSRC, frame };
    const answer = await seat.peer.call("client.encrypt", request);
    seat.note(answer);
    return answer;
  }

  /** A frame that must leave encrypted. */
  async seal(seat: Seat, frame: Uint8Array, what: string, ...rules: string[]): Promise<Uint8Array> {
    const { outcome, out } = await this.encrypt(seat, frame);
    this.check.equal(`${what}: encrypt`, outcome, "encrypted", ...rules);
    return out ?? new Uint8Array();
  }

  async decrypt(
    seat: Seat,
    from: Seat,
    frame: Uint8Array,
  ): Promise<{ outcome: string; out: Uint8Array | null }> {
    const request = { name: seat.name, user_id: from.userId, media_type: "audio", frame };
    const answer = await seat.peer.call("client.decrypt", request);
    seat.note(answer);
    return answer;
  }

  /** A sealed frame that must come out as it went in. */
  async hears(
    seat: Seat,
    from: Seat,
    sealed: Uint8Array,
    plain: Uint8Array,
    what: string,
    ...rules: string[]
  ) {
    const { outcome, out } = await this.decrypt(seat, from, sealed);
    this.check.equal(`${what}: decrypt`, outcome, "ok", ...rules);
    this.check.bytes(`${what}: frame`, out, plain, ...rules);
  }

  /** A frame that must not come out. */
  async deaf(seat: Seat, from: Seat, frame: Uint8Array, what: string, ...rules: string[]): Promise<void> {
    const { out } = await this.decrypt(seat, from, frame);
    this.check.absent(what, out, ...rules);
  }

  // ── what was sent ──

  sentReady(seat: Seat, ids: readonly number[], what: string, ...rules: string[]): void {
    const sent = seat.take(23).map(({ transitionId }) => transitionId);
    this.check.same(`${what}: op 23`, sent, ids, ...rules);
  }

  sentNone(seat: Seat, ops: readonly (23 | 26 | 28 | 31)[], what: string, ...rules: string[]): void {
    const sent = seat.inbox.filter(({ op }) => ops.includes(op as 23)).map(({ op }) => op);
    this.check.same(`${what}: sent of ${ops.join(", ")}`, sent, [], ...rules);
  }
}

export interface Proposals {
  /** What brings them. */
  readonly op27: ServerMessage;
  readonly messages: readonly Uint8Array[];
  readonly refs: readonly Uint8Array[];
  readonly adds: readonly Seat[];
  readonly removes: readonly Seat[];
}

export interface Commit {
  readonly commit: Uint8Array;
  readonly welcome: Uint8Array | undefined;
}
