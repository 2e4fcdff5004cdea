// When to ask for the next websocket, and when to give up.

import { ask, call, type Fault } from "../callbacks.ts";
import { expectThat } from "../errors.ts";
import { isFraction, reconnectDelay } from "./close-codes.ts";
import type { VoiceConnectionOptions } from "./connection-options.ts";

const MAX_FAILURES = 8;
/** After so many failed resumes in a row the session is given up. */
const MAX_RESUMES = 3;

export class Attempts {
  readonly #options: Pick<VoiceConnectionOptions, "connect" | "maxFailures" | "random">;
  readonly #fault: Fault;
  #failures = 0;
  /** `connect` has asked for a websocket that has not been given yet. */
  #asked = false;

  constructor(options: VoiceConnectionOptions, fault: Fault) {
    this.#options = options;
    this.#fault = fault;
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
    this.#asked = true;
    call(() => this.#options.connect(delayMs), this.#fault);
  }

  /** Asks for another websocket, the later the more have failed. */
  again(): void {
    const { random } = this.#options;
    const drawn = random && ask(random, isFraction, this.#fault, "a number from 0 to 1");
    this.ask(reconnectDelay({ failures: this.#failures++, random: drawn }));
  }

  /** A websocket is given. @throws {@link DaveError} `invalid-argument` when none was asked for */
  taken(): void {
    expectThat(this.#asked, "socket", "one for each time that connect() asks", "another one");
    this.#asked = false;
  }

  /** The session has begun, or goes on. */
  succeeded(): void {
    this.#failures = 0;
  }
}
