// G5 (knob): somebody who asks to be added and leaves at once. One member is sent the Add and, right behind it, its
// revoke. The 28 that answers the Add is no commit of the call; it shows whether a newcomer could join the epoch.
import type { Call, Session } from "./call.ts";
import { proposalBody, proposalsBlocked } from "./proposals.ts";
import { vector } from "./wire.ts";

/** The user id of the passer-by. */
export const PASSER_BY = "880000000000000008";
/** How many references of earlier visits are remembered: a 28 may be sent again after a resume. */
const REMEMBERED = 16;

export class PasserBy {
  private readonly call: Call;
  private readonly offer: (() => Uint8Array) | undefined;
  private readonly refs: string[] = [];
  /** The number of the epoch visited last. */
  private visited = 0;

  /** `offer`: makes a key package (op 26) of the passer-by. */
  constructor(call: Call, offer: (() => Uint8Array) | undefined) {
    this.call = call;
    this.offer = offer;
  }

  /** Visits the running epoch if nobody has; true when something was sent. */
  visit(): boolean {
    const { call, offer } = this;
    const members = call.members();
    if (offer === undefined || !call.knobs.passerBy || !call.established || members.length < 2) return false;
    if (proposalsBlocked(call) || call.issued.length > 0) return false;
    if (this.visited === call.epochsSoFar) return false;
    this.visited = call.epochsSoFar;
    this.propose(call.random.pick(members), offer());
    return true;
  }

  private propose(member: Session, bytes: Uint8Array): void {
    const { call } = this;
    const inspected = call.mls.inspectKeyPackage(bytes, PASSER_BY);
    if (inspected === undefined) throw new Error("the passer-by offers a bad key package");
    const { keyPackage } = inspected;
    const { message, ref, refHex } = call.mls.propose(call.epoch, { proposalType: "add", keyPackage });
    this.refs.push(refHex);
    if (this.refs.length > REMEMBERED) this.refs.shift();
    call.send(member, { op: 11, d: { user_ids: [PASSER_BY] } });
    call.send(member, { op: 27, body: proposalBody(0, [message]) });
    call.send(member, { op: 27, body: proposalBody(1, [vector(ref)]) });
    call.send(member, { op: 13, d: { user_id: PASSER_BY } });
  }

  /** Whether a 28 would add the passer-by: then it is taken out of the call. */
  took({ userId }: Session, body: Uint8Array): boolean {
    const inspected = this.refs.length > 0 ? this.call.mls.inspectCommit(body) : undefined;
    if (inspected === undefined || !inspected.refs.some((ref) => this.refs.includes(ref))) return false;
    this.call.observe({ type: "passer-by", userId, epoch: inspected.epoch, body });
    return true;
  }
}
