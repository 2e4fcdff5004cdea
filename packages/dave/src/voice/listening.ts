// From a packet that came over UDP to the frame inside it, and whose it is.

import type { AmongOutcome } from "../client/options.ts";
import { OPUS_PAYLOAD_TYPE, readRtp } from "../rtp.ts";
import type { Media } from "./media.ts";
import type { HeardOutcome } from "./shapes.ts";

const detailOf = (heard: AmongOutcome): string => (heard.outcome === "failed" ? heard.reason : heard.outcome);

/** What a received packet is. Whatever its bytes are, this does not throw. */
export function heardIn(media: Media, packet: Uint8Array, now: number): HeardOutcome {
  if (media.discovered(packet, now)) return { outcome: "none", reason: "ip-discovery" };
  const opened = media.open(packet);
  if (opened.outcome === "failed") {
    if (opened.reason === "not-rtp") return { outcome: "none", reason: "not-rtp" };
    return { outcome: "dropped", reason: "transport", detail: opened.reason };
  }
  const rtp = readRtp(packet, opened.payload);
  if (rtp.outcome === "padding") return { outcome: "none", reason: "padding" };
  if (rtp.outcome === "malformed") return { outcome: "dropped", reason: "malformed", detail: rtp.reason };
  if (rtp.payloadType !== OPUS_PAYLOAD_TYPE) return { outcome: "none", reason: "not-audio" };
  const { ssrc, sequenceNumber, timestamp } = rtp;
  const heard: AmongOutcome = media.owners.decrypt(ssrc, rtp.frame);
  if (heard.userId === undefined) return { outcome: "dropped", reason: "sender", detail: detailOf(heard) };
  if (heard.outcome === "failed") return { outcome: "dropped", reason: "dave", detail: heard.reason };
  const { userId, frame } = heard;
  const encrypted = heard.outcome === "decrypted";
  return { outcome: "heard", userId, ssrc, sequenceNumber, timestamp, encrypted, frame };
}
