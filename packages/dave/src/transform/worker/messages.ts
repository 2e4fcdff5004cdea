// What the two ends say to each other: a closed union each way, tagged, so that an app may use the same worker for itself.

import { type BackendChoice, CODECS, type Codec, MEDIA_TYPES, type MediaType } from "@puredave/frame-crypto";
import type { ClientState, DaveEvent, PrivacyCode } from "../../client/events.ts";
import type { NotReadyPolicy } from "../../client/options.ts";
import { DaveError, type DaveErrorCode } from "../../errors.ts";
import type { SentMessage } from "../../gateway/opcodes.ts";
import { isSsrc } from "../../rtp.ts";
import {
  type Check,
  type Checks,
  hasFields,
  isAnything,
  isBigint,
  isBytes,
  isCount,
  isFlag,
  isNumber,
  isText,
  isUserId,
  listOf,
  oneOf,
  optional,
} from "./check.ts";
import { isEvent } from "./event-checks.ts";

/** The version of these messages: both ends have to be of one. */
const VERSION = 1;

/** Asked of the worker; each has one answer. */
export type Question =
  | { readonly about: "snapshot" | "media" | "public-key" }
  | { readonly about: "pairwise-code" | "verification"; readonly userId: string }
  | { readonly about: "verify"; readonly userId: string; readonly compared: Uint8Array };

/**
 * From the main thread. `link` counts connections made and lost: what belongs to an older one is told apart by it.
 * No secret is among these, in either direction.
 */
export type ToWorker =
  | {
      readonly type: "open";
      readonly userId: string;
      readonly channelId: string;
      readonly policy: NotReadyPolicy | undefined;
      readonly backend: BackendChoice | undefined;
      readonly recoverFromMedia: boolean | undefined;
    }
  | {
      readonly type: "receive";
      readonly data: string | Uint8Array;
      readonly connection: number | undefined;
    }
  | { readonly type: "lost" | "identify"; readonly link: number }
  | { readonly type: "recover" | "close" }
  | { readonly type: "codec"; readonly ssrc: number; readonly codec: Codec }
  /** Whose an attached receiver is. */
  | { readonly type: "user"; readonly id: number; readonly userId: string | undefined }
  | { readonly type: "ask"; readonly id: number; readonly question: Question };

/** The client's state as the main thread sees it. */
export interface WorkerStatus {
  readonly state: ClientState;
  readonly ready: boolean;
  readonly seqAck: number;
  readonly epoch: bigint | undefined;
  readonly executedVersion: number | undefined;
  readonly privacyCode: PrivacyCode | undefined;
}

/** From the worker. */
export type FromWorker =
  | { readonly type: "send"; readonly link: number; readonly data: SentMessage }
  | { readonly type: "status"; readonly link: number; readonly status: WorkerStatus }
  | { readonly type: "event"; readonly event: DaveEvent }
  /** Frames of an attached sender or receiver pass through the worker from now on. */
  | { readonly type: "attached"; readonly id: number }
  | { readonly type: "answer"; readonly id: number; readonly value: unknown }
  | ({ readonly type: "refusal"; readonly id: number } & PostedError)
  | ({ readonly type: "fault" } & PostedError)
  /** With an error: the session could not be opened, or the worker serves no more. */
  | { readonly type: "closed"; readonly error: PostedError | undefined };

/** An error as it is posted: what a DaveError says, and of anything else only that it happened. */
export interface PostedError {
  readonly code: DaveErrorCode | undefined;
  readonly message: string;
}

/** Other errors than ours may hold secrets, so their text stays in the worker. */
export const postable = (fault: unknown): PostedError =>
  fault instanceof DaveError
    ? { code: fault.code, message: fault.message }
    : { code: undefined, message: "something in the worker threw" };

export const errorOf = ({ code, message }: PostedError): Error =>
  code === undefined ? new Error(message) : new DaveError(code, message);

/** What an `RTCRtpScriptTransform` carries into the worker. */
export interface MediaOptions {
  /** Names the attached sender or receiver. */
  readonly id: number;
  /** Which way the frames go. */
  readonly direction: "send" | "receive";
  /** What the stream carries. */
  readonly mediaType: MediaType;
  /** Of `receive`; `undefined`: not known yet. */
  readonly userId: string | undefined;
  /** Of `send`: payload type and codec. */
  readonly payloadTypes: readonly (readonly [number, Codec])[] | undefined;
}

/** Tells our messages from anybody's, and one session's (named by its opener) from another's in the same worker. */
export interface Envelope<Body> {
  readonly puredave: typeof VERSION;
  readonly session: string;
  readonly body: Body;
}

