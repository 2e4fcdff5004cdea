// A whole simulated call: gateway, SFU, people, and what happens to them step by step.

import type { CryptoProvider } from "@puredave/mls";
import { type Choices, VirtualClock, VoiceGateway } from "../../src/testing.ts";
import { Person } from "./person.ts";
import { Random } from "./random.ts";
import { randomChoices } from "./random-choices.ts";
import { BAD_NETWORK, GOOD_NETWORK, Sfu } from "./sfu.ts";
import { type Sealed, Violation, type Witness } from "./witness.ts";

export interface CallOptions {
  readonly seed: number;
  readonly crypto: (random: Random) => CryptoProvider;
  /** Default: drawn from the seed while there is trouble. */
  readonly choices?: Choices;
}

/** How often everybody speaks, ms. */
const SPEAKING_MS = 100;
/** No websocket message travels for longer, ms. */
const LONGEST_DELAY_MS = 1_500;
/** No socket stays down for longer, ms. */
const LONGEST_OUTAGE_MS = 10_000;
const NO_TIME_WITHOUT_ERROR = 1_000;

export class Call {
  readonly channelId = "927310423890473011";
  readonly time = new VirtualClock();
  readonly random: Random;
  readonly crypto: CryptoProvider;
  readonly gateway: VoiceGateway;
  readonly sfu: Sfu<Sealed>;
  readonly people = new Map<string, Person>();
  /** Ten bytes behind the number of each frame. */
  readonly filling = new Uint8Array(10).fill(7);
  /** Whether the gateway and the network still make trouble. */
  trouble = true;
  /** A violation that came up inside a callback of a client. */
  violation: Error | undefined;
  /** What happened, for whoever reads a failure. */
  readonly notes: string[] = [];
  /** How long it took until everybody heard everybody, once the trouble was over, ms. */
  recoveredAfter = 0;

  constructor({ seed, crypto, choices }: CallOptions) {
    this.random = new Random(seed);
    this.crypto = crypto(this.random);
    this.sfu = new Sfu(this.time, this.random);
    this.sfu.network = BAD_NETWORK;
    this.gateway = new VoiceGateway({
      channelId: this.channelId,
      clock: this.time,
      crypto: this.crypto,
      choices: choices ?? randomChoices(this.random, () => this.trouble),
      firstId: this.random.pick([0, 0, 65_530]),
    });
  }

  /** How long the next websocket message travels, ms. */
  readonly latency = (): number =>
    this.trouble && this.random.chance(0.05)
      ? this.random.between(200, LONGEST_DELAY_MS)
      : this.random.between(5, 60);

  get witnesses(): ReadonlyMap<string, Witness> {
    return new Map([...this.people].map(([userId, { witness }]) => [userId, witness]));
  }

  /** The people who are in the call. */
  get present(): Person[] {
    return [...this.people.values()].filter(({ present }) => present);
  }

  note(what: string): void {
    this.notes.push(`${String(this.time.now() - NO_TIME_WITHOUT_ERROR).padStart(7)} ${what}`);
  }

  /** The user joins, or comes back by the client that is there. */
  join(userId: string, options: { readonly fresh?: boolean } = {}): Person {
    const known = this.people.get(userId);
    const person = known ?? new Person(this, userId);
    this.people.set(userId, person);
    person.identify(known === undefined ? {} : options);
    return person;
  }

  /** A client without DAVE joins. */
  joinPlain(userId: string): void {
    this.gateway.identify(userId, 0, { deliver: () => {} });
  }

  /** Lets time pass; `speaking`: everybody speaks every `every` ms. */
  pass(ms: number, { speaking = true, every = SPEAKING_MS } = {}): void {
    const end = this.time.now() + ms;
    while (this.time.now() < end) {
      if (speaking) for (const person of this.present) person.speak();
      this.time.advance(Math.min(every, end - this.time.now()));
      this.check();
    }
  }

  check(): void {
    if (this.violation !== undefined) throw this.violation;
    const [fault] = this.gateway.faults;
    if (fault !== undefined) throw new Violation(`G13: the gateway closes a client: ${fault}`);
  }

  /** Who does not hear whom right now: each newest frame must have decrypted. */
  deafness(): string[] {
    const { present } = this;
    return present.flatMap((listener) =>
      present
        .filter((speaker) => speaker !== listener)
        .map(({ userId }) => [userId, listener.hears.get(userId) ?? "nothing"] as const)
        .filter(
          ([, outcome]) => outcome !== "decrypted" && (this.gateway.version !== 0 || outcome !== "plain"),
        )
        .map(([userId, outcome]) => `${listener.userId} does not hear ${userId}: ${outcome}`),
    );
  }

  /** The trouble is over: within `allowedMs` everybody must hear everybody, for a whole second. */
  calmDown(allowedMs: number): void {
    this.trouble = false;
    this.sfu.network = GOOD_NETWORK;
    this.gateway.loseNothing();
    for (const person of this.people.values()) person.corruptsNext = person.flagsNext = false;
    const reachable = (): boolean => [...this.people.values()].every(({ down }) => !down);
    for (let waited = 0; !reachable() && waited < LONGEST_OUTAGE_MS; waited += SPEAKING_MS)
      this.pass(SPEAKING_MS);
    // What was sent before is still on its way.
    this.pass(LONGEST_DELAY_MS);
    const since = this.time.now();
    this.note("the trouble is over");
    for (let calm = 0; calm < 10; ) {
      this.pass(SPEAKING_MS);
      const faults = this.deafness();
      calm = faults.length === 0 && this.gateway.settled ? calm + 1 : 0;
      this.recoveredAfter = this.time.now() - since;
      if (this.recoveredAfter > allowedMs)
        throw new Violation(
          `E31: after ${allowedMs} ms without trouble: ${faults.join("; ") || "the gateway waits"}`,
        );
    }
  }

  /** What must hold in a call that has calmed down. */
  checkCalm(): void {
    const { present } = this;
    const codes = new Set(present.map(({ client }) => client.privacyCode?.code));
    if (present.length > 1 && this.gateway.version === 1) {
      if (codes.size !== 1 || codes.has(undefined))
        throw new Violation(`V4: the privacy codes differ: ${[...codes].join(", ")}`);
      for (const { userId, client } of present) {
        const roster = [...client.roster.keys()].sort().join();
        if (
          roster !==
          present
            .map((person) => person.userId)
            .sort()
            .join()
        )
          throw new Violation(`E30: the roster of ${userId} is ${roster}`);
        if (client.privacyCode?.stale) throw new Violation(`V4: the code of ${userId} is stale`);
      }
    }
    this.#checkGone();
  }

  /** Whoever has left decrypts nothing that is sealed now. */
  #checkGone(): void {
    if (this.gateway.version === 0) return;
    const gone = [...this.people.values()].filter(({ present }) => !present);
    for (const speaker of this.present) {
      const sealed = speaker.seal();
      for (const listener of gone)
        if (sealed !== undefined && listener.hear(sealed) === "decrypted")
          throw new Violation(`E21: ${listener.userId} has left and still hears ${speaker.userId}`);
    }
  }

  /** Everybody closes their client: nothing may follow. */
  close(): void {
    for (const person of this.people.values()) person.close();
    this.time.advance(60_000);
    this.check();
  }
}
