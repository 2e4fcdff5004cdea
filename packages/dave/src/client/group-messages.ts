// E11, E13, E25, E27, E29, E30: gateway messages that concern the group, and the parking of early ones.

import { hex } from "@puredave/mls";
import type { ServerMessage } from "../gateway/opcodes.ts";
import { parseProposals } from "../session/proposals.ts";
import { isRecognized } from "../session/roster.ts";
import type { Driver } from "./driver.ts";
import type { DaveEvents } from "./events.ts";
import { waits } from "./parking.ts";

type MessageOf<O extends ServerMessage["op"]> = Extract<ServerMessage, { op: O }>;

/** Applies server messages to a driver, one whole message at a time. */
export class GroupMessages {
  readonly #driver: Driver;

  constructor(driver: Driver) {
    this.#driver = driver;
    driver.onReset((now) => this.#endWait(now));
  }

  /** Applies one message; what has to wait behind a parked commit waits. */
  handle(message: ServerMessage, now: number): void {
    const { parking } = this.#driver.parts;
    if (parking.waiting && waits(message)) {
      if (!parking.queue(message)) this.#ignored(message.op, "too-many-parked");
      return;
    }
    switch (message.op) {
      case 4:
        return this.#driver.apply({ type: "select-version", version: message.protocolVersion }, now);
      case 11:
        return this.#connect(message, now);
      case 13:
        return this.#disconnect(message, now);
      case 21: {
        const { protocolVersion: version, transitionId: id } = message;
        return this.#driver.apply({ type: "prepare", version, id }, now);
      }
      case 22:
        return this.#driver.apply({ type: "execute", id: message.transitionId }, now);
      case 24: {
        const { protocolVersion: version, epoch } = message;
        return this.#driver.apply({ type: "prepare-epoch", version, epoch }, now);
      }
      case 25:
        return this.#externalSender(message, now);
      case 27:
        return this.#proposals(message, now);
      case 29:
        return this.#commit(message, now);
      case 30:
        return this.#welcome(message, now);
    }
  }

  /** When the wait of a parked commit is over; O3: it stands still while the connection is lost. */
  get deadline(): number | undefined {
    return this.#driver.state.connected ? this.#driver.parts.parking.deadline : undefined;
  }

  /** O3: the wait of a parked commit begins anew at op 9. */
  resumed(now: number): void {
    this.#driver.parts.parking.restart(now);
  }

  /** The clock: a commit that has waited too long is invalid; then whatever else is due. */
  tick(now: number): void {
    const { deadline } = this;
    if (deadline !== undefined && now >= deadline) this.#timeOut(now);
    this.#driver.apply({ type: "tick" }, now);
  }

  #ignored(op: number, reason: DaveEvents["ignored"]["reason"], transitionId?: number): void {
    this.#driver.parts.emit({ type: "ignored", op, reason, transitionId });
  }

