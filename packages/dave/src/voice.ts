// @puredave/dave/voice: what a bot of one's own needs beneath DAVE, without I/O. The public names, listed by hand.

export { DaveError, type DaveErrorCode } from "./errors.ts";
export { OPUS_PAYLOAD_TYPE, type RtpMedia, readRtp, rtpHeaderLength } from "./rtp.ts";
export {
  type CloseAction,
  type CloseMeaning,
  closeMeaning,
  type ReconnectDelayOptions,
  reconnectDelay,
} from "./voice/close-codes.ts";
export { VoiceConnection } from "./voice/connection.ts";
export type { VoiceConnectionOptions } from "./voice/connection-options.ts";
export { Heartbeat, type HeartbeatOptions, type HeartbeatOutcome } from "./voice/heartbeat.ts";
export { type IpDiscoveryOutcome, ipDiscoveryRequest, readIpDiscovery } from "./voice/ip-discovery.ts";
export {
  heartbeatMessage,
  identifyMessage,
  resumeMessage,
  selectProtocolMessage,
  speakingMessage,
  VOICE_GATEWAY_VERSION,
  type VoiceCredentials,
  type VoiceMember,
} from "./voice/messages.ts";
export { Pacer, type PacerOptions } from "./voice/pacer.ts";
export { readVoiceMessage, type VoiceMessage } from "./voice/read-message.ts";
export { OpusStream, type OpusStreamOptions, type RtpPacket, writeRtp } from "./voice/rtp-out.ts";
export type {
  HeardOutcome,
  SpeakOutcome,
  VoiceAddress,
  VoiceEnd,
  VoiceLink,
  VoiceSocket,
  VoiceState,
} from "./voice/shapes.ts";
export {
  type OpenOutcome,
  type SealOutcome,
  selectTransportMode,
  TRANSPORT_MODES,
  TRANSPORT_OVERHEAD,
  TransportCipher,
  type TransportCipherOptions,
  type TransportMode,
} from "./voice/transport.ts";
