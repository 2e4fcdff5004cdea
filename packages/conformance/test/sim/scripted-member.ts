// A small client made straight from @puredave/mls, apart from DaveClient, to try the gateway with.
import {
  type CachedProposal,
  type CryptoProvider,
  createCryptoProvider,
  createKeyPackage,
  decodeExternalSenders,
  equalBytes,
  externalSenderCodec,
  externalSendersExtension,
  Group,
  generateSignatureKeyPair,
  type KeyPackageBundle,
  MlsError,
  mlsMessageCodec,
  Reader,
} from "@puredave/mls";
import { snowflake } from "../../src/sim/gateway/delivery.ts";
import { joinBytes } from "../../src/sim/gateway/wire.ts";
import type { WireMessage } from "../../src/sim/network.ts";

export interface Heard {
  readonly op: number;
  readonly seq: number | undefined;
  readonly d: Record<string, unknown>;
  readonly body: Uint8Array;
}

export function decodeHeard(message: WireMessage): Heard {
  if (typeof message === "string") {
    const { op, d = {}, seq } = JSON.parse(message);
    return { op, d, seq, body: new Uint8Array() };
  }
  const seq = message[0]! * 256 + message[1]!;
  return { op: message[2]!, seq, d: {}, body: message.subarray(3) };
}

/** Switches for a member that does not do what it should. */
export interface Habits {
  readonly commits: boolean;
  readonly answers: boolean;
}

interface OwnCommit {
  readonly commit: Uint8Array;
  readonly group: Group;
}

export class ScriptedMember {
  readonly heard: Heard[] = [];
  readonly executed: number[] = [];
  group: Group | undefined;
  established = false;
  habits: Habits = { commits: true, answers: true };
  private readonly crypto: CryptoProvider;
  private readonly keyPair;
  private readonly userId: string;
  private readonly channelId: string;
  private readonly send: (message: WireMessage) => void;
  private externalSender: Uint8Array | undefined;
  private bundle: KeyPackageBundle | undefined;
  private queue: CachedProposal[] = [];
  private own: OwnCommit[] = [];

  constructor(
    userId: string,
    channelId: string,
    send: (message: WireMessage) => void,
    randomBytes: (length: number) => Uint8Array,
  ) {
    this.userId = userId;
    this.channelId = channelId;
    this.send = send;
    this.crypto = createCryptoProvider({ randomBytes });
    this.keyPair = generateSignatureKeyPair(this.crypto);
  }

  /** The ops heard so far, in order. */
  get ops(): number[] {
    return this.heard.map(({ op }) => op);
  }

  all(op: number): Heard[] {
    return this.heard.filter((heard) => heard.op === op);
  }

  receive(message: WireMessage): void {
    const heard = decodeHeard(message);
    this.heard.push(heard);
    const { op, d, body } = heard;
    if (op === 4 && d.dave_protocol_version) this.begin();
    if (op === 24 && d.epoch === 1) this.begin();
    if (op === 25) this.externalSender = body.slice();
    if (op === 25 && !this.established) this.buildPending();
    if (op === 21 && d.transition_id !== 0) this.answer(23, d.transition_id as number);
    if (op === 22) this.executed.push(d.transition_id as number);
    if (op === 27) this.proposals(body);
    if (op === 29) this.commit(body);
    if (op === 30) this.welcome(body);
  }

  /** Op 31, then a reset and a new key package. */
  flag(id: number): void {
    this.answer(31, id);
    this.begin();
  }

  sendKeyPackage(): void {
    this.bundle = createKeyPackage(this.crypto, {
      identity: snowflake(this.userId),
      signatureKeyPair: this.keyPair,
    });
    this.send(joinBytes(Uint8Array.of(26), this.bundle.bytes));
  }

  private begin(): void {
    this.established = false;
    this.group = undefined;
    this.queue = [];
    this.own = [];
    this.buildPending();
    this.sendKeyPackage();
  }

  private buildPending(): void {
    if (this.externalSender === undefined) return;
    this.group = Group.create(this.crypto, {
      groupId: snowflake(this.channelId),
      identity: snowflake(this.userId),
      signatureKeyPair: this.keyPair,
      extensions: [externalSendersExtension([externalSenderCodec.decode(this.externalSender)])],
    });
  }

  private answer(op: number, id: number): void {
    if (this.habits.answers) this.send(JSON.stringify({ op, d: { transition_id: id } }));
  }

  private proposals(body: Uint8Array): void {
    const { group } = this;
    if (group === undefined) return;
    const list = new Reader(body.subarray(1));
    const messages = splitVector(list, body[0] === 0);
    if (body[0] === 1) this.queue = this.queue.filter(({ ref }) => !messages.some((m) => equalBytes(m, ref)));
    else if (!this.enqueue(group, messages)) return;
    this.commitQueue(group);
  }

  /** E27: all or nothing; one that flagged still hears the proposals of an epoch it is not in. */
  private enqueue(group: Group, messages: readonly Uint8Array[]): boolean {
    try {
      this.queue.push(...messages.map((message) => group.receiveProposal(message)));
      return true;
    } catch (error) {
      if (error instanceof MlsError) return false;
      throw error;
    }
  }

  private commitQueue(group: Group): void {
    const mine = this.queue.some(
      ({ proposal }) => proposal.proposalType === "remove" && proposal.removed === group.ownLeafIndex,
    );
    if (!this.habits.commits || this.queue.length === 0 || mine) return;
    const { commit, welcome, group: next } = group.commit(this.queue);
    this.own.push({ commit, group: next });
    this.send(joinBytes(Uint8Array.of(28), commit, welcome ?? new Uint8Array()));
  }

  private commit(body: Uint8Array): void {
    const id = body[0]! * 256 + body[1]!;
    const bytes = body.slice(2);
    const own = this.own.find(({ commit }) => equalBytes(commit, bytes));
    if (own) this.adopt(id, own.group);
    else if (this.established && this.group) {
      const result = this.group.processCommit(bytes, this.queue);
      if (result.outcome === "next") this.adopt(id, result.group);
      else this.established = false;
    }
  }

  private welcome(body: Uint8Array): void {
    if (this.bundle === undefined) return;
    const id = body[0]! * 256 + body[1]!;
    const group = Group.join(this.crypto, { welcome: body.slice(2), keyPackage: this.bundle });
    if (decodeExternalSenders(group.extensions[0]!).length !== 1) throw new Error("external senders");
    this.adopt(id, group);
  }

  private adopt(id: number, group: Group): void {
    this.group = group;
    this.established = true;
    this.queue = [];
    this.own = [];
    if (id !== 0) this.answer(23, id);
  }
}

/** The items of a vector: MLSMessages one after another, or opaque references. */
function splitVector(reader: Reader, messages: boolean): Uint8Array[] {
  const bytes = readVector(reader);
  const items: Uint8Array[] = [];
  const inner = new Reader(bytes);
  while (inner.remaining > 0) {
    const start = inner.offset;
    if (messages) mlsMessageCodec.read(inner);
    else items.push(readVector(inner));
    if (messages) items.push(bytes.slice(start, inner.offset));
  }
  return items;
}

const readVector = (reader: Reader): Uint8Array => reader.bytes(reader.length());
