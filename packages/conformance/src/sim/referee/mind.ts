// What the rules M1–M10, E21, E22 and O3 entitle one client to, kept apart from the client's own state.
import type { Epoch } from "./epochs.ts";

/** M3, E13. */
export const RETENTION_MS = 10_000;
/** M6. */
const PLAINTEXT_TAIL_MS = 10_000;
const PLAINTEXT_PENDING_MS = 120_000;
/** E22: how long a 22 ahead of its announcement is remembered. */
const REMEMBER_MS = 10_000;
/** E22: a transition whose 22 is missing is executed so long after its 23, or after a frame opened under its keys. */
const UNORDERED_MS = 10_000;
const UNORDERED_HEARD_MS = 5000;
/** Clocks and timers are not exact. */
const SLACK_MS = 60;

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
  /** When the wait for its 22 began: with its 23, and anew at op 9 (O3). */
  at: number;
  /** When a frame first opened under its keys. */
  heardAt: number | undefined;
  epoch: Epoch | undefined;
  /** E21: the pending group's key. */
  alone: number | undefined;
  executed: boolean;
}

interface Held {
  order: number;
  expiresAt: number;
  /** Its place among all that this client was told. */
  readonly adoptedAt: number;
}

/** Stands for the transition of a sole-member reset, which need not have an id. */
const SOLE_RESET = -1;

let aloneSerial = 0;

export class Mind {
  /** Epochs whose commit or welcome this client has processed. */
  readonly held = new Map<Epoch, Held>();
  executedVersion: number | undefined;
  /** When a transition was executed last. */
  executedAt = Number.NEGATIVE_INFINITY;
  sender: Prepared | "plain" | undefined;
  /** The local group is established: 29 or 30 were processed, and nothing has reset it since. */
  established = false;
  private adoptedLast: Epoch | undefined;
  /** E21: how often the sender has taken the key of a pending group. */
  soleResets = 0;
  private records: Prepared[] = [];
  private unpaired: Prepared | undefined;
  /** What the sender did before a transition was executed whose keys are not known yet. */
  private senderBefore: Prepared | "plain" | undefined;
  private readonly ordered22 = new Map<number, number>();
  private order = 0;
  private windows: { readonly record: Prepared; until: number }[] = [];
  private tailUntil = Number.NEGATIVE_INFINITY;
  /** E11, E13: other users named by op 11 and not taken away by op 13; and the place of each user's last 13. */
  private readonly named = new Set<string>();
  private readonly lastGone = new Map<string, number>();
  private connected = true;

  get pendingCount(): number {
    return this.records.length;
  }

  isPending(id: number): boolean {
    return this.records.some((record) => record.id === id);
  }

  // ── who is in the call (E11, E13, E21) ──

  came(userId: string): void {
    this.named.add(userId);
  }

  isNamed(userId: string): boolean {
    return this.named.has(userId);
  }

  left(userId: string): void {
    this.named.delete(userId);
    this.lastGone.set(userId, ++this.order);
  }

  /** E21: who may still read what we send; for a sender without a key whoever is named. */
  holders(): string[] {
    const { label } = this;
    if (label.kind === "alone") return [];
    if (label.kind !== "epoch") return [...this.named];
    return this.holdersOf(label.epoch);
  }

  /** Named members of an epoch, other than us, whom no op 13 has named since it was adopted. */
  private holdersOf(epoch: Epoch): string[] {
    const adoptedAt = this.held.get(epoch)?.adoptedAt ?? 0;
    return [...epoch.members].filter(
      (userId) => this.named.has(userId) && (this.lastGone.get(userId) ?? -1) < adoptedAt,
    );
  }

  // ── the connection (O3) ──

  connectionLost(): void {
    this.connected = false;
  }

  /** Op 9: the waits begin anew, whole. */
  resumed(now: number): void {
    if (this.connected) return;
    this.connected = true;
    for (const record of this.records) {
      record.at = now;
      if (record.heardAt !== undefined) record.heardAt = now;
    }
    for (const [id, at] of this.ordered22) if (now - at < REMEMBER_MS) this.ordered22.set(id, now);
  }

  // ── transitions ──

  /** Milliseconds between a 22 just delivered and the preparation of its transition. */
  waitedFor(id: number): number {
    const record = this.records.find((prepared) => prepared.id === id);
    return record === undefined ? 0 : (this.ordered22.get(id) ?? record.at) - record.at;
  }

  /** A 22 was delivered to the client. */
  told(id: number, now: number): void {
    this.ordered22.set(id, now);
  }

  /** A frame opened under an epoch's keys. */
  heard(epoch: Epoch, now: number): void {
    for (const record of this.records) if (record.epoch === epoch) record.heardAt ??= now;
  }

  /** M2: whether the gateway, id 0, or a 22 that is missing for so long (E22) gave the right to execute. */
  mayExecute(id: number, now: number): boolean {
    if (id === 0 || this.ordered22.has(id)) return true;
    const record = this.records.find((prepared) => prepared.id === id);
    return record !== undefined && record.version > 0 && now >= this.dueWithout22(record) - SLACK_MS;
  }

