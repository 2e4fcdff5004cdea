// §5 codec and media numbers.

/** In the order of DAVE's codec numbers, 0 to 6. */
export const CODECS = ["unknown", "opus", "vp8", "vp9", "h264", "h265", "av1"] as const;
/** A codec's name; it decides which bytes of a frame stay clear (C0–C6). `unknown`: none. */
export type Codec = (typeof CODECS)[number];

/** In the order of DAVE's media numbers, 0 and 1. */
export const MEDIA_TYPES = ["audio", "video"] as const;
/** What a frame is: `audio` may be the silence frame (F10), `video` never is. */
export type MediaType = (typeof MEDIA_TYPES)[number];

/** F7: codecs whose packetizers look for start codes. */
export const hasStartCodes = (codec: Codec): boolean => codec === "h264" || codec === "h265";
