// @puredave/dave: Discord's DAVE protocol for a client. The public names, listed by hand.
// What only a session, a network or a test of one's own needs is in @puredave/dave/protocol.

export type {
  BackendChoice,
  Changeover,
  Codec,
  DecryptFailure,
  EncryptFailure,
  MediaType,
} from "@puredave/frame-crypto";
export type { CryptoOptions, CryptoProvider } from "@puredave/mls";
export { DaveClient } from "./client/client.ts";
export {
  type ClientState,
  type DaveEvent,
  type DaveEvents,
  EVENT_NAMES,
  type Listener,
  type PrivacyCode,
} from "./client/events.ts";
export {
  type DrainReport,
  type HeldFrameOutcome,
  HeldFrames,
  type HeldFramesOptions,
} from "./client/held-frames.ts";
export type { KnownKeys, Verification } from "./client/known-keys.ts";
export type { LikelyCause } from "./client/likely-cause.ts";
export {
  type AmongOutcome,
  type AnonymousFrame,
  type DaveClientOptions,
  type DecryptOutcome,
  type DecryptRefusal,
  type EncryptOutcome,
  hasFrame,
  type IncomingFrame,
  type NotReadyPolicy,
  type NotReadyReason,
  type OutgoingFrame,
} from "./client/options.ts";
export { type ClientSnapshot, type ReceiverSnapshot, snapshotOf } from "./client/snapshot.ts";
export { type CaptureRecord, captureRecord, type TappedMessage } from "./client/tap.ts";
export { MAX_PROTOCOL_VERSION } from "./constants.ts";
export { createCryptoProvider } from "./crypto.ts";
export { DaveError, type DaveErrorCode } from "./errors.ts";
export type { ReceivedData } from "./gateway/inbox.ts";
export type {
  AsyncGatewayData,
  ClientMessage,
  GatewayData,
  SentMessage,
  ServerMessage,
} from "./gateway/opcodes.ts";
export { type IdentityStore, loadIdentity } from "./identity.ts";
export type { MediaCounters } from "./media/session-media.ts";
export type { Clock } from "./ports.ts";
export type { SessionReason } from "./session/outcomes.ts";
export type { Snowflake } from "./snowflake.ts";
export { SsrcResolver } from "./ssrc-resolver.ts";
export type { IgnoredReason, TransitionNotice } from "./transitions/events.ts";
export { type ClientIdentity, type PairwiseCode, pairwiseCodeWith } from "./verification.ts";