  private dueWithout22({ at, heardAt, epoch }: Prepared): number {
    if (!this.connected) return Number.POSITIVE_INFINITY;
    // E22: never to keys that only departed members know, unless they are those of the group that we are in
    const own = this.established && epoch === this.adoptedLast;
    if (epoch && !own && this.holdersOf(epoch).length === 0) return Number.POSITIVE_INFINITY;
    return Math.min(at + UNORDERED_MS, heardAt === undefined ? Infinity : heardAt + UNORDERED_HEARD_MS);
  }

  prepared(id: number, version: number, now: number): void {
    const before = this.records.find((record) => record.id === id);
    const prepared: Prepared = {
      id,
      version,
      order: ++this.order,
      at: before?.at ?? now,
      heardAt: before?.heardAt,
      epoch: before?.epoch,
      alone: undefined,
      executed: false,
    };
    this.records = [...this.records.filter((record) => record.id !== id), prepared];
    this.unpaired = prepared;
    // E21, E29, E30: id 0 is executed at once
    if (id === 0) this.told(0, now);
    if (version === 0) this.windows.push({ record: prepared, until: now + PLAINTEXT_PENDING_MS });
  }

  /** The epoch that belongs to the last preparation (29, 30). */
  adopted(epoch: Epoch): void {
    const { unpaired } = this;
    this.unpaired = undefined;
    this.established = true;
    this.adoptedLast = epoch;
    if (unpaired) unpaired.epoch = epoch;
    const order = unpaired?.order ?? ++this.order;
    this.held.set(epoch, { order, expiresAt: Number.POSITIVE_INFINITY, adoptedAt: ++this.order });
  }

  /** A preparation that brought no epoch was a 21; id 0 without an established group means the pending one (E21). */
  settle(): void {
    const { unpaired } = this;
    this.unpaired = undefined;
    if (unpaired === undefined || unpaired.version === 0 || unpaired.epoch) return;
    if (unpaired.id === 0 && !this.established) {
      this.unpaired = unpaired;
      return this.settleAlone();
    }
    this.capture(unpaired);
    // §3: nothing captured: the sender keeps its key
    if (unpaired.epoch === undefined && this.sender === unpaired) this.sender = this.senderBefore;
  }

  /** §3: the newest epoch whose keys are installed, never keys older than the sender's. */
  private capture(record: Prepared): void {
    const installed = [...this.held].filter(([, { expiresAt }]) => record.at <= expiresAt);
    const [newest] = installed.sort(([a], [b]) => b.serial - a.serial);
    if (newest === undefined || this.isOlderThanSender(newest)) return;
    record.epoch = newest[0];
    // K4: installed again, the expiry is cancelled
    Object.assign(newest[1], { order: record.order, expiresAt: Number.POSITIVE_INFINITY });
  }

  private isOlderThanSender([epoch, { order }]: [Epoch, Held]): boolean {
    const { sender } = this;
    return typeof sender === "object" && sender.epoch !== epoch && order < sender.order;
  }

  executed(id: number, now: number): void {
    const record = this.records.find((prepared) => prepared.id === id);
    if (record === undefined) return;
    record.executed = true;
    this.executedAt = now;
    this.records = this.records.filter((other) => other.order > record.order);
    this.senderBefore = this.sender;
    if (record.version === 0) this.sender = "plain";
    // §3: nothing captured: the sender keeps its key
    else if (record.epoch || record === this.unpaired || record.alone) this.sender = record;
    // M3: a record without keys gives no key an expiry
    if (record.version === 0 || this.sender === record) this.expireOlder(record, now);
    if (record.version === 0) this.windows = [];
    for (const window of this.windows) if (window.record.order < record.order) this.shorten(window, now);
  }

  /** E21: a transition prepared and executed at once, to the pending group's key; at an op 13 a pending downgrade stays. */
  soleReset(now: number, atDisconnect: boolean): void {
    const kept = this.records.filter(({ version }) => atDisconnect && version === 0);
    this.prepared(SOLE_RESET, 1, now);
    this.settleAlone();
    this.executed(SOLE_RESET, now);
    this.records = kept;
  }

  private settleAlone(): void {
    if (this.unpaired) this.unpaired.alone = ++aloneSerial;
    this.unpaired = undefined;
    this.soleResets += 1;
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

  /** E22: a pending transition whose 22 came at least `sinceMs` ago, early or in time, and which is not executed. */
  overdue(now: number, sinceMs: number): number | undefined {
    return this.records.find(({ id, executed }) => {
      const told = this.ordered22.get(id);
      return told !== undefined && !executed && now - told >= sinceMs && now - told < REMEMBER_MS;
    })?.id;
  }

  /** E22: a transition that others have executed long ago: its 22 is missing. */
  unordered(now: number): number | undefined {
    return this.records.find((record) => record.version > 0 && now > this.dueWithout22(record) + SLACK_MS)
      ?.id;
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
