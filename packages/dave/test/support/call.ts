// A voice gateway by hand: every message is sent by the test, so that each rule can be played out of turn.

import { mlsMessageCodec } from "@puredave/mls";
import {
  type ClientMessage,
  DaveClient,
  type DaveClientOptions,
  type DaveEvent,
  type DaveEvents,
  type DecryptOutcome,
  type ServerMessage,
} from "../../src/index.ts";
import { encodeServerMessage } from "../../src/protocol.ts";
import {
  appendProposals,
  ProposalSigner,
  revokeProposals,
  type SignedProposal,
  VirtualClock,
} from "../../src/testing.ts";
import { clientMessage } from "./decoded.ts";
import { type ReplayedEvents, replayEvents } from "./replayed-events.ts";

const EVENT_TYPES = [
  ...(["state", "transition", "version", "plaintext", "recovery", "epoch", "roster", "group"] as const),
  ...([
    "privacyCode",
    "messagesMissing",
    "verificationKey",
    "undecryptable",
    "deferredUsers",
    "copiedKey",
    "commitWaiting",
  ] as const),
  ...(["invalid", "ignored"] as const),
] satisfies (keyof DaveEvents)[];

/** The outcome of a received frame in one word: of a failure the reason. */
export const whatBecame = (heard: DecryptOutcome): string =>
  heard.outcome === "failed" ? heard.reason : heard.outcome;

/** Something that behaves as a client does may stand in for one. */
export type MakeClient = (options: DaveClientOptions) => DaveClient;

/** One client with everything it sent and told. */
export class Member {
  readonly client: DaveClient;
  readonly sent: ClientMessage[] = [];
  readonly events: DaveEvent[] = [];
  readonly userId: string;
  /** Compared with the getters after every message. */
  readonly #replayed: ReplayedEvents | undefined;
  #seq = 0;

  constructor(
    call: Call,
    userId: string,
    options: Partial<DaveClientOptions> = {},
    make: MakeClient = (all) => new DaveClient(all),
  ) {
    this.userId = userId;
    this.client = make({
      userId,
      channelId: call.channelId,
      clock: call.clock,
      send: (message) => this.sent.push(clientMessage(message)),
      ...options,
    });
    this.#replayed = this.client instanceof DaveClient ? replayEvents(this.client) : undefined;
    for (const type of EVENT_TYPES)
      this.client.on(type, (event) => this.events.push({ type, ...event } as DaveEvent));
  }

