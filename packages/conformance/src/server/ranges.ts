// What each knob of the voice server may be, for its options and for its command line.
import { TRANSPORT_MODES } from "@puredave/dave/voice";
import type { GatewayKnobs } from "../sim/gateway/knobs.ts";
import type { DelayKnobs } from "../sim/network.ts";
import type { SfuKnobs } from "../sim/sfu.ts";
import type { Limits, RtpKnobs } from "./options.ts";

/** What a value may be, in code and in words. */
export interface Range {
  readonly holds: (value: unknown) => boolean;
  readonly expected: string;
}

type Ranges<T> = { readonly [K in keyof T]-?: Range };

/** A day: timers of the platform cannot wait for a month. */
const MAX_MS = 86_400_000;

/** A whole number between two others. */
const whole = (least: number, most: number): Range => ({
  holds: (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most,
  expected: `a whole number from ${least} to ${most}`,
});

const MS: Range = { ...whole(0, MAX_MS), expected: "whole milliseconds, 0 to a day" };
const U16 = whole(0, 0xffff);
const COUNT = whole(1, 0xffff_ffff);
const CHANCE: Range = {
  holds: (value) => typeof value === "number" && value >= 0 && value <= 1,
  expected: "a chance from 0 to 1",
};
const SWITCH: Range = { holds: (value) => typeof value === "boolean", expected: "true or false" };
const FUNCTION: Range = { holds: (value) => typeof value === "function", expected: "a function" };
const ID: Range = {
  holds: (value) => typeof value === "string" && /^[1-9]\d{0,19}$/.test(value) && BigInt(value) < 2n ** 64n,
  expected: "an unsigned 64-bit decimal id as a string",
};

export const USER_ID = ID;

/** A code that a server may close a websocket with. */
export const CLOSE_CODE: Range = {
  holds: (value) => value === 1000 || whole(3000, 4999).holds(value),
  expected: "1000, or 3000 to 4999",
};

export const GATEWAY: Ranges<GatewayKnobs> = {
  lateConnectMs: MS,
  lateExternalSenderMs: MS,
  daveRequired: SWITCH,
  batchMs: MS,
  revokeMs: MS,
  winDespiteLaterAppend: SWITCH,
  announceToPending: SWITCH,
  overlapping: SWITCH,
  executeTimeoutMs: MS,
  executeDelayMs: MS,
  executeAtOnce: CHANCE,
  executeEarly: CHANCE,
  reAddWaitMs: MS,
  soleByCommit: SWITCH,
  duplicate: CHANCE,
  duplicateWithoutSeq: CHANCE,
  resumeWindowMs: MS,
  resumedFirst: SWITCH,
  firstSeq: U16,
  lastId: U16,
  lose: CHANCE,
  lateDisconnectMs: MS,
  flagValid: CHANCE,
  senderFirst: SWITCH,
  senderAtUpgrade: SWITCH,
  strangerMs: MS,
  passerBy: SWITCH,
  badCommit: CHANCE,
  badWelcome: CHANCE,
};

export const CONTROL: Ranges<DelayKnobs> = { minDelayMs: MS, maxDelayMs: MS };

export const MEDIA: Ranges<SfuKnobs> = {
  minDelayMs: MS,
  maxDelayMs: MS,
  loss: CHANCE,
  duplicate: CHANCE,
  reorder: CHANCE,
  reorderMs: MS,
  silence: CHANCE,
  tamper: CHANCE,
  corrupt: CHANCE,
  straggler: CHANCE,
};

export const RTP: Ranges<RtpKnobs> = {
  // a packet with its extension has to go through UDP
  extensionWords: whole(0, 255),
  csrcs: whole(0, 15),
  padding: CHANCE,
  paddingOnly: CHANCE,
};

export const LIMIT: Ranges<Limits> = {
  messages: COUNT,
  packets: COUNT,
  messageBytes: COUNT,
  backlogBytes: COUNT,
  identifyMs: { ...whole(1, MAX_MS), expected: "whole milliseconds, 1 to a day" },
  sockets: COUNT,
};

/** Options that are no groups of knobs. */
export const PLAIN = {
  port: U16,
  udpPort: U16,
  channelId: ID,
  seed: whole(0, 0xffff_ffff),
  heartbeatIntervalMs: {
    holds: (value: unknown) => typeof value === "number" && value > 0 && value <= MAX_MS,
    expected: "milliseconds, above 0 to a day",
  },
  modes: {
    holds: (value: unknown) =>
      Array.isArray(value) && value.length > 0 && value.every((mode) => TRANSPORT_MODES.includes(mode)),
    expected: `a list of ${TRANSPORT_MODES.join(" and ")}`,
  },
  repeatSpeaking: SWITCH,
  capture: FUNCTION,
  observe: FUNCTION,
  onFault: FUNCTION,
} as const satisfies Readonly<Record<string, Range>>;
