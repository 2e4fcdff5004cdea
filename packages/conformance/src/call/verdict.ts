// Whether a call went well, and if not, why.
import type { RelayCall } from "./relay-call.ts";
import { ROLES } from "./story.ts";

export interface Verdict {
  readonly sent: number;
  readonly received: number;
  readonly lost: number;
  readonly notEntitled: number;
  readonly plaintext: number;
  /** The voice privacy code that all members share, if they do. */
  readonly privacyCode: string | undefined;
  /** Empty when the call is ok. */
  readonly failures: readonly string[];
}

function sharedCode(call: RelayCall): string | undefined {
  const codes = [...call.seats.values()].map(({ client }) => client?.privacyCode?.code);
  return new Set(codes).size === 1 ? codes[0] : undefined;
}

function* speechFailures(call: RelayCall): Generator<string> {
  for (const [name, speaker] of call.speakers) {
    if (!speaker.finished) yield `${name} did not get all packets out`;
    for (const refusal of new Set(speaker.refusals)) yield `${name} could not send: ${refusal}`;
    const userId = call.seats.get(name)!.userId;
    if (!call.heard.get(userId)?.length) yield `the relay heard nothing of ${name}`;
  }
}

function* bookFailures(call: RelayCall): Generator<string> {
  for (const account of call.ledger.accounts.values()) {
    if (account.lost > 0) yield `${account.name} lost ${account.lost} frames it was entitled to`;
    if (account.plaintext > 0) yield `${account.name}: ${account.plaintext} frames in the clear`;
  }
}

export function judge(call: RelayCall): Verdict {
  const privacyCode = sharedCode(call);
  const failures = [...bookFailures(call), ...speechFailures(call)];
  if (privacyCode === undefined) failures.push("the members do not share one voice privacy code");
  if (call.gateway.call.members().length !== ROLES.length) failures.push("not everybody is in the group");
  return {
    sent: call.ledger.total("sent"),
    received: call.ledger.total("received"),
    lost: call.ledger.total("lost"),
    notEntitled: call.ledger.total("notEntitled"),
    plaintext: call.ledger.total("plaintext"),
    privacyCode,
    failures,
  };
}

/** The line the call ends with. */
export const closingLine = ({ failures, sent, received, lost, plaintext }: Verdict): string =>
  `${failures.length === 0 ? "call ok" : "call failed"}: sent ${sent}, received ${received}, lost ${lost}, plaintext ${plaintext}`;