  receive(message: ServerMessage): void {
    this.client.receive(encodeServerMessage({ seq: ++this.#seq & 0xffff, ...message }));
    this.checkEvents();
  }

  /** A message that the gateway has sent and that never arrives. */
  lose(): void {
    this.#seq++;
  }

  /** Events and getters agree. */
  checkEvents(): void {
    this.#replayed?.check();
  }

  /** Messages of one opcode, in order. */
  sentOf<O extends ClientMessage["op"]>(op: O): Extract<ClientMessage, { op: O }>[] {
    return this.sent.filter((message) => message.op === op) as never;
  }

  lastOf<O extends ClientMessage["op"]>(op: O): Extract<ClientMessage, { op: O }> {
    const message = this.sentOf(op).at(-1);
    if (message === undefined) throw new Error(`${this.userId} sent no op ${op}`);
    return message;
  }

  eventsOf<K extends DaveEvent["type"]>(type: K): Extract<DaveEvent, { type: K }>[] {
    return this.events.filter((event) => event.type === type) as never;
  }

  encrypt(frame: Uint8Array = FRAME) {
    return this.client.encrypt({ mediaType: "audio", ssrc: 1, frame });
  }

  /** Encrypts, or fails the test. */
  speak(frame: Uint8Array = FRAME): Uint8Array {
    const sent = this.encrypt(frame);
    if (sent.outcome !== "encrypted") throw new Error(`${this.userId} could not speak: ${sent.outcome}`);
    return sent.frame;
  }

  /** What becomes of a frame of another. */
  hear(from: Member, frame: Uint8Array): string {
    return whatBecame(this.client.decrypt({ userId: from.userId, mediaType: "audio", frame }));
  }
}

export const FRAME = Uint8Array.from({ length: 40 }, (_, i) => i * 7);

/** A call whose every message is sent by the test; the gateway's key is that of `@puredave/dave/testing`. */
export class Call {
  readonly channelId = "927310423890473011";
  readonly clock = new VirtualClock();
  readonly signer = new ProposalSigner({ channelId: this.channelId });
  readonly members: Member[] = [];
  epoch = 0n;

  join(userId: string, options: Partial<DaveClientOptions> = {}, make?: MakeClient): Member {
    const member = new Member(this, userId, options, make);
    member.receive({ op: 11, userIds: [...this.members.map((other) => other.userId), userId] });
    for (const other of this.members) other.receive({ op: 11, userIds: [userId] });
    member.receive({ op: 4, protocolVersion: 1 });
    member.receive({ op: 25, externalSender: this.signer.externalSender });
    this.members.push(member);
    return member;
  }

  addProposal(member: Member, epoch = this.epoch): SignedProposal {
    return this.signer.add(member.lastOf(26).keyPackage, epoch);
  }

  removeProposal(leafIndex: number, epoch = this.epoch): SignedProposal {
    return this.signer.remove(leafIndex, epoch);
  }

  readonly append = appendProposals;

  revoke(...refs: Uint8Array[]): ServerMessage {
    return revokeProposals(...refs.map((ref) => ({ ref })));
  }

  announce(id: number, commit: Uint8Array): ServerMessage {
    return { op: 29, transitionId: id, commit };
  }

  welcomeFor(id: number, welcome: Uint8Array, member: Member): ServerMessage {
    return this.signer.welcome(id, welcome, member.lastOf(26).keyPackage);
  }

  /** Members of the epoch, in the order in which they joined it. */
  readonly inGroup: Member[] = [];

  /** Adds `newcomers` by a commit of `author` under a transition id; 22 is left to the test. */
  addAll(author: Member, newcomers: Member[], id: number): void {
    const append = this.append(...newcomers.map((newcomer) => this.addProposal(newcomer)));
    const members = this.inGroup.length > 0 ? this.inGroup : [author];
    for (const member of members) member.receive(append);
    this.#win(author, members, newcomers, id);
    for (const newcomer of newcomers) if (!this.inGroup.includes(newcomer)) this.inGroup.push(newcomer);
  }

  removeOne(author: Member, gone: Member, leafIndex: number, id: number, tellGone = false): void {
    const append = this.append(this.removeProposal(leafIndex));
    const stay = this.inGroup.filter((member) => member !== gone);
    for (const member of stay) member.receive(append);
    if (tellGone) gone.receive(append);
    this.#win(author, tellGone ? this.inGroup.slice() : stay, [], id);
    this.inGroup.splice(0, this.inGroup.length, ...stay);
  }

  #win(author: Member, members: Member[], newcomers: Member[], id: number): void {
    const { commit, welcome } = author.lastOf(28);
    for (const member of members) member.receive(this.announce(id, commit));
    for (const newcomer of newcomers) newcomer.receive(this.welcomeFor(id, welcome!, newcomer));
    if (!this.inGroup.includes(author)) this.inGroup.push(author);
    this.epoch = BigInt(this.inGroup[0]!.client.epoch!);
  }

  execute(id: number, members: Member[] = this.inGroup): void {
    for (const member of members) member.receive({ op: 22, transitionId: id });
  }

  /** A call of `count` members in its first epoch, executed under id 0. */
  static of(count: number, options: Partial<DaveClientOptions> = {}): { call: Call; members: Member[] } {
    const call = new Call();
    const members = Array.from({ length: count }, (_, i) => call.join(String(100 + i), options));
    call.addAll(members[0]!, members.slice(1), 0);
    return { call, members };
  }
}

/** A call of two, by name. */
export function pair(): { call: Call; a: Member; b: Member } {
  const { call, members } = Call.of(2);
  const [a, b] = members as [Member, Member];
  return { call, a, b };
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** The bytes of a commit with its confirmation tag's last bit turned: processing must fail. */
export function broken(commit: Uint8Array): Uint8Array {
  mlsMessageCodec.decode(commit);
  const copy = commit.slice();
  copy[copy.length - 1]! ^= 1;
  return copy;
}
