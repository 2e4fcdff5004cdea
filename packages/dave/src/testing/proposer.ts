// What the gateway proposes (G4, G5, G9): it compares the group with who is connected, and sends the difference.

import type { Choices } from "./choices.ts";
import type { Connection } from "./connection.ts";
import { Epoch, type Package, type Proposed } from "./group.ts";
import { appendProposals, type ProposalSigner, revokeProposals } from "./proposal-signer.ts";
import type { Seat, Seats } from "./seats.ts";

export class Proposer {
  readonly #seats: Seats;
  readonly #choices: Choices;
  readonly #signer: ProposalSigner;
  /** Refs of packages that are or were in a group: none is added twice (G3). */
  readonly #used = new Set<string>();
  /** The group as it is now. */
  epoch: Epoch;

  constructor(seats: Seats, choices: Choices, signer: ProposalSigner) {
    this.#seats = seats;
    this.#choices = choices;
    this.#signer = signer;
    this.epoch = new Epoch(signer.groupId);
  }

  /** G5: members of the epoch; in an unestablished group, everybody is pending (G4). */
  get audience(): readonly Seat[] {
    const { daves } = this.#seats;
    return this.epoch.established
      ? daves.filter(({ connection }) => this.epoch.leafOf(connection) >= 0)
      : daves;
  }

  /** Whether the group is exactly those who are connected. */
  get complete(): boolean {
    const { daves } = this.#seats;
    const leaves = this.epoch.leaves.filter((leaf) => leaf !== undefined);
    const stale = leaves.some((leaf) => this.#outdated(leaf));
    return (
      !stale && (daves.length < 2 || daves.every(({ connection }) => this.epoch.leafOf(connection) >= 0))
    );
  }

  /** Whether a member has sent neither a 31 nor a newer 26 (G10); in an unestablished group everybody may commit. */
  mayCommit(connection: Connection): boolean {
    if (!this.epoch.established) return true;
    const leaf = this.epoch.leaves[this.epoch.leafOf(connection)];
    return leaf !== undefined && !this.#outdated(leaf);
  }

  get hasCommitter(): boolean {
    return this.audience.some(({ connection }) => this.mayCommit(connection));
  }

  isUsed(ref: string): boolean {
    return this.#used.has(ref);
  }

  /** Whether a package should be in the group. */
  #wanted(added: Package): boolean {
    return this.#seats.of(added.owner)?.keyPackage?.ref === added.ref;
  }

  /** Whether a leaf should leave the group: its user left, came back, flagged a message or sent another package. */
  #outdated(leaf: Package): boolean {
    const seat = this.#seats.of(leaf.owner);
    if (seat === undefined || seat.flagged) return true;
    return seat.keyPackage !== undefined && seat.keyPackage.ref !== leaf.ref;
  }

  /** G4: a later joiner first gets the Adds already in flight, but for those that count no more (G5). */
  sendFlying(seat: Seat): void {
    if (this.epoch.established) return;
    const flying = this.epoch.proposals.filter(
      ({ revoked, added }) =>
        !revoked && added !== undefined && this.#wanted(added) && added.owner !== seat.connection,
    );
    if (flying.length === 0) return;
    for (const { sentTo } of flying) sentTo.add(seat.connection);
    this.#seats.send(seat, appendProposals(...flying));
  }

  /** Sends what has to change: revocations first, then Removes, then Adds (G5). */
  propose(): void {
    this.#revokeStale();
    const fresh = [...this.#newRemoves(), ...this.#newAdds()];
    if (fresh.length === 0) return;
    const batches = this.#choices.flip("one-by-one") ? fresh.map((one) => [one]) : [fresh];
    for (const batch of batches) this.#sendProposals(batch);
  }

  #sendProposals(batch: readonly Proposed[]): void {
    const { audience } = this;
    const message = appendProposals(...batch);
    // G14: somebody else must get the message, and be able to commit.
    const committers = audience.filter(({ connection }) => this.mayCommit(connection));
    const loser = this.#seats.loserOf(27, committers);
    for (const seat of audience) {
      // G4: a pending member is in its own group already.
      const theirs = batch.filter(({ added }) => this.epoch.established || added?.owner !== seat.connection);
      if (theirs.length === 0) continue;
      const lost = seat === loser;
      // A 27 that is lost was not sent to its author (G6): otherwise no commit of theirs could ever win.
      if (!lost) for (const { sentTo } of theirs) sentTo.add(seat.connection);
      this.#seats.send(seat, theirs.length === batch.length ? message : appendProposals(...theirs), lost);
    }
  }

  /** G5: the Add of a user who left, or has a newer connection or package, is revoked. */
  #revokeStale(): void {
    const stale = this.epoch.proposals.filter(
      ({ revoked, added }) => !revoked && added !== undefined && !this.#wanted(added),
    );
    for (const proposal of stale) proposal.revoked = true;
    for (const seat of this.audience) {
      const theirs = stale.filter(({ sentTo }) => sentTo.has(seat.connection));
      if (theirs.length > 0) this.#seats.send(seat, revokeProposals(...theirs));
    }
  }

  #newRemoves(): Proposed[] {
    const { leaves, number, proposals } = this.epoch;
    return leaves.flatMap((leaf, index) => {
      if (leaf === undefined || !this.#outdated(leaf)) return [];
      if (proposals.some(({ removed }) => removed === index)) return [];
      const signed = this.#signer.remove(index, number);
      const { userId } = leaf.owner;
      return [this.epoch.propose({ ...signed, userId, removed: index, sentTo: new Set(), revoked: false })];
    });
  }

  #newAdds(): Proposed[] {
    const { number, proposals } = this.epoch;
    return this.#seats.daves.flatMap(({ keyPackage, connection: { userId } }) => {
      if (keyPackage === undefined || this.#used.has(keyPackage.ref)) return [];
      if (proposals.some(({ added, revoked }) => added?.ref === keyPackage.ref && !revoked)) return [];
      const signed = this.#signer.add(keyPackage.keyPackage, number);
      return [
        this.epoch.propose({ ...signed, userId, added: keyPackage, sentTo: new Set(), revoked: false }),
      ];
    });
  }

  /** The next epoch begins; returns the packages that were added. */
  advance(author: Package, proposals: readonly Proposed[]): Package[] {
    const added = proposals.flatMap((proposal) => (proposal.added === undefined ? [] : [proposal.added]));
    this.epoch = this.epoch.after(author, proposals);
    for (const { ref } of [author, ...added]) this.#used.add(ref);
    return added;
  }

  /** The group is unestablished; older packages count no more. */
  restart(): void {
    this.epoch = this.epoch.restarted();
    for (const seat of this.#seats.all) {
      seat.keyPackage = undefined;
      seat.flagged = false;
    }
  }
}