  /** E11: parked messages may wait for these users. */
  #connect({ userIds }: MessageOf<11>, now: number): void {
    const { session } = this.#driver.parts;
    const others = userIds.filter((userId) => userId !== session.userId);
    this.#driver.apply({ type: "connect", userIds: others }, now);
    this.#retryParked(now);
  }

  /** E13: never touches queued proposals; ignored for ourselves (SES-24). */
  #disconnect({ userId }: MessageOf<13>, now: number): void {
    if (userId === this.#driver.parts.session.userId) return;
    this.#driver.apply({ type: "disconnect", userId }, now);
  }

  #externalSender({ externalSender }: MessageOf<25>, now: number): void {
    const { session, parking } = this.#driver.parts;
    const { outcome } = session.setExternalSender(externalSender);
    if (outcome === "ignored") return this.#ignored(25, "external-sender-changed");
    if (outcome === "invalid") return this.#ignored(25, "malformed-external-sender");
    if (outcome === "unchanged") return;
    if (outcome === "replaced") parking.clear();
    // the pending group that op 4 or op 24 waited for
    if (this.#driver.state.groupWanted) this.#driver.startPendingGroup(now);
    this.#retryParked(now);
  }

  #proposals({ body }: MessageOf<27>, now: number): void {
    const { session } = this.#driver.parts;
    const payload = parseProposals(body);
    if (payload.outcome === "malformed") return this.#ignored(27, "malformed-proposals");
    // only a missing op 25 is worth waiting for
    if (session.group === undefined && (session.hasExternalSender || !this.#driver.state.groupWanted))
      return this.#ignored(27, "no-group");
    if (payload.outcome === "append") this.#append(payload.messages, now);
    else this.#revoke(payload.refs, now);
  }

  #append(messages: readonly Uint8Array[], now: number): void {
    const { session, emit } = this.#driver.parts;
    if (session.group === undefined) return this.#park(messages);
    const appended = session.appendProposals(messages, this.#driver.state.recognized);
    if (appended.outcome === "rejected") {
      this.#ignored(27, appended.reason);
      // E27: the gateway is an epoch ahead of us
      if (appended.reason === "future-epoch")
        this.#driver.apply({ type: "future-proposals", ownCommit: session.hasCommitted }, now);
      return;
    }
    if (appended.outcome === "queued") {
      this.#tellCopied(appended.copiedKey);
      return this.#commitQueued();
    }
    this.#park(messages, appended.userIds);
    emit({ type: "deferredUsers", userIds: appended.userIds });
  }

  /** §7.3 of RFC 9420 takes a leaf with a parent's key, so it is committed; newcomers refuse the tree, so it is told. */
  #tellCopied(userIds: readonly string[]): void {
    if (userIds.length > 0) this.#driver.parts.emit({ type: "copiedKey", userIds });
  }

  #park(messages: readonly Uint8Array[], missing?: readonly string[]): void {
    const parked = this.#driver.parts.parking.park(messages, missing);
    if (parked === "full") this.#ignored(27, "too-many-parked");
    if (parked === "malformed") this.#ignored(27, "malformed-proposals");
  }

  /** Queued or parked: one unknown reference rejects the message. */
  #revoke(refs: readonly Uint8Array[], now: number): void {
    const { session, parking } = this.#driver.parts;
    const parked = parking.refs;
    const queued = refs.filter((ref) => session.hasQueued(hex(ref)));
    if (refs.some((ref) => !parked.has(hex(ref)) && !session.hasQueued(hex(ref))))
      return this.#ignored(27, "unknown-proposal-ref");
    session.revokeProposals(queued);
    parking.revoke(new Set(refs.map(hex)));
    if (!this.#retryParked(now)) this.#commitQueued();
  }

  /** Tries parked messages again; true when that has committed or moved on to a waiting commit. */
  #retryParked(now: number): boolean {
    const { parking, session, emit } = this.#driver.parts;
    const { recognized } = this.#driver.state;
    let queued = false;
    const strangers = parking.retry(
      (userId) => isRecognized(userId, recognized, session.userId),
      (messages) => {
        if (session.group === undefined) return { outcome: "wait" };
        const appended = session.appendProposals(messages, recognized);
        if (appended.outcome === "unrecognized") return { outcome: "missing", userIds: appended.userIds };
        if (appended.outcome === "rejected") this.#ignored(27, appended.reason);
        if (appended.outcome === "queued") {
          queued = true;
          this.#tellCopied(appended.copiedKey);
        }
        return { outcome: "done" };
      },
    );
    if (strangers.length > 0) emit({ type: "deferredUsers", userIds: strangers });
    const released = this.#releaseCommit(now);
    if (queued && !released) this.#commitQueued();
    return queued || released;
  }

  /** While anything is parked nothing is committed. */
  #commitQueued(): void {
    const { parking, session, send, emit } = this.#driver.parts;
    if (parking.size > 0 || parking.waiting) return;
    const committed = session.commitQueued();
    if (committed.outcome === "waiting") emit({ type: "commitWaiting", reason: committed.reason });
    if (committed.outcome === "commit")
      send({ op: 28, commit: committed.commit, welcome: committed.welcome });
  }

  /** The commit that waited goes on once nothing it refers to is parked, and what waited behind it follows. */
  #releaseCommit(now: number): boolean {
    const { parking, session } = this.#driver.parts;
    if (parking.commit === undefined || session.refersTo(parking.commit.commit, parking.refs)) return false;
    const released = parking.release();
    if (released === undefined) return false;
    for (const message of [released.commit, ...released.behind]) this.handle(message, now);
    return true;
  }

  /** E27: op 11 did not come within 2 s: the commit is invalid. */
  #timeOut(now: number): void {
    const released = this.#driver.parts.parking.release();
    if (released === undefined) return;
    const { transitionId } = released.commit;
    const reset = this.#driver.wouldReset({ type: "invalid", id: transitionId }, now);
    if (reset) this.#applyTransitions(released.behind, now);
    this.#invalid(29, transitionId, "parked-too-long", now);
    if (!reset) for (const message of released.behind) this.handle(message, now);
  }

  /** E27: 24 epoch 1, op 4 and a reset end the wait: 21 and 22 are applied first, MLS messages dropped. */
  #endWait(now: number): void {
    this.#applyTransitions(this.#driver.parts.parking.release()?.behind ?? [], now);
  }

  #applyTransitions(messages: readonly ServerMessage[], now: number): void {
    for (const message of messages) if (message.op === 21 || message.op === 22) this.handle(message, now);
  }

  #commit(message: MessageOf<29>, now: number): void {
    const { session, parking } = this.#driver.parts;
    const { transitionId: id, commit } = message;
    if (parking.size > 0 && session.refersTo(commit, parking.refs)) return parking.hold(message, now);
    const ownSent = session.hasCommitted;
    const outcome = session.processCommit(commit);
    switch (outcome.outcome) {
      case "adopted":
        parking.clear();
        return this.#driver.adopt(id, now);
      case "removed":
        parking.clear();
        return this.#driver.apply(
          { type: "removed", id, keyPackageWaits: session.keyPackage !== undefined },
          now,
        );
      case "invalid":
        return this.#invalid(29, id, outcome.reason, now);
      case "ignored": {
        const passedBy = outcome.reason === "pending-group" && ownSent;
        this.#driver.apply({ type: passedBy ? "foreign-commit" : "announced", id }, now);
        return this.#ignored(29, outcome.reason, id);
      }
    }
  }

  #welcome({ transitionId: id, welcome }: MessageOf<30>, now: number): void {
    const { session, parking } = this.#driver.parts;
    if (!this.#driver.state.groupWanted) return this.#ignored(30, "no-group", id);
    const outcome = session.processWelcome(welcome, this.#driver.state.recognized);
    switch (outcome.outcome) {
      case "joined":
        parking.clear();
        return this.#driver.adopt(id, now);
      case "invalid":
        return this.#invalid(30, id, outcome.reason, now);
      case "ignored": {
        const stale = outcome.reason === "not-for-newest-key-package";
        this.#driver.apply({ type: stale ? "stale-welcome" : "announced", id }, now);
        return this.#ignored(30, outcome.reason, id);
      }
    }
  }

  #invalid(op: 29 | 30, id: number, reason: DaveEvents["invalid"]["reason"], now: number): void {
    this.#driver.parts.emit({ type: "invalid", op, transitionId: id, reason });
    this.#driver.apply({ type: "invalid", id }, now);
  }
}
