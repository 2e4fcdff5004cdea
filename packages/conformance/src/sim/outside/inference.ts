// What a right client has prepared and executed, told from its messages alone: 23 says that a transition is prepared,
// 31 that it is not, and the gateway's 22 and id 0 say when it is executed (E21, E22, E29–E31, M10)
import type { DaveEvents } from "@puredave/dave";
import type { SentMessage } from "../../peers/kinds.ts";
import type { WireMessage } from "../network.ts";
import type { Read } from "../referee/watch.ts";

/** E22: how long a 22 ahead of its announcement is remembered. */
const REMEMBER_MS = 10_000;
/** Where the body of an op 29 begins: seq, opcode, transition id. */
const COMMIT_AT = 5;

type Emit = <T extends "transition" | "version" | "epoch">(type: T, event: Partial<DaveEvents[T]>) => void;

interface Offer {
  readonly op: number;
  readonly version: number;
}

interface Prepared {
  readonly id: number;
  readonly version: number;
  /** It has keys to change to. */
  readonly keys: boolean;
}

const startsWith = (bytes: Uint8Array, start: Uint8Array): boolean =>
  bytes.length >= start.length && start.every((byte, at) => byte === bytes[at]);

export class Inference {
  readonly #now: () => number;
  readonly #epochOf: (transitionId: number) => DaveEvents["epoch"] | undefined;
  readonly #emit: Emit;
  #announced = 0;
  #executed: number | undefined;
  #hasKey = false;
  #hasGroup = false;
  /** Delivered, not acknowledged. */
  #offers = new Map<number, Offer>();
  #prepared: Prepared[] = [];
  #early = new Map<number, number>();
  #commits: Uint8Array[] = [];
  /** An offer that no 23 answers. */
  #silent: number | undefined;

  constructor(now: () => number, epochOf: (id: number) => DaveEvents["epoch"] | undefined, emit: Emit) {
    this.#now = now;
    this.#epochOf = epochOf;
    this.#emit = emit;
  }

  /** E4: a new identify clears everything. */
  identified(): void {
    this.#announced = 0;
    this.#executed = undefined;
    this.#hasKey = false;
    this.#offers.clear();
    this.#prepared = [];
    this.#early.clear();
    this.#leaveGroup();
  }

  /** A fresh message of the gateway, and the client has answered it. */
  given(read: Read, message: WireMessage, soleResetDue: boolean): void {
    const { op, id, version = 0 } = read;
    // E21: with others in the call an id 0 announces the version and nothing else
    const race = op === 21 && id === 0 && version > 0 && !this.#hasGroup;
    if (race) this.#announced = version;
    if (soleResetDue && (race || op === 13)) this.#soleReset();
    if (race) return;
    if (op === 4) this.#described(Number(read.d.dave_protocol_version ?? 0));
    if (op === 24) this.#epochPrepared(version, Number(read.d.epoch));
    if (id === undefined) return;
    if (op === 21) this.#offer(id, { op, version });
    if (op === 29 && this.#concerns(message)) this.#offer(id, { op, version: this.#announced });
    if (op === 30) this.#offer(id, { op, version: this.#announced });
    if (op === 22) this.#ordered(id);
  }

  /** A message of the client. */
  said(message: SentMessage): void {
    if ("binary" in message) {
      if (message.binary[0] === 28) this.#commits.push(message.binary.slice(1));
      return;
    }
    const { op, d } = JSON.parse(message.text) as { op: number; d?: { transition_id?: number } };
    const id = d?.transition_id;
    if (id === undefined) return;
    if (op === 23) this.#acknowledge(id);
    if (op === 31) this.#flag(id);
  }

  /** Everything that the client had to say to the last message has been said. */
  settled(): void {
    const id = this.#silent;
    this.#silent = undefined;
    if (id !== undefined) this.#acknowledge(id);
  }

  /** E22: the client has changed its key although no 22 came: it has executed a transition whose 22 is missing. */
  switched(): void {
    const record = this.#prepared.find(({ version }) => version > 0);
    if (record) this.#ordered(record.id);
  }

  #soleReset(): void {
    this.#prepared = [];
    const how = { phase: "executed", transitionId: 0, protocolVersion: 1, cause: "sole-member" } as const;
    this.#emit("transition", how);
    this.#execute({ id: 0, version: 1, keys: true });
  }

  #described(version: number): void {
    this.#announced = version;
    this.#leaveGroup();
    if (version > 0) return;
    this.#prepared = [];
    this.#execute({ id: -1, version: 0, keys: false });
  }

  #epochPrepared(version: number, epoch: number): void {
    this.#announced = version;
    if (epoch !== 1) return;
    this.#leaveGroup();
    // E24: pending version-0 transitions are dropped
    for (const { id } of this.#prepared.filter((one) => one.version === 0))
      this.#emit("transition", { phase: "dropped", transitionId: id, protocolVersion: 0 });
    this.#prepared = this.#prepared.filter((one) => one.version > 0);
  }

  #leaveGroup(): void {
    this.#hasGroup = false;
    this.#commits = [];
  }

  /** E29: a member's commit, or our own while pending; another's passes us by. */
  #concerns(message: WireMessage): boolean {
    if (this.#hasGroup) return true;
    if (typeof message === "string") return false;
    const commit = message.subarray(COMMIT_AT);
    return this.#commits.some((own) => startsWith(own, commit));
  }

  #offer(id: number, offer: Offer): void {
    const known = this.#prepared.some((one) => one.id === id);
    this.#offers.set(id, offer);
    // No 23 for id 0, and one alone for an id that is announced twice: it counts unless a 31 answers it.
    if (id === 0 || known) this.#silent = id;
  }

  #acknowledge(id: number): void {
    const offer = this.#offers.get(id);
    if (offer === undefined) return;
    this.#offers.delete(id);
    const epoch = offer.op === 21 ? undefined : this.#epochOf(id);
    if (offer.op !== 21 && epoch === undefined) return;
    this.#emit("transition", { phase: "prepared", transitionId: id, protocolVersion: offer.version });
    if (epoch) {
      this.#hasGroup = true;
      this.#commits = [];
      this.#emit("epoch", epoch);
    }
    const keys = epoch !== undefined || this.#hasKey || id === 0;
    this.#prepared = [...this.#prepared.filter((one) => one.id !== id), { id, version: offer.version, keys }];
    const ordered = this.#early.get(id);
    this.#early.delete(id);
    if (id === 0 || (ordered !== undefined && this.#now() - ordered < REMEMBER_MS)) this.#ordered(id);
  }

  #flag(id: number): void {
    if (!this.#offers.delete(id)) return;
    this.#prepared = this.#prepared.filter((one) => one.id !== id);
    this.#emit("transition", { phase: "flagged", transitionId: id, protocolVersion: this.#announced });
  }

  #ordered(id: number): void {
    const at = this.#prepared.findIndex((one) => one.id === id);
    const record = this.#prepared[at];
    if (record === undefined) {
      this.#early.set(id, this.#now());
      return;
    }
    // M10: those prepared before it are dropped
    this.#prepared = this.#prepared.slice(at + 1);
    this.#emit("transition", { phase: "executed", transitionId: id, protocolVersion: record.version });
    this.#execute(record);
  }

  #execute({ version, keys }: Prepared): void {
    if (version > 0 && !keys) return;
    this.#hasKey = version > 0;
    if (version === 0) this.#leaveGroup();
    const previous = this.#executed;
    this.#executed = version;
    if (previous !== version) this.#emit("version", { executed: version, previous } as DaveEvents["version"]);
  }
}
