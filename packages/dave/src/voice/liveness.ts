// Whether a websocket is alive: op 8 has to come, and then the answers to heartbeats.

import { Heartbeat, type HeartbeatOutcome } from "./heartbeat.ts";

/** A websocket that has brought no op 8 by then is given up: the network swallows what is sent. */
const HELLO_MS = 15_000;

export class Liveness {
  #heartbeat: Heartbeat | undefined;
  /** Until then op 8 has to come; `undefined` while nobody has asked what is due. */
  #helloBy: number | undefined;

  /** When `due` next has something to say: at once for a new websocket, so that it notes the time. */
  get nextAt(): number {
    return this.#heartbeat?.nextAt ?? this.#helloBy ?? 0;
  }

  get latencyMs(): number | undefined {
    return this.#heartbeat?.latencyMs;
  }

  /** Op 8. */
  hello(intervalMs: number, now: number): void {
    this.#heartbeat = new Heartbeat({ intervalMs, now });
  }

  /** Op 6. */
  answered(nonce: number | undefined, now: number): void {
    this.#heartbeat?.answered(nonce, now);
  }

  due(now: number): HeartbeatOutcome {
    if (this.#heartbeat !== undefined) return this.#heartbeat.due(now);
    this.#helloBy ??= now + HELLO_MS;
    return now < this.#helloBy ? { outcome: "wait", at: this.#helloBy } : { outcome: "dead" };
  }
}
