// Numbers of the frame format (F1–F5) and of sender keys (K3–K7).

/** F5: the last two bytes of every protocol frame. */
export const MARKER = 0xfa;
/** F1: bytes of the truncated AES-GCM tag. */
export const TAG_LENGTH = 8;
/** Bytes of an AES-128 key. */
export const KEY_LENGTH = 16;
/** F5: tag, a nonce of one byte, size and marker. */
export const MIN_TRAILER = 12;
/** F2: the size is one byte. */
export const MAX_TRAILER = 255;
/** F7: a frame is sealed again at most this often, the first time included. */
export const MAX_ATTEMPTS = 10;

/** K3: the counter's low 24 bits count within a generation. */
export const GENERATION_BITS = 24;
export const GENERATION_SPAN = 2 ** GENERATION_BITS;
/** K3: the nonce on the wire is the counter's low 32 bits. */
export const NONCE_SPAN = 2 ** 32;
/** K5: generations whose low 8 bits travel in the nonce. */
export const GENERATION_CYCLE = 256;
/** K6: how far ahead of the newest decrypted generation one may be. */
export const MAX_GENERATION_GAP = 250;
/** K6: frames a second a sender may make at most, on average. */
export const MAX_FRAME_RATE = 170;
/** K6: how long an old generation lives once a newer one decrypted, in milliseconds. */
export const GENERATION_RETENTION_MS = 10_000;
/** K7: skipped counters remembered. */
export const MAX_SKIPPED = 1000;

/** F10: the three bytes of Opus silence. */
export const SILENCE = [0xf8, 0xff, 0xfe] as const;

/** F10: the Opus silence frame an SFU may inject, for callers that send it. */
export const SILENCE_FRAME: Uint8Array = /* @__PURE__ */ Uint8Array.from(SILENCE);

/** No bytes. What is written behind their end is not kept. */
export const EMPTY: Uint8Array = /* @__PURE__ */ new Uint8Array(0);

/** The instant that does not come. */
export const NEVER: number = Number.POSITIVE_INFINITY;
