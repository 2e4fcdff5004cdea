// What drives a DaveClient by hand: a clock that stands still, the names of its events, events as JSON

import type { Clock, DaveEvents } from "@puredave/dave";
import { toHex } from "../../bytes.ts";

export const EVENT_NAMES: readonly (keyof DaveEvents)[] = [
  "state",
  "transition",
  "version",
  "plaintext",
  "recovery",
  "epoch",
  "roster",
  "privacyCode",
  "verificationKey",
  "deferredUsers",
  "copiedKey",
  "commitWaiting",
  "invalid",
  "ignored",
];

/** Events as JSON: bytes as hex, 64-bit numbers as text. */
export const asJson = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, inner) => {
      if (inner instanceof Uint8Array) return toHex(inner);
      return typeof inner === "bigint" ? inner.toString() : inner;
    }),
  );

/** Time stands still between `advance` calls; timers fire in order, each at its own instant. */
export class ManualClock implements Clock {
  #now: number;
  #timers: { readonly at: number; readonly callback: () => void }[] = [];

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  setTimer(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#now + delayMs, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#timers = this.#timers.filter((other) => other !== due);
      this.#now = Math.max(this.#now, due.at);
      due.callback();
    }
    this.#now = end;
  }
}
