// A user's place in the call: a client, its socket to the gateway, its port at the SFU.
import type { ClientSnapshot, DaveClient } from "@puredave/dave";
import type { VirtualClock } from "./clock.ts";
import type { Session } from "./gateway/call.ts";
import type { VoiceGateway } from "./gateway/gateway.ts";
import { type DelayKnobs, Link, type WireMessage } from "./network.ts";
import type { SeededRandom } from "./random.ts";
import type { ArrivalKind, MediaPacket, Sfu } from "./sfu.ts";

/** What a seat needs of a client; `DaveClient` is one, a wrapped or broken one may stand in. */
export type SeatClient = Pick<
  DaveClient,
  | "receive"
  | "encrypt"
  | "decrypt"
  | "seqAck"
  | "connectionLost"
  | "beginConnection"
  | "close"
  | "epoch"
  | "privacyCode"
  | "state"
  | "ready"
  | "recover"
  | "on"
> &
  // an outside client shows none of these
  Partial<Pick<DaveClient, "executedVersion" | "inGroup" | "roster" | "unrecognized" | "tick">> & {
    readonly snapshot?: () => ClientSnapshot;
    /** Played from outside: it shows no epoch and no privacy code. */
    readonly outside?: boolean;
  };

/** Where the call happens. */
export interface Venue {
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly gateway: VoiceGateway;
  readonly sfu: Sfu;
}

/** What an onlooker is told, after the client has dealt with it unless said otherwise. */
export interface SeatHooks {
  /** A gateway message is about to be given to the client. */
  arriving?(seat: Seat, message: WireMessage): void;
  /** Something escaped from the client (M11). */
  threw?(seat: Seat, fault: unknown): void;
  /** A gateway message reached the client. */
  delivered?(seat: Seat, message: WireMessage): void;
  /** The client said something to the gateway; `reached`: the socket was open. */
  said?(seat: Seat, message: WireMessage, reached: boolean): void;
  /** A media packet reached the seat. */
  arrived?(seat: Seat, packet: MediaPacket, kind: ArrivalKind): void;
  /** The socket broke. */
  lost?(seat: Seat): void;
  /** The client was closed. */
  ended?(seat: Seat, client: SeatClient): void;
  /** The gateway closed the connection. */
  closed?(seat: Seat, code: number): void;
}

export interface SeatOptions {
  readonly userId: string;
  readonly ssrcs: readonly number[];
  readonly control: DelayKnobs;
  /** G2: 0 for a client without DAVE. */
  readonly maxVersion: 0 | 1;
  /** O2: what its websocket library makes of text. */
  readonly textAsBytes?: boolean | undefined;
  readonly makeClient: (send: (message: WireMessage) => void) => SeatClient;
  readonly hooks: SeatHooks;
}

const UTF8 = new TextEncoder();

export class Seat {
  readonly userId: string;
  readonly options: SeatOptions;
  client: SeatClient | undefined;
  session: Session | undefined;
  link: Link | undefined;
  private readonly venue: Venue;
  private readonly random: SeededRandom;

  constructor(venue: Venue, options: SeatOptions) {
    this.venue = venue;
    this.options = options;
    this.userId = options.userId;
    this.random = venue.random.fork(`seat ${options.userId}`);
  }

  /** In the call: identified and not left; the socket may be down. */
  get present(): boolean {
    return this.session?.open === true;
  }

  /** Identifies as a new connection; the client object is made at the first time and after `forget`. */
  join(): void {
    if (this.client === undefined) this.client = this.options.makeClient((message) => this.say(message));
    else this.guarded((client) => client.beginConnection());
    const link = this.newLink();
    this.session = this.venue.gateway.identify(this.userId, this.options.maxVersion, link);
    this.attach();
  }

  /** Leaves the channel; the client object stays and may join again. */
  leave(): void {
    const { session } = this;
    this.session = undefined;
    this.link = undefined;
    if (session) this.venue.gateway.leave(session);
  }

  /** The process ends without a word: the gateway sees a broken socket. */
  crash(): void {
    const { session } = this;
    this.forget();
    this.link?.drop();
    if (session) this.venue.gateway.connectionLost(session);
    this.session = undefined;
    this.link = undefined;
  }

  /** The next join starts a new client. */
  forget(): void {
    const { client } = this;
    if (client === undefined) return;
    client.close();
    this.options.hooks.ended?.(this, client);
    this.client = undefined;
  }

  /** The socket breaks; `resume` or `join` follow. */
  dropSocket(): void {
    const { session, link } = this;
    if (session === undefined || link === undefined) return;
    this.link = undefined;
    link.drop();
    this.guarded((client) => client.connectionLost());
    this.options.hooks.lost?.(this);
    this.venue.gateway.connectionLost(session);
  }

  /** Op 7; when refused, a new identify. */
  resume(): void {
    const { session, client } = this;
    if (session === undefined || client === undefined || this.link !== undefined) return;
    const link = this.newLink();
    if (this.venue.gateway.resume(session, client.seqAck, link)) return;
    this.link = undefined;
    this.join();
  }

  /** Hands a frame to the SFU. */
  send(packet: MediaPacket): void {
    this.venue.sfu.forward(packet);
  }

  /** Calls the client; what it throws goes to the onlooker, or on if there is none. */
  guarded<T>(call: (client: SeatClient) => T): T | undefined {
    if (this.client === undefined) return undefined;
    const { threw } = this.options.hooks;
    if (threw === undefined) return call(this.client);
    try {
      return call(this.client);
    } catch (fault) {
      threw(this, fault);
      return undefined;
    }
  }

  private attach(): void {
    const { session } = this;
    if (session === undefined) return;
    this.venue.sfu.attach({
      session,
      ssrcs: new Set(this.options.ssrcs),
      receive: (packet, kind) => {
        if (this.session === session) this.options.hooks.arrived?.(this, packet, kind);
      },
    });
  }

  private newLink(): Link {
    const link: Link = new Link(this.venue.clock, this.random, this.options.control, {
      toClient: (message) => {
        if (this.link !== link) return; // O4: a message of an older connection
        this.options.hooks.arriving?.(this, message);
        this.guarded((client) => client.receive(this.asReceived(message)));
        this.options.hooks.delivered?.(this, message);
      },
      toServer: (message) => {
        if (this.session && this.link === link) this.venue.gateway.receive(this.session, message);
      },
      closed: (code) => {
        if (this.link === link && code !== undefined) this.serverClosed(code);
      },
    });
    this.link = link;
    return link;
  }

  /** O2: `ws`, for one, hands text over as bytes. */
  private asReceived(message: WireMessage): WireMessage {
    return this.options.textAsBytes && typeof message === "string" ? UTF8.encode(message) : message;
  }

  private serverClosed(code: number): void {
    this.link = undefined;
    this.session = undefined;
    this.guarded((client) => client.connectionLost());
    this.options.hooks.closed?.(this, code);
  }

  private say(message: WireMessage): void {
    const { link } = this;
    this.options.hooks.said?.(this, message, link !== undefined);
    link?.send(message);
  }
}
