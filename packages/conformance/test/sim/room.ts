// A room with a gateway and scripted members, for one test.
import { hex } from "@puredave/mls";
import { VirtualClock } from "../../src/sim/clock.ts";
import type { GatewayEvent, Session } from "../../src/sim/gateway/call.ts";
import { VoiceGateway } from "../../src/sim/gateway/gateway.ts";
import type { GatewayKnobs } from "../../src/sim/gateway/knobs.ts";
import { Link } from "../../src/sim/network.ts";
import { SeededRandom } from "../../src/sim/random.ts";
import { ScriptedMember } from "./scripted-member.ts";

const CHANNEL = "81985529216486895";
const DELAY = { minDelayMs: 10, maxDelayMs: 10 };

/** A member and its connection. */
export interface Guest {
  readonly member: ScriptedMember;
  session: Session;
  link: Link;
  closedWith: number | undefined;
}

export class Room {
  readonly clock = new VirtualClock();
  readonly random = new SeededRandom(1);
  readonly events: GatewayEvent[] = [];
  readonly gateway: VoiceGateway;

  constructor(knobs: Partial<GatewayKnobs> = {}) {
    this.gateway = new VoiceGateway({
      clock: this.clock,
      random: this.random,
      channelId: CHANNEL,
      knobs,
      observe: (event) => this.events.push(event),
    });
  }

  /** A user comes in; `settleMs` pass. */
  join(id: number, options: { maxVersion?: 0 | 1; settleMs?: number } = {}): Guest {
    const userId = String(id);
    const randomness = this.random.fork(`${userId} ${this.clock.now()}`);
    const guest = { closedWith: undefined } as unknown as Guest;
    const member = new ScriptedMember(
      userId,
      CHANNEL,
      (message) => guest.link.send(message),
      (length) => randomness.bytes(length),
    );
    Object.assign(guest, { member });
    const session = this.connect(guest, userId, options.maxVersion ?? 1);
    if (session) guest.session = session;
    this.pass(options.settleMs ?? 500);
    return guest;
  }

  private connect(guest: Guest, userId: string, maxVersion: number): Session | undefined {
    guest.link = this.newLink(guest);
    return this.gateway.identify(userId, maxVersion, guest.link);
  }

  newLink(guest: Guest): Link {
    const link: Link = new Link(this.clock, this.random, DELAY, {
      toClient: (message) => guest.member.receive(message),
      toServer: (message) => this.gateway.receive(guest.session, message),
      closed: (code) => {
        guest.closedWith = code;
      },
    });
    return link;
  }

  leave(guest: Guest, settleMs = 500): void {
    this.gateway.leave(guest.session);
    this.pass(settleMs);
  }

  pass(ms: number): void {
    this.clock.runUntil(this.clock.now() + ms);
  }

  of<T extends GatewayEvent["type"]>(type: T): Extract<GatewayEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<GatewayEvent, { type: T }> => event.type === type);
  }

  /** Epoch authenticators, as hex; one entry when all share an epoch. */
  authenticators(...guests: Guest[]): string[] {
    return [...new Set(guests.map(({ member }) => hex(member.group!.epochAuthenticator)))];
  }
}
