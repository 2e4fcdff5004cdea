// The call itself: gateway, SFU, five members and the story, under one virtual clock.
import { DaveClient } from "@puredave/dave";
import { VirtualClock } from "../sim/clock.ts";
import type { GatewayEvent } from "../sim/gateway/call.ts";
import { VoiceGateway } from "../sim/gateway/gateway.ts";
import { SeededRandom } from "../sim/random.ts";
import { Seat, type SeatClient } from "../sim/seat.ts";
import { PLAIN_SFU, Sfu, type SfuKnobs } from "../sim/sfu.ts";
import { Ledger } from "./ledger.ts";
import { Speaker } from "./speaker.ts";
import type { Placed, Speech } from "./speech.ts";
import { CHANNEL_ID, type Chapter, ROLES, type Role, STORY } from "./story.ts";
import { describeEvent } from "./timeline.ts";

type ClientOptions = ConstructorParameters<typeof DaveClient>[0];

export interface RelayCallOptions {
  readonly seed: number;
  readonly speech: Speech;
  /** A client of another making; the tests put broken ones in. */
  readonly makeClient?: (options: ClientOptions) => SeatClient;
  readonly sfu?: Partial<SfuKnobs>;
}

export interface TimelineEntry {
  readonly atMs: number;
  readonly text: string;
}

/** How long after the last packet stragglers may arrive. */
const DRAIN_MS = 3000;
/** The story is over by then, or something hangs. */
const LIMIT_MS = 60_000;

export class RelayCall {
  readonly clock = new VirtualClock();
  readonly ledger = new Ledger();
  readonly timeline: TimelineEntry[] = [];
  readonly seats = new Map<string, Seat>();
  readonly speakers = new Map<string, Speaker>();
  /** What the relay received, by speaker. */
  readonly heard = new Map<string, Placed[]>();
  readonly gateway: VoiceGateway;
  private readonly sfu: Sfu;
  private readonly random: SeededRandom;
  private readonly options: RelayCallOptions;
  private drainUntil: number | undefined;

  constructor(options: RelayCallOptions) {
    this.options = options;
    this.random = new SeededRandom(options.seed);
    const observe = (event: GatewayEvent) => this.observe(event);
    const { clock, random } = this;
    this.gateway = new VoiceGateway({ clock, random, channelId: CHANNEL_ID, observe });
    const inTransition = () => this.gateway.call.pending.length > 0;
    this.sfu = new Sfu(clock, random.fork("sfu"), { ...PLAIN_SFU, ...options.sfu }, inTransition);
    for (const [index, role] of ROLES.entries()) this.takeSeat(role, 1000 + index);
    for (const chapter of STORY) clock.setTimer(chapter.atMs, () => this.turn(chapter));
    this.everyPacket();
  }

  private takeSeat(role: Role, ssrc: number): void {
    const { name, userId } = role;
    const delayMs = this.random.int(10, 130);
    const venue = { clock: this.clock, random: this.random, gateway: this.gateway, sfu: this.sfu };
    const randomness = this.random.fork(`client ${name}`);
    const seat = new Seat(venue, {
      userId,
      ssrcs: [ssrc],
      control: { minDelayMs: delayMs, maxDelayMs: delayMs },
      maxVersion: 1,
      makeClient: (send) => this.makeClient(userId, ssrc, send, (length) => randomness.bytes(length)),
      hooks: {
        delivered: (_, message) => this.ledger.delivered(userId, message),
        closed: (_, code) => this.note(`the gateway closes ${name}'s connection (${code})`),
        arrived: (_, packet, kind) => {
          const index = this.ledger.arrived(seat, packet, kind);
          if (index !== undefined && name === "relay") this.hear(packet.from, index);
        },
      },
    });
    this.seats.set(name, seat);
    this.ledger.open(userId, name);
    if (!role.speaks) return;
    const { packets } = this.options.speech;
    this.speakers.set(name, new Speaker({ seat, ssrc, packets }, this.ledger));
  }

  private makeClient(
    userId: string,
    ssrc: number,
    send: ClientOptions["send"],
    randomBytes: (length: number) => Uint8Array,
  ): SeatClient {
    const options: ClientOptions = { userId, channelId: CHANNEL_ID, send, clock: this.clock, randomBytes };
    if (this.options.makeClient) return this.options.makeClient(options);
    const client = new DaveClient(options);
    client.assignSsrcToCodec(ssrc, "opus");
    return client;
  }

  private turn({ who, does }: Chapter): void {
    const seat = this.seats.get(who)!;
    this.note(`${who} ${does}`);
    if (does === "leaves") {
      seat.leave();
      return;
    }
    this.ledger.joined(seat.userId);
    this.speakers.get(who)?.joined();
    seat.join();
  }

  private everyPacket(): void {
    this.clock.setTimer(this.options.speech.packetMs, () => {
      for (const speaker of this.speakers.values()) speaker.tick();
      const finished = [...this.speakers.values()].every((speaker) => speaker.finished);
      if (finished) this.drainUntil ??= this.clock.now() + DRAIN_MS;
      if (!this.over) this.everyPacket();
    });
  }

  get over(): boolean {
    return this.clock.now() >= (this.drainUntil ?? LIMIT_MS);
  }

  private hear(from: string, index: number): void {
    const placed = this.heard.get(from) ?? [];
    this.heard.set(from, placed);
    placed.push({ atMs: index * this.options.speech.packetMs, packet: this.options.speech.packets[index]! });
  }

  private observe(event: GatewayEvent): void {
    if (event.type === "epoch") this.ledger.epochAnnounced(event.transitionId);
    const text = describeEvent(event, (userId) => nameOf(userId));
    if (text !== undefined) this.note(text);
  }

  private note(text: string): void {
    this.timeline.push({ atMs: this.clock.now(), text });
  }
}

const nameOf = (userId: string): string => ROLES.find((role) => role.userId === userId)?.name ?? userId;
