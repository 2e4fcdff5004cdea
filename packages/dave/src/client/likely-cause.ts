// R1, F5: what is usually wrong with frames that all fail, guessed from one of them.

import { type DecryptFailure, type MediaType, parseFrame } from "@puredave/frame-crypto";
import { joined } from "../bytes.ts";

/** Why a sender's frames probably fail. */
export type LikelyCause =
  /** RTP padding was not removed: its last byte counts its bytes (R1). Remedy: use `readRtp`. */
  | "rtp-padding"
  /** The body of the RTP header extension was not removed from the front (R1). Remedy: use `readRtp`. */
  | "rtp-extension"
  /** Other bytes stand behind the trailer, such as a transport nonce or tag. Remedy: pass the frame alone. */
  | "trailing-bytes"
  /** The last bytes are missing. Remedy: pass whole frames. */
  | "cut-short"
  /** No protocol frame at all: the sender does not encrypt. Remedy: tell the user; check the sender's version. */
  | "plaintext"
  /** AV1 through stock WebRTC, which writes the size of the last OBU back (C6). Remedy: remove it again. */
  | "av1-size-field"
  /** A well-formed frame that no key fits. Remedy: none, a recovery follows; check the user id of its SSRC. */
  | "wrong-key"
  /** Nothing that is known. Remedy: report it. */
  | "unknown";

const MARKER = Uint8Array.of(0xfa, 0xfa);
/** A transport tag and nonce together have 20 bytes, and some keep both. */
const MAX_TRAILING = 32;
/** RTP header extensions come in words; more than these are not seen in calls. */
const MAX_EXTENSION_WORDS = 16;

const isFrame = (bytes: Uint8Array): boolean => parseFrame(bytes).outcome === "parsed";
const withoutEnd = (frame: Uint8Array, count: number): Uint8Array => frame.subarray(0, frame.length - count);

function isPadded(frame: Uint8Array): boolean {
  const padding = frame.at(-1) ?? 0;
  return padding > 0 && padding < frame.length && isFrame(withoutEnd(frame, padding));
}

function hasTrailingBytes(frame: Uint8Array): boolean {
  for (let count = 1; count <= Math.min(MAX_TRAILING, frame.length); count++)
    if (isFrame(withoutEnd(frame, count))) return true;
  return false;
}

/** One or both bytes of the marker are missing. */
const lacksMarker = (frame: Uint8Array): boolean =>
  isFrame(joined([frame, MARKER.subarray(1)])) || isFrame(joined([frame, MARKER]));

/** C6: OBUs from the first byte to the last, each with a size; DAVE leaves the last one without. */
function isSizedAv1(frame: Uint8Array): boolean {
  let at = 0;
  while (at < frame.length) {
    const header = frame[at]!;
    // The forbidden bit and the reserved bit are 0; bit 1 says that a size follows, bit 2 that an extension does.
    if ((header & 0x83) !== 0x02) return false;
    at += (header & 0x04) === 0 ? 1 : 2;
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = frame[at++];
      if (byte === undefined || shift > 28) return false;
      size += (byte & 0x7f) * 2 ** shift;
      if ((byte & 0x80) === 0) break;
    }
    at += size;
  }
  return at === frame.length && at > 0;
}

function hasExtension(frame: Uint8Array, opens: (frame: Uint8Array) => boolean): boolean {
  for (let words = 1; words <= MAX_EXTENSION_WORDS && 4 * words < frame.length; words++)
    if (opens(frame.subarray(4 * words))) return true;
  return false;
}

/**
 * Guesses why frames fail.
 *
 * @param opens whether the sender's keys open these bytes
 */
export function likelyCause(
  frame: Uint8Array,
  mediaType: MediaType,
  outcome: DecryptFailure,
  opens: (frame: Uint8Array) => boolean,
): LikelyCause {
  if (outcome === "replayed") return "unknown";
  if (!isFrame(frame)) {
    // The marker is there, and what precedes it does not fit: its beginning is missing.
    if (frame.at(-1) === 0xfa && frame.at(-2) === 0xfa) return "cut-short";
    if (isPadded(frame)) return "rtp-padding";
    if (lacksMarker(frame)) return "cut-short";
    if (hasTrailingBytes(frame)) return "trailing-bytes";
    return "plaintext";
  }
  if (hasExtension(frame, opens)) return "rtp-extension";
  if (mediaType === "video" && isSizedAv1(frame)) return "av1-size-field";
  return "wrong-key";
}
