// The world outside: time, timers and text encoding. Everything else takes time as a parameter.

/**
 * Where a client gets its time from.
 *
 * `now()` is in milliseconds, monotone, from any origin. Without `setTimer` nothing happens by itself:
 * the owner calls `client.tick()` when `client.nextDeadline()` is reached.
 */
export interface Clock {
  /** Milliseconds, monotone, from any origin. */
  now(): number;
  /** Calls back once after `delayMs`; returns what cancels it. */
  setTimer?(delayMs: number, callback: () => void): () => void;
}

interface Platform {
  performance?: { now(): number };
  setTimeout?(callback: () => void, delayMs: number): unknown;
  clearTimeout?(handle: unknown): void;
  TextDecoder?: new (label: string, options: { fatal: boolean }) => { decode(bytes: Uint8Array): string };
}

/** Text of UTF-8 bytes; `undefined` when they are not well formed. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  const { TextDecoder: Decoder } = globalThis as Platform;
  try {
    return Decoder === undefined ? undefined : new Decoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The longest delay that `setTimeout` takes without firing at once. */
const MAX_DELAY_MS = 0x7fff_ffff;

/** The platform's monotone clock; timers never keep a process alive. */
export function platformClock(): Clock {
  const platform = globalThis as Platform;
  const now = (): number => platform.performance?.now() ?? Date.now();
  const { setTimeout: start, clearTimeout: stop } = platform;
  if (start === undefined || stop === undefined) return { now };
  return {
    now,
    setTimer(delayMs, callback) {
      const handle = start(callback, Math.min(Math.max(0, Math.ceil(delayMs)), MAX_DELAY_MS));
      (handle as { unref?(): void }).unref?.();
      return () => stop(handle);
    },
  };
}
