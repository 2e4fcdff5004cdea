// A delivery service as small as can be: groups of peers formed live, whoever they are (voice-gateway.md G4, G6, G7)

import {
  createCryptoProvider,
  keyPackageCodec,
  keyPackageRef,
  mlsMessageCodec,
  welcomeCodec,
} from "@puredave/mls";
import { compareBytes } from "../bytes.ts";
import type { Check } from "../runner/check.ts";
import { toHex } from "../vectors/fields.ts";
import type { Peer } from "./peer.ts";

const GATEWAY = "gateway";

/** One user: the peer that plays it, and the name of its session there. */
export interface Seat {
  readonly userId: string;
  readonly peer: Peer;
}

export interface Joining {
  readonly seat: Seat;
  readonly keyPackage: Uint8Array;
}

interface Proposed {
  readonly message: Uint8Array;
  readonly ref: string;
  readonly change: { readonly add: Joining } | { readonly remove: number };
}

/** Who joins and leaves with the next commit, and who makes it. */
export interface EpochPlan {
  readonly adds: readonly Seat[];
  readonly removes: readonly string[];
  readonly committer: string;
}

export const sessionName = (userId: string): string => `user ${userId}`;

/** A group of sessions under one external sender. The first member's pending group is where it starts. */
export class LiveGroup {
  readonly #service: Peer;
  readonly #check: Check;
  readonly #groupId: string;
  readonly #crypto = createCryptoProvider();
  readonly #signaturePrivateKey: Uint8Array | undefined;
  #externalSender = new Uint8Array();
  /** By leaf index; undefined: blank. */
  #leaves: (Seat | undefined)[] = [];
  epoch = 0;

  /** `signaturePrivateKey`: the external sender's, for scenes that sign proposals of their own. */
  constructor(service: Peer, groupId: string, check: Check, signaturePrivateKey?: Uint8Array) {
    this.#signaturePrivateKey = signaturePrivateKey;
    this.#service = service;
    this.#groupId = groupId;
    this.#check = check;
  }

  get members(): readonly Seat[] {
    return this.#leaves.filter((seat) => seat !== undefined);
  }

