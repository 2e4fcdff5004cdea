// The wires between clients and server: an ordered control channel per connection (G12), a lossy path for media (S3).
import type { Timeline } from "./clock.ts";
import type { SeededRandom } from "./random.ts";

export type WireMessage = string | Uint8Array;

/** Delay of a path in whole virtual milliseconds, drawn evenly between the two. */
export interface DelayKnobs {
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
}

/** What happens to media packets. Probabilities per packet and receiver. */
export interface MediaKnobs extends DelayKnobs {
  readonly loss: number;
  readonly duplicate: number;
  /** Chance that a packet is held up to `reorderMs` longer than its neighbours. */
  readonly reorder: number;
  readonly reorderMs: number;
}

export const PLAIN_MEDIA: MediaKnobs = {
  minDelayMs: 15,
  maxDelayMs: 15,
  loss: 0,
  duplicate: 0,
  reorder: 0,
  reorderMs: 0,
};

/** One direction of a websocket: messages arrive in the order they were sent, each after the path's delay. */
class OrderedPath {
  private lastArrival = 0;
  private readonly clock: Timeline;
  private readonly random: SeededRandom;
  delay: DelayKnobs;

  constructor(clock: Timeline, random: SeededRandom, delay: DelayKnobs) {
    this.clock = clock;
    this.random = random;
    this.delay = delay;
  }

  send(deliver: () => void): void {
    const { minDelayMs, maxDelayMs } = this.delay;
    const arrival = this.clock.now() + this.random.int(minDelayMs, maxDelayMs);
    this.lastArrival = Math.max(this.lastArrival, arrival);
    this.clock.setTimer(this.lastArrival - this.clock.now(), deliver);
  }
}

/** The gateway's end of a client's websocket. */
export interface ServerLink {
  /** Sends a message, behind those sent before. */
  deliver(message: WireMessage): void;
  /** Closes with a code, behind what was sent before. */
  close(code: number): void;
  /** Gives the websocket up at once. */
  drop(): void;
}

/** The two ends a link calls. */
export interface LinkEnds {
  toClient(message: WireMessage): void;
  toServer(message: WireMessage): void;
  /** The client learns that the socket is gone; `code` when the server closed it. */
  closed(code: number | undefined): void;
}

/** A websocket between one client and the gateway. What is under way when it drops is lost, both ways. */
export class Link implements ServerLink {
  private readonly down: OrderedPath;
  private readonly up: OrderedPath;
  private readonly ends: LinkEnds;
  open = true;

  constructor(clock: Timeline, random: SeededRandom, delay: DelayKnobs, ends: LinkEnds) {
    this.down = new OrderedPath(clock, random, delay);
    this.up = new OrderedPath(clock, random, delay);
    this.ends = ends;
  }

  /** Server to client. */
  deliver(message: WireMessage): void {
    this.down.send(() => {
      if (this.open) this.ends.toClient(message);
    });
  }

  /** Client to server. */
  send(message: WireMessage): void {
    this.up.send(() => {
      if (this.open) this.ends.toServer(message);
    });
  }

  /** What is sent from now on takes this long, each way. */
  setDelay(delay: DelayKnobs): void {
    this.down.delay = delay;
    this.up.delay = delay;
  }

  /** Runs behind everything sent to the client so far. */
  afterDelivery(callback: () => void): void {
    this.down.send(() => {
      if (this.open) callback();
    });
  }

  /** The server closes: the code arrives behind what was sent before it. */
  close(code: number): void {
    this.down.send(() => this.drop(code));
  }

  /** The wire breaks now. */
  drop(code?: number): void {
    if (!this.open) return;
    this.open = false;
    this.ends.closed(code);
  }
}

/** Carries one media packet to one receiver, or does not. */
export function carryMedia(
  clock: Timeline,
  random: SeededRandom,
  knobs: MediaKnobs,
  arrive: (copy: number) => void,
): void {
  const lost = random.chance(knobs.loss);
  const copies = random.chance(knobs.duplicate) ? 2 : 1;
  for (let copy = 0; copy < copies; copy++) {
    const held = random.chance(knobs.reorder) ? random.int(0, knobs.reorderMs) : 0;
    const path = random.int(knobs.minDelayMs, knobs.maxDelayMs);
    if (!lost) clock.setTimer(path + held, () => arrive(copy));
  }
}
