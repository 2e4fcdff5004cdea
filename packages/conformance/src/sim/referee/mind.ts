// What the rules M1–M10 and E21, E22 entitle one client to, kept apart from the client's own state.
import type { Epoch } from "./epochs.ts";

/** M3, E13. */
export const RETENTION_MS = 10_000;
/** M6. */
const PLAINTEXT_TAIL_MS = 10_000;
const PLAINTEXT_PENDING_MS = 120_000;
/** E22: how long a 22 ahead of its announcement is remembered. */
const REMEMBER_MS = 10_000;

/** What a sender's frames are sealed under. */
export type Label =
  | { readonly kind: "none" | "plain" }
  | { readonly kind: "epoch"; readonly epoch: Epoch }
  /** The key of a pending group: nobody else has it. */
  | { readonly kind: "alone"; readonly serial: number };

interface Prepared {
  readonly id: number;
  readonly version: number;
  readonly order: number;
  readonly at: number;
  epoch: Epoch | undefined;
  /** E21 id 0: the pending group's key. */
  alone: number | undefined;
  executed: boolean;
}

interface Held {
  order: number;
  expiresAt: number;
}

let aloneSerial = 0;

export class Mind {
  /** Epochs whose commit or welcome this client has processed. */
  readonly held = new Map<Epoch, Held>();
  executedVersion: number | undefined;
  /** When a transition was executed last. */
  executedAt = Number.NEGATIVE_INFINITY;
  sender: Prepared | "plain" | undefined;
  private records: Prepared[] = [];
  private unpaired: Prepared | undefined;
  private readonly ordered22 = new Map<number, number>();
  private order = 0;
  private windows: { readonly record: Prepared; until: number }[] = [];
  private tailUntil = Number.NEGATIVE_INFINITY;

  get pendingCount(): number {
    return this.records.length;
  }

  isPending(id: number): boolean {
    return this.records.some((record) => record.id === id);
  }

  /** Milliseconds between a 22 just delivered and the preparation of its transition. */
  waitedFor(id: number): number {
    const record = this.records.find((prepared) => prepared.id === id);
    return record === undefined ? 0 : (this.ordered22.get(id) ?? record.at) - record.at;
  }

  /** A 22 was delivered to the client. */
  told(id: number, now: number): void {
    this.ordered22.set(id, now);
  }

  /** M2: whether the gateway, or id 0, gave the right to execute. */
  mayExecute(id: number): boolean {
    return id === 0 || this.ordered22.has(id);
  }

  prepared(id: number, version: number, now: number): void {
    const before = this.records.find((record) => record.id === id);
    const prepared: Prepared = {
      id,
      version,
      order: ++this.order,
      at: now,
      epoch: before?.epoch,
      alone: undefined,
      executed: false,
    };
    this.records = [...this.records.filter((record) => record.id !== id), prepared];
    this.unpaired = prepared;
    if (version === 0) this.windows.push({ record: prepared, until: now + PLAINTEXT_PENDING_MS });
  }

  /** The epoch that belongs to the last preparation (29, 30). */
  adopted(epoch: Epoch): void {
    const { unpaired } = this;
    this.unpaired = undefined;
    if (unpaired) unpaired.epoch = epoch;
    this.held.set(epoch, { order: unpaired?.order ?? ++this.order, expiresAt: Number.POSITIVE_INFINITY });
  }

  /** A preparation that brought no epoch was a 21: id 0 means the pending group, else the newest epoch. */
  settle(): void {
    const { unpaired } = this;
    this.unpaired = undefined;
    if (unpaired === undefined || unpaired.version === 0 || unpaired.epoch) return;
    if (unpaired.id === 0) {
      unpaired.alone = ++aloneSerial;
      return;
    }
    const newest = [...this.held].sort(([a], [b]) => b.serial - a.serial)[0];
    if (newest === undefined) return;
    unpaired.epoch = newest[0];
    // K4: installed again, the expiry is cancelled
    Object.assign(newest[1], { order: unpaired.order, expiresAt: Number.POSITIVE_INFINITY });
  }

  executed(id: number, now: number): void {
    const record = this.records.find((prepared) => prepared.id === id);
    if (record === undefined) return;
    record.executed = true;
    this.executedAt = now;
    this.records = this.records.filter((other) => other.order > record.order);
    if (record.version === 0) this.sender = "plain";
    else this.sender = record;
    this.expireOlder(record, now);
    if (record.version === 0) this.windows = [];
    for (const window of this.windows) if (window.record.order < record.order) this.shorten(window, now);
  }

  // M3: every older key gets 10 s unless one runs already
  private expireOlder(record: Prepared, now: number): void {
    const pending = new Set(this.records.map((other) => other.epoch));
    for (const [epoch, held] of this.held) {
      if (held.order >= record.order || epoch === record.epoch || pending.has(epoch)) continue;
      held.expiresAt = Math.min(held.expiresAt, now + RETENTION_MS);
    }
  }

  dropped(id: number, now: number): void {
    this.records = this.records.filter((record) => record.id !== id);
    for (const window of this.windows) if (window.record.id === id) this.shorten(window, now);
  }

  private shorten(window: { until: number }, now: number): void {
    window.until = Math.min(window.until, now + PLAINTEXT_TAIL_MS);
  }

  version(executed: number, previous: number | undefined, now: number): void {
    this.executedVersion = executed;
    if (executed === 0) {
      this.sender = "plain";
      this.windows = [];
      for (const held of this.held.values()) held.expiresAt = Math.min(held.expiresAt, now + RETENTION_MS);
    }
    if (executed > 0 && previous === 0) this.tailUntil = now + PLAINTEXT_TAIL_MS;
  }

  get label(): Label {
    const { sender } = this;
    if (sender === undefined) return { kind: "none" };
    if (sender === "plain") return { kind: "plain" };
    if (sender.epoch) return { kind: "epoch", epoch: sender.epoch };
    return sender.alone === undefined ? { kind: "none" } : { kind: "alone", serial: sender.alone };
  }

  /** E22: a pending transition whose 22 came, early or in time, and which is not executed. */
  overdue(now: number): number | undefined {
    return this.records.find(({ id, executed }) => {
      const told = this.ordered22.get(id);
      return told !== undefined && !executed && now - told < REMEMBER_MS;
    })?.id;
  }

  /** An id is announced anew: what was said about the one before it is past. */
  forget22(id: number): void {
    this.ordered22.delete(id);
  }

  /** M6: the instant at which plaintext stops being accepted. */
  get plaintextUntil(): number {
    if (this.executedVersion === 0) return Number.POSITIVE_INFINITY;
    return Math.max(this.tailUntil, ...this.windows.map(({ until }) => until));
  }

  /** Epochs whose keys may still be held at `now`. */
  liveEpochs(now: number): Epoch[] {
    return [...this.held].filter(([, { expiresAt }]) => now <= expiresAt).map(([epoch]) => epoch);
  }
}
