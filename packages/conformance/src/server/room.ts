// One call: the simulated gateway and the simulated SFU, behind sockets.
import { createCryptoProvider } from "@puredave/mls";
import type { Timeline } from "../sim/clock.ts";
import type { GatewayEvent, Session } from "../sim/gateway/call.ts";
import { VoiceGateway } from "../sim/gateway/gateway.ts";
import type { GatewayKnobs } from "../sim/gateway/knobs.ts";
import type { SeededRandom } from "../sim/random.ts";
import { type MediaPacket, Sfu, type SfuKnobs } from "../sim/sfu.ts";

/** Whoever is in the call, as far as the call needs to know them. */
export interface Participant {
  readonly identified: { readonly userId: string };
  /** Of audio; the next number is the video's. */
  readonly ssrc: number;
  session: Session | undefined;
  link: object | undefined;
  close(): void;
}

/** A frame and the RTP header that it came in. */
export interface RtpMedia extends MediaPacket {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequenceNumber: number;
  readonly timestamp: number;
}

export interface RoomOptions<P extends Participant> {
  readonly channelId: string;
  readonly clock: Timeline;
  readonly random: SeededRandom;
  readonly knobs: Partial<GatewayKnobs>;
  readonly media: SfuKnobs;
  readonly observe: (event: GatewayEvent) => void;
  readonly sendTo: (caller: P, media: RtpMedia) => void;
}

export class Room<P extends Participant> {
  readonly channelId: string;
  readonly gateway: VoiceGateway;
  readonly sfu: Sfu;
  readonly callers = new Set<P>();
  private readonly options: RoomOptions<P>;

  constructor(options: RoomOptions<P>) {
    const { channelId, clock, random, knobs, observe } = options;
    this.options = options;
    this.channelId = channelId;
    // keys and signatures are the platform's: the seed decides choices only
    const makeCrypto = () => createCryptoProvider();
    this.gateway = new VoiceGateway({ clock, random, channelId, knobs, observe, makeCrypto });
    const inTransition = () => this.gateway.call.pending.length > 0;
    this.sfu = new Sfu(clock, random.fork("sfu"), options.media, inTransition);
  }

  /** The caller leaves; its websocket is left to whoever closes it, with a code that is still on its way. */
  leave(caller: P): void {
    const { session } = caller;
    caller.link = undefined;
    if (session?.open !== true) return;
    session.link = undefined;
    this.gateway.leave(session);
  }

  /** Lets a caller who has a gateway session send and receive media. */
  attach(caller: P, session: Session, knobs: SfuKnobs): void {
    this.callers.add(caller);
    this.sfu.attach({
      session,
      ssrcs: new Set([caller.ssrc, caller.ssrc + 1]),
      knobs,
      receive: (packet) => {
        if (caller.session === session) this.options.sendTo(caller, packet as RtpMedia);
      },
    });
  }

  remove(caller: P): void {
    this.callers.delete(caller);
    if (caller.session !== undefined) this.sfu.detach(caller.session);
    caller.close();
  }

  /** To everybody in the call but one, numbered like all else. */
  tellOthers(caller: P, message: { readonly op: number; readonly d: Record<string, unknown> }): void {
    for (const { session } of this.callers)
      if (session !== undefined && session !== caller.session) this.gateway.call.send(session, message);
  }
}
