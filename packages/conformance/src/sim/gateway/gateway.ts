// voice-gateway.md: the in-process voice gateway, delivery service and external sender of one call (G1–G13).
import { type CryptoProvider, createCryptoProvider } from "@puredave/mls";
import type { Timeline } from "../clock.ts";
import type { ServerLink, WireMessage } from "../network.ts";
import type { SeededRandom } from "../random.ts";
import { Call, type GatewayEvent, type Session } from "./call.ts";
import { receiveCommit, takeWinner } from "./commits.ts";
import * as connections from "./connections.ts";
import { DeliveryMls } from "./delivery.ts";
import { groupTransitionId } from "./ids.ts";
import { offerKeyPackage } from "./key-packages.ts";
import { type GatewayKnobs, PLAIN_KNOBS } from "./knobs.ts";
import { PasserBy } from "./passer-by.ts";
import { appendProposals, nextProposalDeadline, revokeProposals } from "./proposals.ts";
import { flag, removeMember, settleMembership } from "./recovery.ts";
import { announceWinner, answered, executeDue, nextTransitionDeadline } from "./transitions.ts";
import { describeAgain, raceAll, raceOne, reannounce, settleVersion } from "./versions.ts";
import { decodeClientSays } from "./wire.ts";

export interface VoiceGatewayOptions {
  readonly clock: Timeline;
  readonly random: SeededRandom;
  readonly channelId: string;
  readonly knobs?: Partial<GatewayKnobs>;
  readonly observe?: (event: GatewayEvent) => void;
  /** Makes a key package for a visit of the passer-by (G5). */
  readonly passerBy?: () => Uint8Array;
  /** Default: the real primitives. */
  readonly makeCrypto?: (randomBytes: (length: number) => Uint8Array) => CryptoProvider;
}

/**
 * A voice gateway under virtual time. Clients connect with a {@link ServerLink}; every message and timer
 * changes the call's state and is followed by `settle`, which does whatever the rules then ask for.
 */
export class VoiceGateway {
  readonly call: Call;
  private readonly passerBy: PasserBy;
  private settling = false;
  private cancelWake: (() => void) | undefined;

  constructor(options: VoiceGatewayOptions) {
    const { clock, random } = options;
    const keys = random.fork("gateway keys");
    const randomBytes = (length: number) => keys.bytes(length);
    const crypto = options.makeCrypto?.(randomBytes) ?? createCryptoProvider({ randomBytes });
    const mls = new DeliveryMls(options.channelId, crypto);
    const knobs = { ...PLAIN_KNOBS, ...options.knobs };
    this.call = new Call(clock, random.fork("gateway"), mls, knobs, options.observe ?? (() => {}));
    this.passerBy = new PasserBy(this.call, options.passerBy);
  }

  /** A new identify; undefined when refused. */
  identify(userId: string, maxVersion: number, link: ServerLink): Session | undefined {
    const session = connections.connect(this.call, userId, maxVersion, link);
    this.settle();
    return session;
  }

  /** Op 7; false: refused, the client has to identify again. */
  resume(session: Session, seqAck: number, link: ServerLink): boolean {
    return connections.resume(this.call, session, seqAck, link);
  }

  /** The socket of a session broke. */
  connectionLost(session: Session): void {
    connections.connectionLost(this.call, session, () => this.leave(session));
  }

  /** The user left the channel. */
  leave(session: Session): void {
    connections.leave(this.call, session);
    this.settle();
  }

  /** Announces the version anew in a group that stays (E24). */
  reannounce(): void {
    reannounce(this.call);
    this.settle();
  }

  /** G15: 24 epoch 1 and 21 id 0 to one member, or to all. False: the call's state allows no race, nothing was sent. */
  race(session?: Session): boolean {
    const raced = session === undefined ? raceAll(this.call) : raceOne(this.call, session);
    this.settle();
    return raced;
  }

  /** G17: 4 once more in mid-call. */
  describeAgain(session: Session): void {
    describeAgain(this.call, session);
    this.settle();
  }

  /** G9: removes a member that is still connected. */
  remove(session: Session): void {
    removeMember(this.call, session);
    this.settle();
  }

  /** A message of a client. */
  receive(session: Session, message: WireMessage): void {
    if (!session.open) return;
    if (connections.floods(this.call, session)) connections.closeWith(this.call, session, 4021);
    else if (!this.apply(session, message)) connections.closeWith(this.call, session, 4020);
    this.settle();
  }

  private apply(session: Session, message: WireMessage): boolean {
    const said = decodeClientSays(message);
    switch (said.kind) {
      case "key-package":
        return offerKeyPackage(this.call, session, said.bytes);
      case "commit":
        return this.passerBy.took(session, said.body) || receiveCommit(this.call, session, said.body);
      case "invalid":
        answered(this.call, session, said.transitionId);
        flag(this.call, session, said.transitionId);
        return true;
      case "ready":
        answered(this.call, session, said.transitionId);
        return true;
      case "other":
        return true;
      case "malformed":
        return false; // G13
    }
  }

  /** Does what the rules ask for until nothing is left to do, then sleeps until the next deadline. */
  private settle(): void {
    if (this.settling) return;
    this.settling = true;
    while (this.settleOnce());
    this.settling = false;
    this.wakeAtNextDeadline();
  }

  private settleOnce(): boolean {
    const { call } = this;
    if (settleVersion(call) || settleMembership(call) || executeDue(call)) return true;
    if (revokeProposals(call)) return true;
    const wasEstablished = call.established;
    const winner = takeWinner(call);
    if (winner === undefined) return appendProposals(call) || this.passerBy.visit();
    call.reforming = false;
    announceWinner(call, winner, groupTransitionId(call, wasEstablished));
    return true;
  }

  private wakeAtNextDeadline(): void {
    const times = [nextProposalDeadline(this.call), nextTransitionDeadline(this.call)];
    const at = times.filter((time) => time !== undefined).sort((a, b) => a - b)[0];
    this.cancelWake?.();
    this.cancelWake =
      at === undefined
        ? undefined
        : this.call.clock.setTimer(at - this.call.clock.now(), () => this.settle());
  }
}
