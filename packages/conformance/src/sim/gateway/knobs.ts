// Every *knob* of voice-gateway.md: a choice in which real gateways were seen to differ.

/** Defaults (`PLAIN_KNOBS`) are the plain behaviour. Times are virtual milliseconds, chances 0 … 1. */
export interface GatewayKnobs {
  /** G1: the 11 that names a newcomer reaches the others this much later (and may follow its Add). */
  readonly lateConnectMs: number;
  /** G1: the 25 follows a new connection this much later. */
  readonly lateExternalSenderMs: number;
  /** G2: a client without DAVE is closed with 4017. */
  readonly daveRequired: boolean;
  /** G5: appended proposals are collected this long. */
  readonly batchMs: number;
  /** G5: how late the Add of a user who left is revoked. */
  readonly revokeMs: number;
  /** G6: a commit wins although a later append of its epoch is out. */
  readonly winDespiteLaterAppend: boolean;
  /** G7: the 29 goes to pending members too. */
  readonly announceToPending: boolean;
  /** G7: several transitions may be pending at once. */
  readonly overlapping: boolean;
  /** G7: how long the gateway waits for 23. */
  readonly executeTimeoutMs: number;
  /** G7: the 22 follows this long after everybody was ready. */
  readonly executeDelayMs: number;
  /** G7: chance that a transition is executed without waiting for any 23. */
  readonly executeAtOnce: number;
  /** G12: chance that a recipient gets its 22 ahead of the 29 or 30. */
  readonly executeEarly: number;
  /** G9: Remove and Add of a recovering member in one commit: the Remove waits this long for the new 26. */
  readonly reAddWaitMs: number;
  /** G10: the gateway has the leaver removed by a commit before it resets the sole member. */
  readonly soleByCommit: boolean;
  /** G12: chance that a message is sent again with its old seq. */
  readonly duplicate: number;
  /** G12: chance that a JSON message is sent again with no seq at all. */
  readonly duplicateWithoutSeq: number;
  /** G12: how long a lost connection may resume. */
  readonly resumeWindowMs: number;
  /** G12: op 9 comes before what was missed (else behind it). */
  readonly resumedFirst: boolean;
  /** G12: the seq of a connection's first message. */
  readonly firstSeq: number;
  /** G8: the id given out last, before the call began. */
  readonly lastId: number;
  /** G14: chance that one of several recipients never gets a 27 (append), a 29 or a 22. */
  readonly lose: number;
  /** G15: the 13 that leaves one user alone follows the 24 and 21 of the sole member this much later. */
  readonly lateDisconnectMs: number;
  /** G16: chance that a member sends 31 for a valid commit. */
  readonly flagValid: number;
  /** G17: a new connection gets 25 ahead of 4. */
  readonly senderFirst: boolean;
  /** G17: no 25 while version 0 is executed; it comes right before the 24 of the upgrade. */
  readonly senderAtUpgrade: boolean;
  /** E30: the 11 of a new connection leaves one member of the group out, and names that member this much later. */
  readonly strangerMs: number;
  /** G5: in every epoch somebody asks to be added and leaves before it is done: an Add and, right behind it, its revoke. */
  readonly passerBy: boolean;
  /** Fault: chance that a recipient gets a damaged 29. */
  readonly badCommit: number;
  /** Fault: chance that a recipient gets a damaged 30. */
  readonly badWelcome: number;
}

export const PLAIN_KNOBS: GatewayKnobs = {
  lateConnectMs: 0,
  lateExternalSenderMs: 0,
  daveRequired: false,
  batchMs: 0,
  revokeMs: 0,
  winDespiteLaterAppend: false,
  announceToPending: false,
  overlapping: false,
  executeTimeoutMs: 2000,
  executeDelayMs: 0,
  executeAtOnce: 0,
  executeEarly: 0,
  reAddWaitMs: 0,
  soleByCommit: false,
  duplicate: 0,
  duplicateWithoutSeq: 0,
  resumeWindowMs: 15_000,
  resumedFirst: true,
  firstSeq: 0,
  lastId: 0,
  lose: 0,
  lateDisconnectMs: 0,
  flagValid: 0,
  senderFirst: false,
  senderAtUpgrade: false,
  strangerMs: 0,
  passerBy: false,
  badCommit: 0,
  badWelcome: 0,
};

/** By how much the knobs may delay the group that a member waits for. */
export function patience(knobs: GatewayKnobs): number {
  const { lateConnectMs, lateExternalSenderMs, batchMs, revokeMs, reAddWaitMs } = knobs;
  const { executeDelayMs, executeTimeoutMs, lateDisconnectMs } = knobs;
  const once = batchMs + revokeMs + executeDelayMs + executeTimeoutMs + reAddWaitMs;
  // one transition at a time: the one that is needed may wait for the one before
  return 2 * once + lateConnectMs + lateExternalSenderMs + lateDisconnectMs;
}
