// The events of a client, checked when they arrive from a worker.

import type { DaveEvents } from "../../client/events.ts";
import {
  type Check,
  type Checks,
  hasFields,
  isBigint,
  isBytes,
  isFlag,
  isNumber,
  isText,
  listOf,
  oneOf,
  optional,
} from "./check.ts";

const isTexts = listOf(isText);

const EVENTS: { readonly [K in keyof DaveEvents]: Checks<DaveEvents[K]> } = {
  state: { state: oneOf("plain", "negotiating", "alone", "encrypted"), ready: isFlag },
  transition: { phase: isText, transitionId: isNumber, protocolVersion: isNumber, cause: optional(isText) },
  version: { executed: optional(isNumber), previous: optional(isNumber) },
  plaintext: { accepted: isFlag },
  recovery: { phase: isText, transitionId: isNumber, delayMs: isNumber },
  epoch: { epoch: optional(isBigint), members: isTexts },
  roster: { added: isTexts, removed: isTexts, unrecognized: isTexts },
  group: { inGroup: isFlag },
  messagesMissing: { expected: isNumber, received: isNumber },
  privacyCode: { current: optional(hasFields({ code: isText, stale: isFlag })) },
  verificationKey: { userId: isText, publicKey: isBytes },
  senderRate: { framesPerSecond: isNumber },
  undecryptable: { userId: isText, reason: isText, frames: isNumber, likelyCause: isText },
  deferredUsers: { userIds: isTexts },
  copiedKey: { userIds: isTexts },
  commitWaiting: { reason: isText },
  invalid: { op: oneOf(29, 30), transitionId: isNumber, reason: isText },
  ignored: { op: optional(isNumber), reason: isText, transitionId: optional(isNumber) },
};

/** A `DaveEvent`. */
export const isEvent: Check = (value) => {
  const type = (value as { readonly type?: unknown } | null | undefined)?.type;
  if (typeof type !== "string" || !Object.hasOwn(EVENTS, type)) return false;
  return hasFields(EVENTS[type as keyof DaveEvents])(value);
};
