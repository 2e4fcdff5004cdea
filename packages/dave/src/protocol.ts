// @puredave/dave/protocol: the parts of which DaveClient is made, for sessions and networks of one's own, for tests and
// for gateways. The public names, listed by hand.

export type { BackendChoice, Changeover, Codec, KeyRatchet, MediaType } from "@puredave/frame-crypto";
export type { CryptoOptions, CryptoProvider, SignatureKeyPair } from "@puredave/mls";
export { MAX_PROTOCOL_VERSION } from "./constants.ts";
export { DaveError, type DaveErrorCode } from "./errors.ts";
export {
  type Decoded,
  decodeClientMessage,
  decodeServerMessage,
  encodeClientMessage,
  encodeServerMessage,
} from "./gateway/codec.ts";
export {
  type ClientMessage,
  type GatewayData,
  OPCODES,
  type SentMessage,
  type ServerMessage,
} from "./gateway/opcodes.ts";
export { exportBaseSecret, HashRatchet } from "./media/sender-keys.ts";
export {
  isMediaEffect,
  type MediaCounters,
  type MediaEffect,
  type ReceivedFrame,
  type SentFrame,
  SessionMedia,
  type SessionMediaOptions,
} from "./media/session-media.ts";
export { type Clock, platformClock } from "./ports.ts";
export { OPUS_PAYLOAD_TYPE, type RtpMedia, readRtp, rtpHeaderLength } from "./rtp.ts";
export { importMember } from "./session/import-member.ts";
export type {
  AppendOutcome,
  CommitOutcome,
  CommitQueuedOutcome,
  CommitWelcome,
  ExternalSenderOutcome,
  PendingGroupOutcome,
  ProposalsOutcome,
  RevokeOutcome,
  Roster,
  SessionReason,
  WelcomeOutcome,
} from "./session/outcomes.ts";
export { processProposals } from "./session/process-proposals.ts";
export { type ProposalsPayload, parseProposals } from "./session/proposals.ts";
export { rosterChanges } from "./session/roster.ts";
export { DaveSession, type SessionOptions } from "./session/session.ts";
export { type Snowflake, snowflake, snowflakeBytes, snowflakeOf } from "./snowflake.ts";
export { nextTransitionDeadline, transition } from "./transitions/checked.ts";
export type {
  IgnoredReason,
  Step,
  TransitionEffect,
  TransitionEvent,
  TransitionNotice,
} from "./transitions/events.ts";
export {
  INITIAL_TRANSITIONS,
  type KeySet,
  type KeySetId,
  type TransitionState,
} from "./transitions/state.ts";
export {
  displayableCode,
  type Identity,
  pairwiseCode,
  pairwiseFingerprint,
  selfSign,
  verifySelfSignature,
  voicePrivacyCode,
} from "./verification.ts";
