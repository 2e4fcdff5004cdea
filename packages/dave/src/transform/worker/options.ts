// What the main thread says about a session and its media.

import type { BackendChoice, Codec, MediaType } from "@puredave/frame-crypto";
import type { DaveEvent } from "../../client/events.ts";
import type { NotReadyPolicy } from "../../client/options.ts";
import { checkCallbacks, checkOptionNames, expectThat, isFunction } from "../../errors.ts";
import type { SentMessage } from "../../gateway/opcodes.ts";
import type { Snowflake } from "../../snowflake.ts";
import type { ScriptTransformConstructor } from "../shapes.ts";

/** Options of {@link createDaveWorker}. */
export interface DaveWorkerOptions {
  /** Our own user id. */
  readonly userId: Snowflake;
  /** The voice channel's id; for Go Live, the stream's `rtc_server_id` − 1. */
  readonly channelId: Snowflake;
  /** Sends to the voice gateway: text for JSON opcodes, bytes for MLS. */
  readonly send: (message: SentMessage) => void;
  /** M8. Default: `hold`. Attached media holds nothing: what cannot leave is dropped. */
  readonly policy?: NotReadyPolicy | undefined;
  /** Default: `auto`, the platform's primitives where they are faster. */
  readonly backend?: BackendChoice | undefined;
  /** E31: whether failing media may start a recovery. Default: true. */
  readonly recoverFromMedia?: boolean | undefined;
  /** Sees every event as it is told, never a secret. May throw. */
  readonly onEvent?: ((event: DaveEvent) => void) | undefined;
  /** Told what went wrong: listeners, `send`, malformed messages, and what the worker reports. May throw. */
  readonly onFault?: ((fault: unknown) => void) | undefined;
  /** Default: the browser's `RTCRtpScriptTransform`. */
  readonly RTCRtpScriptTransform?: ScriptTransformConstructor | undefined;
}

/** Options of `attachSender`. */
export interface AttachSenderOptions {
  /** Default: the kind of the sender's track. Needed while it has none. */
  readonly mediaType?: MediaType | undefined;
  /** Which codec a payload type stands for, for browsers whose frames tell no MIME type. */
  readonly payloadTypes?: ReadonlyMap<number, Codec> | undefined;
}

const NAMES: { readonly [K in keyof DaveWorkerOptions]-?: true } = {
  userId: true,
  channelId: true,
  send: true,
  policy: true,
  backend: true,
  recoverFromMedia: true,
  onEvent: true,
  onFault: true,
  RTCRtpScriptTransform: true,
};

export function checkOptions(options: DaveWorkerOptions): void {
  checkOptionNames(options, NAMES);
  const { send, onEvent, onFault } = options;
  expectThat(isFunction(send), "send", "a function", send);
  checkCallbacks({ onEvent, onFault });
}
