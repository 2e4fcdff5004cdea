// The types of @puredave/dave as its users meet them: checked by the compiler in `npm test`, never run.

import type { MlsErrorCode } from "@puredave/mls";
import { expectTypeOf } from "vitest";
import {
  type AmongOutcome,
  type ClientMessage,
  type ClientSnapshot,
  type ClientState,
  DaveClient,
  type DaveClientOptions,
  DaveError,
  type DaveErrorCode,
  type DaveEvent,
  type DaveEvents,
  type DecryptFailure,
  type DecryptOutcome,
  type EncryptFailure,
  type EncryptOutcome,
  type GatewayData,
  type HeldFrameOutcome,
  HeldFrames,
  hasFrame,
  type loadIdentity,
  type NotReadyReason,
  type PrivacyCode,
  type ReceivedData,
  type ServerMessage,
  type SessionReason,
  type Snowflake,
  SsrcResolver,
  snapshotOf,
} from "../src/index.ts";
import {
  type CommitOutcome,
  type DaveSession,
  decodeServerMessage,
  INITIAL_TRANSITIONS,
  type ProposalsOutcome,
  processProposals,
  type RtpMedia,
  type Step,
  type TransitionEffect,
  type TransitionEvent,
  type TransitionState,
  transition,
  type WelcomeOutcome,
} from "../src/protocol.ts";
import { serverMessage } from "./support/decoded.ts";

declare const client: DaveClient;
declare const session: DaveSession;
declare const bytes: Uint8Array;
const frame = { mediaType: "audio", ssrc: 1, frame: bytes } as const;

// ── outcomes narrow to what they hold ──────────────────────────────────────────────────────────────────────

const sent = client.encrypt(frame);
expectTypeOf(sent).toEqualTypeOf<EncryptOutcome>();
expectTypeOf(sent.outcome).toEqualTypeOf<"encrypted" | "plain" | "not-ready" | "dropped" | "failed">();
// @ts-expect-error: there may be no frame
sent.frame;
if (sent.outcome === "encrypted" || sent.outcome === "plain")
  expectTypeOf(sent.frame).toEqualTypeOf<Uint8Array>();
if (sent.outcome === "not-ready" || sent.outcome === "dropped")
  expectTypeOf(sent.reason).toEqualTypeOf<NotReadyReason>();
if (sent.outcome === "failed")
  expectTypeOf(sent.reason).toEqualTypeOf<Exclude<EncryptFailure, "no-key"> | "closed">();
expectTypeOf<NotReadyReason>().toEqualTypeOf<"alone" | "negotiating">();

const heard = client.decrypt({ userId: 1n, mediaType: "video", frame: bytes });
expectTypeOf(heard).toEqualTypeOf<DecryptOutcome>();
expectTypeOf(heard.outcome).toEqualTypeOf<"decrypted" | "plain" | "silence" | "failed">();
// @ts-expect-error: there may be no frame
heard.frame;
if (heard.outcome === "failed")
  expectTypeOf(heard.reason).toEqualTypeOf<DecryptFailure | "unknown-sender" | "closed">();
if (heard.outcome === "decrypted") expectTypeOf(heard.frame).toEqualTypeOf<Uint8Array>();

const among = client.decryptAmong({ candidates: ["1", 2n], mediaType: "audio", frame: bytes });
expectTypeOf(among).toEqualTypeOf<AmongOutcome>();
expectTypeOf(among.userId).toEqualTypeOf<string | undefined>();

/** A switch over a union is complete, and the compiler knows it. */
export function everyOutcome(outcome: EncryptOutcome): string {
  switch (outcome.outcome) {
    case "encrypted":
    case "plain":
      return `${outcome.frame.length}`;
    case "not-ready":
    case "dropped":
      return outcome.reason;
    case "failed":
      return outcome.reason;
  }
}

// ── sessions ───────────────────────────────────────────────────────────────────────────────────────────────

const commit = session.processCommit(bytes);
expectTypeOf(commit).toEqualTypeOf<CommitOutcome>();
if (commit.outcome === "adopted") expectTypeOf(commit.epoch).toEqualTypeOf<bigint>();
if (commit.outcome === "invalid") expectTypeOf(commit.reason).toEqualTypeOf<SessionReason>();
// @ts-expect-error: being removed has no reason
if (commit.outcome === "removed") commit.reason;
expectTypeOf<MlsErrorCode>().toExtend<SessionReason>();

const welcome = session.processWelcome(bytes, ["1"]);
expectTypeOf(welcome).toEqualTypeOf<WelcomeOutcome>();
if (welcome.outcome === "joined") expectTypeOf(welcome.unrecognized).toEqualTypeOf<readonly string[]>();
const proposals = processProposals(session, bytes, new Set<string>());
expectTypeOf(proposals).toEqualTypeOf<ProposalsOutcome>();
if (proposals.outcome === "commit") {
  expectTypeOf(proposals.commitWelcome).toEqualTypeOf<Uint8Array>();
  expectTypeOf(proposals.welcome).toEqualTypeOf<Uint8Array | undefined>();
}
// @ts-expect-error: whom op 11 has named has to be said
session.processWelcome(bytes);

// ── events ─────────────────────────────────────────────────────────────────────────────────────────────────

