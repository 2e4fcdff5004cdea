// A gateway without any sense: real messages in any order, twice, bent, or from nowhere, to one client of a real call.

import type { ServerMessage } from "../../src/index.ts";
import { encodeServerMessage } from "../../src/protocol.ts";
import type { Wire } from "../../src/testing.ts";
import type { Call } from "./call.ts";
import type { Person } from "./person.ts";
import type { Random } from "./random.ts";
import type { Sealed } from "./witness.ts";

/** One move: its name for the reader, and what it does. */
export interface Move {
  readonly name: string;
  readonly run: () => void;
}

const TEXTS = [
  "",
  "{",
  "null",
  "[]",
  '{"op":22}',
  '{"op":"22","d":{}}',
  '{"op":21,"d":{"transition_id":-1}}',
  "\u0000",
];
const VERSIONS = [0, 1, 1, 1, 2] as const;
const WAITS = [1, 50, 999, 1_000, 2_001, 5_000, 10_001, 120_000] as const;
/** As many messages as this are kept to be sent again. */
const KEPT = 60;

export class Senseless {
  readonly #call: Call;
  readonly #victim: Person;
  readonly #random: Random;
  /** Everything that the real gateway meant for the victim. */
  readonly #messages: { readonly data: Wire; readonly message: ServerMessage }[] = [];
  readonly #frames: Sealed[] = [];
  #seq = 0x7afe;

