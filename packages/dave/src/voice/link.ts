// What a websocket has to tell: its messages in order, whatever their form, and its close.

import { Inbox, type WholeMessage } from "../gateway/inbox.ts";
import { checkBits, checkNow } from "./checks.ts";
import type { VoiceLink } from "./shapes.ts";

export interface LinkParts {
  /** Applies one message. */
  readonly message: (message: WholeMessage, now: number) => void;
  readonly closed: (code: number | undefined) => void;
  /** A Blob could not be read. Never throws. */
  readonly unreadable: (thrown: unknown) => void;
}

/** The two functions that the owner of a websocket calls. */
export function linkTo(parts: LinkParts): VoiceLink {
  // a Blob is read later, and belongs to the newest instant told until then
  let latest = Number.NEGATIVE_INFINITY;
  const inbox = new Inbox({
    deliver: (message) => parts.message(message, latest),
    unreadable: parts.unreadable,
  });
  return {
    message(data, now) {
      checkNow(now);
      latest = Math.max(latest, now);
      inbox.receive(data, undefined);
    },
    closed(code) {
      if (code !== undefined) checkBits(code, 16, "code");
      inbox.clear();
      parts.closed(code);
    },
  };
}