  async open(founder: Seat): Promise<void> {
    const signature_private_key = this.#signaturePrivateKey;
    const request = { name: GATEWAY, group_id: this.#groupId, signature_private_key };
    const created = await this.#service.call("gateway.create", request);
    this.#externalSender = Uint8Array.from(created.external_sender);
    await this.prepare(founder);
    this.#leaves = [founder];
  }

  /** A session that waits to be added, or to commit from its pending group. */
  async prepare(seat: Seat): Promise<Joining> {
    const name = sessionName(seat.userId);
    await seat.peer.call("session.create", { name });
    const identity = { group_id: this.#groupId, self_user_id: seat.userId };
    await seat.peer.call("session.init", { name, version: 1, ...identity });
    const external_sender = this.#externalSender;
    const { has_external_sender } = await seat.peer.call("session.set_external_sender", {
      name,
      external_sender,
    });
    this.#check.equal(`${seat.peer.label}: external sender taken`, has_external_sender, true, "E25");
    const { key_package } = await seat.peer.call("session.get_key_package", { name });
    return { seat, keyPackage: key_package };
  }

  async #proposeAdd(seat: Seat): Promise<Proposed> {
    const add = await this.prepare(seat);
    const request = { name: GATEWAY, epoch: this.epoch, key_package: add.keyPackage };
    const { message, ref } = await this.#service.call("gateway.propose_add", request);
    return { message, ref: toHex(ref), change: { add } };
  }

  async #proposeRemove(userId: string): Promise<Proposed> {
    const index = this.#leaves.findIndex((seat) => seat?.userId === userId);
    const { message, ref } = await this.#service.call("gateway.propose_remove", {
      name: GATEWAY,
      epoch: this.epoch,
      index,
    });
    return { message, ref: toHex(ref), change: { remove: index } };
  }

  /** Op 27 to every member; gives what the committer answers with op 28. */
  async #distribute(proposed: readonly Proposed[], plan: EpochPlan) {
    const messages = proposed.map(({ message }) => message);
    const { proposals } = await this.#service.call("proposals.append", { messages });
    const recognized = [...new Set([...this.members, ...plan.adds].map(({ userId }) => userId))];
    let chosen: { commit: Uint8Array | null; welcome: Uint8Array | null } | undefined;
    for (const { userId, peer } of this.members) {
      // A member to be removed commits nothing.
      if (plan.removes.includes(userId)) continue;
      const request = { name: sessionName(userId), bytes: proposals, recognized_user_ids: recognized };
      const answer = await peer.call("session.process_proposals", request);
      this.#check.holds(`${peer.label} makes a commit in epoch ${this.epoch}`, answer.commit !== null, "E27");
      if (userId === plan.committer) chosen = answer;
    }
    if (!chosen?.commit) return this.#check.fail("the committer's commit", "a commit", null, ["E27"]);
    return { commit: chosen.commit, welcome: chosen.welcome, recognized };
  }

  /** The proposals in the order the commit names them: leaves are taken in that order (RFC 9420 §12.3). */
  #inOrder(commit: Uint8Array, proposed: readonly Proposed[]): readonly Proposed[] {
    const message = mlsMessageCodec.decode(commit);
    if (message.wireFormat !== "mls_public_message" || message.publicMessage.content.contentType !== "commit")
      return this.#check.fail("what op 28 holds", "a commit as PublicMessage", message.wireFormat, ["P3"]);
    const { proposals, path } = message.publicMessage.content.commit;
    const removes = proposed.some(({ change }) => "remove" in change);
    this.#check.equal("the commit has a path", path !== undefined, removes, "P3");
    const byRef = new Map(proposed.map((one) => [one.ref, one]));
    const named = proposals.map((entry) =>
      entry.type === "reference" ? byRef.get(toHex(entry.reference)) : undefined,
    );
    this.#check.equal("the commit refers to all proposals", new Set(named).size, proposed.length, "E29");
    this.#check.holds(
      "the commit holds references to known proposals only",
      !named.includes(undefined),
      "E29",
    );
    return named.filter((one) => one !== undefined);
  }

  #move(ordered: readonly Proposed[]): Joining[] {
    for (const { change } of ordered) if ("remove" in change) this.#leaves[change.remove] = undefined;
    const joining = ordered.flatMap(({ change }) => ("add" in change ? [change.add] : []));
    for (const { seat } of joining) {
      const blank = this.#leaves.indexOf(undefined);
      this.#leaves[blank < 0 ? this.#leaves.length : blank] = seat;
    }
    return joining;
  }

  /** G7: the Welcome cut down to one member's secrets. */
  #cutDown(welcome: Uint8Array, { keyPackage }: Joining): Uint8Array {
    const decoded = welcomeCodec.decode(welcome);
    const ref = keyPackageRef(this.#crypto, keyPackageCodec.decode(keyPackage));
    const secrets = decoded.secrets.filter(({ newMember }) => compareBytes(newMember, ref) === 0);
    this.#check.equal("entries of the Welcome for one key package", secrets.length, 1, "E27");
    return welcomeCodec.encode({ ...decoded, secrets });
  }

  /** One commit: proposals out, the committer's commit to all members, the Welcome to the added. */
  async advance(plan: EpochPlan): Promise<void> {
    const removes = await inTurn(plan.removes, (userId) => this.#proposeRemove(userId));
    const adds = await inTurn(plan.adds, (seat) => this.#proposeAdd(seat));
    const proposed = [...removes, ...adds];
    const stay = this.members.filter(({ userId }) => !plan.removes.includes(userId));
    const { commit, welcome, recognized } = await this.#distribute(proposed, plan);
    const joining = this.#move(this.#inOrder(commit, proposed));
    for (const { userId, peer } of stay) {
      const { result } = await peer.call("session.process_commit", {
        name: sessionName(userId),
        bytes: commit,
      });
      this.#check.equal(`${peer.label} adopts the commit of epoch ${this.epoch}`, result, "roster", "E29");
    }
    for (const joiner of joining) {
      if (!welcome) return this.#check.fail("the Welcome", "one for those added", null, ["E27"]);
      const request = { bytes: this.#cutDown(welcome, joiner), recognized_user_ids: recognized };
      const name = sessionName(joiner.seat.userId);
      const { roster } = await joiner.seat.peer.call("session.process_welcome", { name, ...request });
      this.#check.holds(
        `${joiner.seat.peer.label} joins by the Welcome of epoch ${this.epoch}`,
        roster !== null,
        "E30",
      );
    }
    this.epoch++;
    await this.#agree();
  }

  /** Everybody has the same epoch authenticator, hence the same voice privacy code. */
  async #agree(): Promise<void> {
    const [first, ...others] = await inTurn(this.members, ({ userId, peer }) =>
      peer.call("session.get_last_epoch_authenticator", { name: sessionName(userId) }),
    );
    this.#check.equal("length of the epoch authenticator", first?.epoch_authenticator.length, 32, "P3");
    for (const [at, { epoch_authenticator }] of others.entries()) {
      const what = `epoch authenticator of member ${at + 1} in epoch ${this.epoch}`;
      this.#check.bytes(
        what,
        epoch_authenticator,
        first?.epoch_authenticator ?? new Uint8Array(),
        "V1",
        "V4",
      );
    }
  }
}

/** One after the other: sessions of one peer share its input. */
export async function inTurn<A, B>(items: readonly A[], act: (item: A) => Promise<B>): Promise<B[]> {
  const results: B[] = [];
  for (const item of items) results.push(await act(item));
  return results;
}
