// @puredave/conformance/server: a voice server on the loopback interface, for tests of bots and libraries.

export type { ClientPaths, Limits, RtpKnobs, VoiceServerOptions } from "./server/options.ts";
export { VoiceServer, type VoiceServerCounts, type VoiceServerMedia } from "./server/voice-server.ts";
export type { GatewayKnobs } from "./sim/gateway/knobs.ts";
export type { DelayKnobs } from "./sim/network.ts";
export type { SfuKnobs } from "./sim/sfu.ts";
