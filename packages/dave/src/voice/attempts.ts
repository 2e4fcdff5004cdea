// When to ask for the next websocket, and when to give up.

import { ask, call, type Fault } from "../callbacks.ts";
import { refuse } from "../errors.ts";
import { isFraction, reconnectDelay } from "./close-codes.ts";
import type { VoiceConnectionOptions } from "./connection-options.ts";

const MAX_FAILURES = 8;
/** After so many failed resumes in a row the session is given up. */
const MAX_RESUMES = 3;

export class Attempts {
  readonly #options: Pick<VoiceConnectionOptions, "connect" | "maxFailures" | "random">;
  readonly #fault: Fault;
  #failures = 0;
  readonly #failed: () => void;
  /** Stands for the call of `connect` whose websocket has not been given yet. */
  #asked: object | undefined;
  /** Milliseconds from the next `tick` on after which `connect` is asked again, and the instant that this makes. */
  #waitMs: number | undefined;
  #dueAt: number | undefined;

  /** `failed` is called when `connect` throws, or its promise is rejected, before a websocket was given. */
  constructor(options: VoiceConnectionOptions, fault: Fault, failed: () => void) {
    this.#options = options;
    this.#fault = fault;
    this.#failed = failed;
  }

  /** Whether so many have failed in a row that there is no point in another one. */
  get exhausted(): boolean {
    return this.#failures >= (this.#options.maxFailures ?? MAX_FAILURES);
  }

  get mayResume(): boolean {
    return this.#failures < MAX_RESUMES;
  }

  /** Asks for a websocket. */
  ask(delayMs: number): void {
    const asked = {};
    this.#asked = asked;
    call(
      () => this.#options.connect(delayMs),
      (thrown) => {
        this.#fault(thrown);
        if (this.#asked === asked) this.#failed();
      },
    );
  }

  /** Asks for another websocket, the later the more have failed. */
  again(): void {
    this.ask(this.#nextDelay());
  }

  /** Asks for another websocket when the delay has passed by the clock of `tick`: `connect` itself has failed. */
  askLater(): void {
    this.#waitMs = this.#nextDelay();
    this.#dueAt = undefined;
  }

  /** Asks for the websocket that {@link askLater} waits for, when it is time. */
  tick(now: number): void {
    if (this.#waitMs === undefined) return;
    this.#dueAt ??= now + this.#waitMs;
    if (now < this.#dueAt) return;
    this.#waitMs = undefined;
    this.ask(0);
  }

  #nextDelay(): number {
    const { random } = this.#options;
    const drawn = random && ask(random, isFraction, this.#fault, "a number from 0 to 1");
    return reconnectDelay({ failures: this.#failures++, random: drawn });
  }

  /** A websocket is given. @throws {@link DaveError} `invalid-argument` when none was asked for */
  taken(): void {
    if (this.#asked === undefined)
      refuse("socket", "one for each time that connect() asks", "one that was not asked for");
    this.#asked = undefined;
    this.#waitMs = undefined;
  }

  /** The session has begun, or goes on. */
  succeeded(): void {
    this.#failures = 0;
  }
}
