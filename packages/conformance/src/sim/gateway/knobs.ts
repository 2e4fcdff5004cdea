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
  badCommit: 0,
  badWelcome: 0,
};