export const seal = <Body>(session: string, body: Body): Envelope<Body> => ({
  puredave: VERSION,
  session,
  body,
});

type Union = { readonly type: string };
type Table<U extends Union> = { readonly [M in U as M["type"]]: Checks<Omit<M, "type">> };

const isData: Check = (value) => isText(value) || isBytes(value);
const isCodec = oneOf(...CODECS);
const isQuestion: Check = (value) =>
  hasFields({ about: oneOf("snapshot", "media", "public-key") })(value) ||
  hasFields({ about: oneOf("pairwise-code", "verification"), userId: isUserId })(value) ||
  hasFields({ about: oneOf("verify"), userId: isUserId, compared: isBytes })(value);

const TO_WORKER: Table<ToWorker> = {
  open: {
    userId: isUserId,
    channelId: isUserId,
    policy: optional(oneOf("hold", "drop", "throw", "passthrough")),
    backend: optional(oneOf("auto", "portable", "platform")),
    recoverFromMedia: optional(isFlag),
  },
  receive: { data: isData, connection: optional(isCount) },
  lost: { link: isCount },
  identify: { link: isCount },
  recover: {},
  close: {},
  codec: { ssrc: isSsrc, codec: isCodec },
  user: { id: isCount, userId: optional(isUserId) },
  ask: { id: isCount, question: isQuestion },
};

const STATUS: Checks<WorkerStatus> = {
  state: oneOf("plain", "negotiating", "alone", "encrypted"),
  ready: isFlag,
  seqAck: isNumber,
  epoch: optional(isBigint),
  executedVersion: optional(isNumber),
  privacyCode: optional(hasFields({ code: isText, stale: isFlag })),
};

const POSTED_ERROR: Checks<PostedError> = { code: optional(isText), message: isText };

const FROM_WORKER: Table<FromWorker> = {
  send: { link: isCount, data: isData },
  status: { link: isCount, status: hasFields(STATUS) },
  event: { event: isEvent },
  attached: { id: isCount },
  answer: { id: isCount, value: isAnything },
  refusal: { id: isCount, ...POSTED_ERROR },
  fault: POSTED_ERROR,
  closed: { error: optional(hasFields(POSTED_ERROR)) },
};

const MEDIA: Checks<MediaOptions> = {
  id: isCount,
  direction: oneOf("send", "receive"),
  mediaType: oneOf(...MEDIA_TYPES),
  userId: optional(isUserId),
  payloadTypes: optional(listOf((pair) => Array.isArray(pair) && isNumber(pair[0]) && isCodec(pair[1]))),
};

/** The envelope, or `undefined`: somebody else's message. @throws DaveError `malformed-message` */
function openEnvelope(value: unknown): Envelope<unknown> | undefined {
  if (typeof value !== "object" || value === null || !("puredave" in value)) return undefined;
  const { puredave, session } = value as Partial<Envelope<unknown>>;
  if (puredave !== VERSION) throw malformed("of another version of this package");
  if (typeof session !== "string") throw malformed("without a session");
  return value as Envelope<unknown>;
}

const malformed = (what: string): DaveError => new DaveError("malformed-message", `worker message: ${what}`);

function reader<U extends Union>(table: Table<U>) {
  return (value: unknown): Envelope<U> | undefined => {
    const envelope = openEnvelope(value);
    if (envelope === undefined) return undefined;
    const type = (envelope.body as Partial<Union> | null | undefined)?.type;
    if (typeof type !== "string" || !Object.hasOwn(table, type)) throw malformed("of no known type");
    const checks = table[type as keyof Table<U>] as Readonly<Record<string, Check>>;
    if (!hasFields(checks)(envelope.body)) throw malformed(`a field of ${type}`);
    return envelope as Envelope<U>;
  };
}

/** Reads what the main thread says; `undefined`: not for us. @throws DaveError `malformed-message` */
export const readToWorker = reader<ToWorker>(TO_WORKER);

/** Reads what the worker says; `undefined`: not for us. @throws DaveError `malformed-message` */
export const readFromWorker = reader<FromWorker>(FROM_WORKER);

/** Reads the options of a script transform; `undefined`: not ours. @throws DaveError `malformed-message` */
export function readMediaOptions(value: unknown): Envelope<MediaOptions> | undefined {
  const envelope = openEnvelope(value);
  if (envelope === undefined) return undefined;
  if (!hasFields(MEDIA)(envelope.body)) throw malformed("options of a transform");
  return envelope as Envelope<MediaOptions>;
}
