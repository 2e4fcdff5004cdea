// @puredave/dave: Discord's DAVE protocol for a client. The public names, listed by hand.

export type {
  Changeover,
  Codec,
  DecryptFailure,
  EncryptFailure,
  KeyRatchet,
  MediaType,
} from "@puredave/frame-crypto";
export type { CryptoOptions, CryptoProvider, SignatureKeyPair } from "@puredave/mls";
export { DaveClient } from "./client/client.ts";
export type { ClientState, DaveEvent, DaveEvents, Listener, PrivacyCode } from "./client/events.ts";
export { type DrainReport, HeldFrames, type HeldFramesOptions } from "./client/held-frames.ts";
export type { KnownKeys, Verification } from "./client/known-keys.ts";
export type { LikelyCause } from "./client/likely-cause.ts";
export type { MediaCounters } from "./client/media.ts";
export type {
  AmongOutcome,
  AnonymousFrame,
  DaveClientOptions,
  DecryptOutcome,
  EncryptOutcome,
  IncomingFrame,
  NotReadyPolicy,
  NotReadyReason,
  OutgoingFrame,
} from "./client/options.ts";
export { type ClientSnapshot, type ReceiverSnapshot, snapshotOf } from "./client/snapshot.ts";
export { type CaptureRecord, captureRecord, type TappedMessage } from "./client/tap.ts";
export { MAX_PROTOCOL_VERSION } from "./constants.ts";
export { createCryptoProvider } from "./crypto.ts";
export { DaveError, type DaveErrorCode } from "./errors.ts";
export {
  decodeClientMessage,
  decodeServerMessage,
  encodeClientMessage,
  encodeServerMessage,
} from "./gateway/codec.ts";
export type { ReceivedData } from "./gateway/inbox.ts";
export {
  type AsyncGatewayData,
  type ClientMessage,
  type GatewayData,
  OPCODES,
  type SentMessage,
  type ServerMessage,
} from "./gateway/opcodes.ts";
export { type IdentityStore, loadIdentity } from "./identity.ts";
export { type Clock, platformClock } from "./ports.ts";
export { OPUS_PAYLOAD_TYPE, type RtpMedia, readRtp, rtpHeaderLength } from "./rtp.ts";
export { exportBaseSecret, HashRatchet } from "./sender-keys.ts";
export { importMember } from "./session/import-member.ts";
export type {
  CommitOutcome,
  CommitQueuedOutcome,
  ExternalSenderOutcome,
  ProposalsOutcome,
  Roster,
  SessionReason,
  WelcomeOutcome,
} from "./session/outcomes.ts";
export { processProposals } from "./session/process-proposals.ts";
export { type ProposalsPayload, parseProposals } from "./session/proposals.ts";
export { DaveSession, type SessionOptions } from "./session/session.ts";
export { type Snowflake, snowflake, snowflakeBytes, snowflakeOf } from "./snowflake.ts";
export { SsrcResolver } from "./ssrc-resolver.ts";
export type { Step, TransitionEffect, TransitionEvent, TransitionNotice } from "./transitions/events.ts";
export { nextTransitionDeadline, transition } from "./transitions/reduce.ts";
export { INITIAL_TRANSITIONS, type TransitionState } from "./transitions/state.ts";
export {
  type ClientIdentity,
  displayableCode,
  type Identity,
  type PairwiseCode,
  pairwiseCode,
  pairwiseCodeWith,
  pairwiseFingerprint,
  selfSign,
  verifySelfSignature,
  voicePrivacyCode,
} from "./verification.ts";
