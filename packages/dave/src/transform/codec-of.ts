// §5: which codec a frame is of, by what WebRTC says about it.

import type { Codec } from "@puredave/frame-crypto";
import type { EncodedFrameMetadata } from "./shapes.ts";

const CODECS_BY_SUBTYPE: ReadonlyMap<string, Codec> = new Map<string, Codec>([
  ["opus", "opus"],
  ["vp8", "vp8"],
  ["vp9", "vp9"],
  ["h264", "h264"],
  ["h265", "h265"],
  ["av1", "av1"],
]);

/** `video/H264;profile-level-id=42e01f` → `h264`; a type that DAVE has no ranges for → `unknown` (C0). */
function codecOfMimeType(mimeType: string): Codec {
  const [, subtype = ""] = mimeType.split(";", 1)[0]!.split("/");
  return CODECS_BY_SUBTYPE.get(subtype.trim().toLowerCase()) ?? "unknown";
}

/** The frame's codec; `undefined` when nothing tells: what the SSRC was assigned to stays. */
export function codecOf(
  { mimeType, payloadType }: EncodedFrameMetadata,
  payloadTypes: ReadonlyMap<number, Codec> | undefined,
): Codec | undefined {
  if (typeof mimeType === "string" && mimeType !== "") return codecOfMimeType(mimeType);
  return payloadType === undefined ? undefined : payloadTypes?.get(payloadType);
}