expectTypeOf<keyof DaveEvents>().toEqualTypeOf<DaveEvent["type"]>();
client.on("state", (event) => {
  expectTypeOf(event).toEqualTypeOf<{ readonly state: ClientState; readonly ready: boolean }>();
});
client.on("privacyCode", ({ current }) => {
  expectTypeOf(current).toEqualTypeOf<PrivacyCode | undefined>();
});
client.on("invalid", ({ op, reason }) => {
  expectTypeOf(op).toEqualTypeOf<29 | 30>();
  expectTypeOf(reason).toEqualTypeOf<SessionReason | "parked-too-long">();
});
expectTypeOf(client.on("epoch", () => {})).toEqualTypeOf<() => void>();
// @ts-expect-error: no such event
client.on("message", () => {});
// @ts-expect-error: the epoch is a bigint
client.on("epoch", (event: { epoch: number }) => event);
declare const anyEvent: DaveEvent;
if (anyEvent.type === "version") expectTypeOf(anyEvent.previous).toEqualTypeOf<number | undefined>();

// ── options ────────────────────────────────────────────────────────────────────────────────────────────────

const least = { userId: "1", channelId: 2n, send: () => {} };
expectTypeOf(least).toExtend<DaveClientOptions>();
expectTypeOf<DaveClientOptions["policy"]>().toEqualTypeOf<
  "hold" | "drop" | "throw" | "passthrough" | undefined
>();
expectTypeOf<Parameters<DaveClientOptions["send"]>>().toEqualTypeOf<
  [message: string | Uint8Array<ArrayBuffer>]
>();
new DaveClient({ ...least, policy: undefined, knownKeys: new Map<string, Uint8Array>() });
// @ts-expect-error: `send` is needed
new DaveClient({ userId: "1", channelId: "2" });
// @ts-expect-error: a number has lost digits of an id
new DaveClient({ ...least, userId: 1 });
// @ts-expect-error: no such policy
new DaveClient({ ...least, policy: "queue" });
expectTypeOf<Snowflake>().toEqualTypeOf<string | bigint>();
expectTypeOf<GatewayData>().toEqualTypeOf<
  string | Uint8Array | ArrayBuffer | SharedArrayBuffer | ArrayBufferView | readonly Uint8Array[]
>();
expectTypeOf(client.receive).parameter(0).toEqualTypeOf<ReceivedData>();
expectTypeOf<Blob>().toExtend<ReceivedData>();
// a sender that nobody has announced is no mistake
client.decrypt({ userId: undefined, mediaType: "audio", frame: bytes });

// ── messages, errors, state ────────────────────────────────────────────────────────────────────────────────

const read = decodeServerMessage("");
expectTypeOf(read.outcome).toEqualTypeOf<"message" | "malformed">();
// @ts-expect-error: there may be no message
read.message;
if (read.outcome === "malformed") expectTypeOf(read.reason).toEqualTypeOf<string>();
const message = serverMessage("");
expectTypeOf(message).toEqualTypeOf<ServerMessage>();
if (message.op === 29) expectTypeOf(message.commit).toEqualTypeOf<Uint8Array>();
if (message.op === "unknown") expectTypeOf(message.opcode).toEqualTypeOf<number>();
expectTypeOf<Extract<ClientMessage, { op: 28 }>["welcome"]>().toEqualTypeOf<Uint8Array | undefined>();

expectTypeOf(new DaveError("not-ready", "").code).toEqualTypeOf<DaveErrorCode>();
// @ts-expect-error: the union is closed
new DaveError("oops", "");

expectTypeOf(client.epoch).toEqualTypeOf<bigint | undefined>();
expectTypeOf(client.roster).toEqualTypeOf<ReadonlyMap<string, Uint8Array>>();
expectTypeOf(snapshotOf(client)).toEqualTypeOf<ClientSnapshot>();
expectTypeOf(snapshotOf(client).sender.kind).toEqualTypeOf<"none" | "plain" | "key">();
// @ts-expect-error: the roster is not the caller's to change
client.roster.clear();

expectTypeOf(transition).toEqualTypeOf<
  (state: TransitionState, event: TransitionEvent, now: number) => Step
>();
const { effects } = transition(INITIAL_TRANSITIONS, { type: "select-version", version: 1 }, 0);
expectTypeOf(effects).toEqualTypeOf<readonly TransitionEffect[]>();
// @ts-expect-error: states are never changed in place
INITIAL_TRANSITIONS.executed = 1;

// ── beside the client ──────────────────────────────────────────────────────────────────────────────────────

const held = new HeldFrames(client, { deliver: (out) => expectTypeOf(out).toEqualTypeOf<Uint8Array>() });
expectTypeOf(held.send(frame)).toEqualTypeOf<HeldFrameOutcome>();
expectTypeOf(held.send(frame).outcome).toEqualTypeOf<"sent" | "held" | "failed">();
if (hasFrame(sent)) expectTypeOf(sent.outcome).toEqualTypeOf<"encrypted" | "plain">();
expectTypeOf(new SsrcResolver(client).ownerOf(1)).toEqualTypeOf<string | undefined>();
expectTypeOf<ReturnType<typeof loadIdentity>>().toEqualTypeOf<Uint8Array>();
declare const rtp: RtpMedia;
if (rtp.outcome === "media") expectTypeOf(rtp.frame).toEqualTypeOf<Uint8Array>();
if (rtp.outcome === "malformed")
  expectTypeOf(rtp.reason).toEqualTypeOf<"not-rtp" | "header" | "extension" | "padding">();

// no `any` anywhere a user looks first
expectTypeOf<DaveClientOptions[keyof DaveClientOptions]>().not.toBeAny();
expectTypeOf<DaveEvents[keyof DaveEvents]>().not.toBeAny();
expectTypeOf<Parameters<DaveClient["receive"]>[0]>().not.toBeAny();
