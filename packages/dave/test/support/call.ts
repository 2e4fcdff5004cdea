// A voice gateway by hand: every message is sent by the test, so that each rule can be played out of turn.

import {
  createCryptoProvider,
  externalSenderCodec,
  generateSignatureKeyPair,
  keyPackageCodec,
  keyPackageRef,
  mlsMessageCodec,
  type Proposal,
  signExternalProposal,
  welcomeCodec,
} from "@puredave/mls";
import {
  type ClientMessage,
  type Clock,
  DaveClient,
  type DaveClientOptions,
  type DaveEvent,
  type DaveEvents,
  type DecryptOutcome,
  type ServerMessage,
} from "../../src/index.ts";
import { encodeServerMessage, snowflakeBytes } from "../../src/protocol.ts";
import { clientMessage } from "./decoded.ts";
import { type ReplayedEvents, replayEvents } from "./replayed-events.ts";

const crypto = createCryptoProvider();
const EVENT_TYPES = [
  ...(["state", "transition", "version", "plaintext", "recovery", "epoch", "roster", "group"] as const),
  ...([
    "privacyCode",
    "messagesMissing",
    "verificationKey",
    "undecryptable",
    "refusedUser",
    "copiedKey",
    "commitWaiting",
  ] as const),
  ...(["invalid", "ignored"] as const),
] satisfies (keyof DaveEvents)[];

/** The outcome of a received frame in one word: of a failure the reason. */
export const whatBecame = (heard: DecryptOutcome): string =>
  heard.outcome === "failed" ? heard.reason : heard.outcome;

export class ManualClock implements Clock {
  time = 1_000;
  #timers: { at: number; callback: () => void }[] = [];
  now = (): number => this.time;
  setTimer = (delayMs: number, callback: () => void): (() => void) => {
    const timer = { at: this.time + delayMs, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };
  /** Moves time on, firing what is due on the way. */
  advance(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const [due] = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (due === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== due);
      this.time = Math.max(this.time, due.at);
      due.callback();
    }
    this.time = end;
  }
}

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

export class Call {
  readonly channelId = "927310423890473011";
  readonly clock = new ManualClock();
  readonly senderKeys = generateSignatureKeyPair(crypto);
  readonly externalSender = this.sender(this.senderKeys.publicKey);
  readonly members: Member[] = [];
  epoch = 0n;

  sender(signatureKey: Uint8Array): Uint8Array {
    return externalSenderCodec.encode({
      signatureKey,
      credential: { credentialType: "basic", identity: new Uint8Array([1]) },
    });
  }

  join(userId: string, options: Partial<DaveClientOptions> = {}, make?: MakeClient): Member {
    const member = new Member(this, userId, options, make);
    member.receive({ op: 11, userIds: [...this.members.map((other) => other.userId), userId] });
    for (const other of this.members) other.receive({ op: 11, userIds: [userId] });
    member.receive({ op: 4, protocolVersion: 1 });
    member.receive({ op: 25, externalSender: this.externalSender });
    this.members.push(member);
    return member;
  }

  #message(proposal: Proposal, epoch: bigint, options: { groupId?: Uint8Array; senderIndex?: number } = {}) {
    return signExternalProposal(crypto, {
      groupId: options.groupId ?? snowflakeBytes(this.channelId),
      epoch,
      senderIndex: options.senderIndex ?? 0,
      signaturePrivateKey: this.senderKeys.privateKey,
      proposal,
    });
  }

  addProposal(member: Member, epoch = this.epoch) {
    const keyPackage = keyPackageCodec.decode(member.lastOf(26).keyPackage);
    return this.#message({ proposalType: "add", keyPackage }, epoch);
  }

  removeProposal(leafIndex: number, epoch = this.epoch) {
    return this.#message({ proposalType: "remove", removed: leafIndex }, epoch);
  }

  append(...proposals: { message: Uint8Array }[]): ServerMessage {
    return { op: 27, body: vectorBody(0, concat(proposals.map(({ message }) => message))) };
  }

  revoke(...refs: Uint8Array[]): ServerMessage {
    return { op: 27, body: vectorBody(1, concat(refs.map((ref) => concat([varint(ref.length), ref])))) };
  }

  /** A 29 or, cut down to its target, a 30. */
  announce(id: number, commit: Uint8Array): ServerMessage {
    return { op: 29, transitionId: id, commit };
  }

  welcomeFor(id: number, welcome: Uint8Array, member: Member): ServerMessage {
    const whole = welcomeCodec.decode(welcome);
    const ref = keyPackageRef(crypto, keyPackageCodec.decode(member.lastOf(26).keyPackage));
    const secrets = whole.secrets.filter(({ newMember }) => newMember.every((byte, i) => byte === ref[i]));
    return { op: 30, transitionId: id, welcome: welcomeCodec.encode({ ...whole, secrets }) };
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

function varint(length: number): Uint8Array {
  if (length < 64) return Uint8Array.of(length);
  if (length < 16384) return Uint8Array.of(0x40 | (length >> 8), length & 0xff);
  return Uint8Array.of(0x80 | (length >> 24), (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff);
}

const vectorBody = (operation: number, content: Uint8Array): Uint8Array =>
  concat([Uint8Array.of(operation), varint(content.length), content]);

/** The bytes of a commit with its confirmation tag's last bit turned: processing must fail. */
export function broken(commit: Uint8Array): Uint8Array {
  mlsMessageCodec.decode(commit);
  const copy = commit.slice();
  copy[copy.length - 1]! ^= 1;
  return copy;
}
