// What became of a frame, in an object that is filled again for each: frames cost no allocation.

interface Result<Outcome, Reason> {
  outcome: Outcome;
  length: number;
  reason: Reason | undefined;
}

/** Fills the result and hands `bytes` on. */
export function fillResult<Outcome, Reason>(
  result: Result<Outcome, Reason>,
  outcome: Outcome,
  length: number,
  bytes: Uint8Array,
  reason?: Reason,
): Uint8Array {
  result.outcome = outcome;
  result.length = length;
  result.reason = reason;
  return bytes;
}