  constructor(call: Call, victim: Person, random: Random) {
    this.#call = call;
    this.#victim = victim;
    this.#random = random;
    victim.intercept = (data, message) => {
      this.#messages.push({ data, message });
      if (this.#messages.length > KEPT) this.#messages.shift();
    };
  }

  /** The next move, drawn at random. */
  move(): Move {
    const random = this.#random;
    return random.pick([
      ...Array.from({ length: 8 }, () => () => this.#real()),
      ...Array.from({ length: 4 }, () => () => this.#invented()),
      ...Array.from({ length: 3 }, () => () => this.#frame()),
      ...Array.from({ length: 3 }, () => () => this.#time()),
      ...[
        () => this.#bent(),
        () => this.#bent(),
        () => this.#garbage(),
        () => this.#others(),
        () => this.#others(),
      ],
      () => this.#owner(),
    ])();
  }

  /** The victim applies a message; it gets a new number, or none where its form allows that. */
  #apply(message: ServerMessage): void {
    const { seq: _, ...plain } = message;
    const numbered = this.#random.chance(0.5) || typeof encodeServerMessage(plain) !== "string";
    if (numbered) this.#seq = (this.#seq + 1) & 0xffff;
    this.#victim.receive(encodeServerMessage(numbered ? { ...plain, seq: this.#seq } : plain), message);
  }

  /** A message that the real gateway sent to the victim at some time. */
  #real(): Move {
    if (this.#messages.length === 0) return this.#invented();
    const { message } = this.#random.chance(0.6) ? this.#messages.at(-1)! : this.#random.pick(this.#messages);
    return { name: `real op ${message.op}`, run: () => this.#apply(message) };
  }

  #invented(): Move {
    const random = this.#random;
    const userIds = [...this.#call.people.keys(), "77"];
    const transitionId = random.pick([0, 0, 1, 2, 3, 4, 5, 65_535]);
    const protocolVersion = random.pick(VERSIONS);
    const message = random.pick<ServerMessage>([
      { op: 4, protocolVersion },
      { op: 9 },
      { op: 11, userIds: userIds.filter(() => random.chance(0.5)) },
      { op: 13, userId: random.pick(userIds) },
      { op: 21, protocolVersion, transitionId },
      { op: 21, protocolVersion, transitionId },
      { op: 22, transitionId },
      { op: 22, transitionId },
      { op: 24, protocolVersion, epoch: random.pick([0n, 1n, 1n, 1n, 7n, 2n ** 64n - 1n]) },
    ]);
    return {
      name: `invented ${JSON.stringify(message, (_, value) => (typeof value === "bigint" ? Number(value) : value))}`,
      run: () => this.#apply(message),
    };
  }

  /** A binary message with one bit turned or its end cut off. */
  #bent(): Move {
    const binary = this.#messages.filter(
      ({ message: { op } }) => op === 25 || op === 27 || op === 29 || op === 30,
    );
    if (binary.length === 0) return this.#garbage();
    const { message } = this.#random.pick(binary);
    const { random } = { random: this.#random };
    const bend = (bytes: Uint8Array): Uint8Array => {
      const copy = bytes.slice(0, random.chance(0.3) ? random.between(0, bytes.length) : bytes.length);
      if (copy.length > 0) copy[random.between(0, copy.length - 1)]! ^= 1 << random.between(0, 7);
      return copy;
    };
    const bent: ServerMessage =
      message.op === 25
        ? { ...message, externalSender: bend(message.externalSender) }
        : message.op === 27
          ? { ...message, body: bend(message.body) }
          : message.op === 29
            ? { ...message, commit: bend(message.commit) }
            : message.op === 30
              ? { ...message, welcome: bend(message.welcome) }
              : message;
    return { name: `bent op ${message.op}`, run: () => this.#apply(bent) };
  }

  /** No message at all, or one under a number that was used before. */
  #garbage(): Move {
    const random = this.#random;
    if (random.chance(0.3) && this.#messages.length > 0) {
      const { data } = random.pick(this.#messages);
      return {
        name: "an old number",
        run: () => this.#victim.does("receive", (client) => this.#old(client, data)),
      };
    }
    const length = random.between(0, 40);
    // The first two bytes are a number in the past, so that nothing is applied.
    const bytes = Uint8Array.of(this.#seq >> 8, this.#seq & 0xff, ...random.bytes(length)).slice(0, length);
    const data: Wire = random.chance(0.5) ? random.pick(TEXTS) : bytes;
    return { name: "garbage", run: () => this.#victim.does("receive", (client) => client.receive(data)) };
  }

  /** Only text and bytes whose number is in the past are sent as they are. */
  #old(client: Person["client"], data: Wire): void {
    const number = typeof data === "string" ? JSON.parse(data).seq : (data[0]! << 8) | data[1]!;
    if (client.seqAck >= 0 && ((number - client.seqAck) & 0xffff) >= 0x8000) client.receive(data);
  }

  #frame(): Move {
    const random = this.#random;
    const speaker = random.pick([...this.#call.people.values()].filter((person) => person !== this.#victim));
    const fresh = random.chance(0.6) ? speaker.seal() : undefined;
    if (fresh !== undefined) this.#frames.push(fresh);
    if (this.#frames.length > KEPT) this.#frames.shift();
    const frame = fresh ?? (this.#frames.length > 0 ? random.pick(this.#frames) : undefined);
    if (frame !== undefined && random.chance(0.8))
      return { name: fresh ? "frame" : "old frame", run: () => void this.#victim.hear(frame) };
    const plaintext = random.bytes(random.between(4, 40));
    const plain: Sealed = { from: speaker.userId, frame: plaintext, plaintext, keyId: undefined, nonce: 0 };
    return { name: "plaintext frame", run: () => void this.#victim.hear(plain) };
  }

  #time(): Move {
    const ms = this.#random.pick(WAITS);
    const back = this.#random.chance(0.1);
    return {
      name: back ? `clock back ${ms}` : `wait ${ms}`,
      run: () => {
        if (back) this.#victim.clock.skew -= ms;
        else this.#call.time.advance(ms);
      },
    };
  }

  /** Something happens in the real call, so that there are new messages to be sent in a wrong order. */
  #others(): Move {
    const { gateway, people } = this.#call;
    const other = this.#random.pick([...people.values()].filter((person) => person !== this.#victim));
    if (!other.present)
      return { name: `join ${other.userId}`, run: () => void this.#call.join(other.userId) };
    return this.#random.pick<Move>([
      { name: `leave ${other.userId}`, run: () => other.leave() },
      { name: `rejoin ${other.userId}`, run: () => void this.#call.join(other.userId) },
      { name: `recover ${other.userId}`, run: () => other.recover() },
      { name: "race", run: () => gateway.race() },
    ]);
  }

  /** The owner of the client does what an owner may do at any time. */
  #owner(): Move {
    const [victim, random] = [this.#victim, this.#random];
    return random.pick<Move>([
      { name: "recover()", run: () => victim.recover() },
      {
        name: "connectionLost()",
        run: () => victim.does("connectionLost", (client) => client.connectionLost()),
      },
      { name: "tick()", run: () => victim.does("tick", (client) => client.tick()) },
      { name: "identify", run: () => victim.identify() },
      { name: "restart", run: () => victim.identify({ fresh: true }) },
    ]);
  }
}
