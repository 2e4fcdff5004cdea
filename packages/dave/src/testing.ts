// @puredave/dave/testing: a voice gateway for the tests of whoever uses DaveClient. The public names, listed by hand.

export { DaveError, type DaveErrorCode } from "./errors.ts";
export { always, CALM, type Choice, type Choices, type Duration } from "./testing/choices.ts";
export type { Connection, Wire } from "./testing/connection.ts";
export type { Package, Proposed } from "./testing/group.ts";
export {
  appendProposals,
  ProposalSigner,
  type ProposalSignerOptions,
  revokeProposals,
  type SignedProposal,
} from "./testing/proposal-signer.ts";
export {
  type Announcement,
  ScriptedClient,
  ScriptedGateway,
  type ScriptedGatewayOptions,
} from "./testing/scripted-gateway.ts";
export type { LostOp } from "./testing/seats.ts";
export { VirtualClock } from "./testing/virtual-clock.ts";
export { type Route, VoiceGateway, type VoiceGatewayOptions } from "./testing/voice-gateway.ts";
