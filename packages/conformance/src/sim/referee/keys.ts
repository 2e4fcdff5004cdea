// Invariants (3), (4), (7), (10) on what a client reports of its keys: ids that name a secret and do not give it away.
import type { ClientSnapshot } from "@puredave/dave";
import type { Epoch } from "./epochs.ts";
import { RETENTION_MS } from "./mind.ts";
import type { Watch } from "./watch.ts";

/** Clocks and timers are not exact. */
const SLACK_MS = 60;
/** More live keys of one sender than that are a leak. */
const MOST_KEYS = 64;

type Complain = (invariant: number, text: string) => void;

export class KeyBook {
  /** Epoch serial and user → key id, as the first member said. */
  private readonly keyIds = new Map<string, string>();
  private readonly epochs = new Map<string, Epoch>();

  private note(epoch: Epoch, userId: string, keyId: string, complain: Complain): void {
    const place = `${epoch.serial} ${userId}`;
    const known = this.keyIds.get(place) ?? keyId;
    this.keyIds.set(place, known);
    this.epochs.set(keyId, epoch);
    // (4) all members of an epoch agree on sender keys
    if (known !== keyId) complain(4, `another sender key for ${userId} in epoch ${epoch.epoch}`);
  }

  /** A client has just entered `epoch`: the newest key of every other member is that epoch's. */
  entered(epoch: Epoch, snapshot: ClientSnapshot, complain: Complain): void {
    for (const { userId, keys } of snapshot.receivers) {
      const newest = keys.at(-1);
      if (newest && epoch.members.has(userId)) this.note(epoch, userId, newest.keyId, complain);
    }
  }

  check(watch: Watch, snapshot: ClientSnapshot, complain: Complain): void {
    // (7) M10: at most 16 transitions; E27: at most 64 parked messages
    if (snapshot.transitions.length > 16) complain(7, `${snapshot.transitions.length} pending transitions`);
    if (snapshot.parkedMessages > 64) complain(7, `${snapshot.parkedMessages} parked messages`);
    this.checkSender(watch, snapshot, complain);
    this.checkReceivers(watch, snapshot, complain);
    this.checkHeld(watch, snapshot, complain);
    // (10) each window closes
    const open =
      snapshot.plaintext === "open" || (snapshot.plaintext !== "closed" && snapshot.plaintext > snapshot.now);
    if (open && watch.nowMs > watch.mind.plaintextUntil + SLACK_MS)
      complain(10, "a plaintext window stays open");
  }

  // (3) the sender uses the key of the transition executed last, and alone one that nobody else has
  private checkSender({ mind, seat }: Watch, { sender }: ClientSnapshot, complain: Complain): void {
    const { label } = mind;
    if (sender.kind !== "key") {
      if (label.kind === "epoch")
        complain(3, `sends ${sender.kind} although epoch ${label.epoch.epoch} is executed`);
      return;
    }
    const epoch = this.epochs.get(sender.keyId);
    if (label.kind === "alone" && epoch) complain(3, `alone, and uses the key of epoch ${epoch.epoch}`);
    if (label.kind !== "epoch") return;
    const expected = this.keyIds.get(`${label.epoch.serial} ${seat.userId}`);
    if (expected !== undefined && expected !== sender.keyId) {
      complain(
        3,
        `uses the key of ${epoch ? `epoch ${epoch.epoch}` : "no epoch"}, not of ${label.epoch.epoch}`,
      );
    }
  }

  // (7) live keys stay bounded; retired ones are gone after their time
  private checkReceivers(watch: Watch, { receivers }: ClientSnapshot, complain: Complain): void {
    for (const { userId, keys } of receivers) {
      // E13: 10 s, or 10 s from the execution that removes them
      const left = watch.departed.get(userId);
      const since = left && Math.max(left.at + RETENTION_MS, watch.mind.executedAt);
      const gone = since !== undefined && watch.nowMs > since + RETENTION_MS + SLACK_MS;
      const old = keys.some(
        ({ keyId }) => (this.epochs.get(keyId)?.serial ?? Infinity) <= (left?.serial ?? 0),
      );
      if (gone && old && watch.mind.pendingCount === 0)
        complain(7, `still holds keys of ${userId}, who left`);
      if (keys.length > MOST_KEYS) complain(7, `${keys.length} live keys of ${userId}`);
      for (const { keyId } of keys) {
        const epoch = this.epochs.get(keyId);
        const held = epoch && watch.mind.held.get(epoch);
        if (held && watch.nowMs > held.expiresAt + SLACK_MS) {
          const late = Math.round(watch.nowMs - held.expiresAt + RETENTION_MS);
          complain(
            7,
            `still holds a key of epoch ${epoch.epoch}, ${late} ms after its successor was executed`,
          );
        }
      }
    }
  }

  // (2) M1, M3: the keys of every epoch a member is entitled to are there, before any frame asks for them
  private checkHeld(watch: Watch, { receivers }: ClientSnapshot, complain: Complain): void {
    const held = new Set(receivers.flatMap(({ keys }) => keys.map(({ keyId }) => keyId)));
    for (const epoch of watch.mind.liveEpochs(watch.nowMs + SLACK_MS)) {
      for (const userId of epoch.members) {
        if (userId === watch.seat.userId || watch.mayHaveForgotten(userId, epoch)) continue;
        const keyId = this.keyIds.get(`${epoch.serial} ${userId}`);
        if (keyId !== undefined && !held.has(keyId))
          complain(2, `has lost the key of ${userId} in epoch ${epoch.epoch}`);
      }
    }
  }
}
