// The calls of one voice server: who is in which, and what websockets and UDP need of them.
import type { TransportMode } from "@puredave/dave/voice";
import { TRANSPORT_MODES } from "@puredave/dave/voice";
import { captureLine } from "../capture/capture.ts";
import type { Session } from "../sim/gateway/call.ts";
import { type GatewayKnobs, PLAIN_KNOBS } from "../sim/gateway/knobs.ts";
import type { DelayKnobs, WireMessage } from "../sim/network.ts";
import { SeededRandom } from "../sim/random.ts";
import { PLAIN_SFU, type SfuKnobs } from "../sim/sfu.ts";
import { Caller, type Identified } from "./caller.ts";
import type { Host } from "./host.ts";
import {
  DEFAULT_CHANNEL,
  DEFAULT_HEARTBEAT_MS,
  LIMITS,
  type Limits,
  PLAIN_RTP,
  type VoiceServerOptions,
} from "./options.ts";
import { RealClock } from "./real-clock.ts";
import { Room } from "./room.ts";
import { UdpPort } from "./udp-port.ts";
import { withoutSecrets } from "./without-secrets.ts";

export const LOOPBACK = "127.0.0.1";
const NO_DELAY: DelayKnobs = { minDelayMs: 0, maxDelayMs: 0 };
const NO_LOSS: SfuKnobs = { ...PLAIN_SFU, ...NO_DELAY };
/** Two for each caller: audio and video. */
const SSRC_STEP = 2;

/** The knobs with what was given for them; a least delay above the default's greatest raises that one too. */
function pathOf<T extends DelayKnobs>(standard: T, given: Partial<T> = {}): T {
  const maxDelayMs = Math.max(standard.maxDelayMs, given.minDelayMs ?? 0);
  return { ...standard, maxDelayMs, ...given };
}

export class CallHost implements Host {
  readonly clock: RealClock;
  readonly random: SeededRandom;
  readonly limits: Limits;
  readonly knobs: GatewayKnobs;
  readonly control: DelayKnobs;
  readonly heartbeatIntervalMs: number;
  readonly channelId: string;
  readonly udp: UdpPort;
  readonly rooms = new Map<string, Room<Caller>>();
  private readonly options: VoiceServerOptions;
  private readonly modes: readonly TransportMode[];
  private readonly bySsrc = new Map<number, Caller>();
  private readonly fault: (fault: unknown) => void;
  private number = 0;
  private lastSsrc = 0;

  constructor(options: VoiceServerOptions) {
    const { seed = 1, onFault = (fault) => void process.stderr.write(`fault: ${String(fault)}\n`) } = options;
    this.options = options;
    this.fault = (fault) => {
      try {
        onFault(fault);
      } catch {
        // there is nobody left to tell
      }
    };
    this.clock = new RealClock(this.fault);
    this.random = new SeededRandom(seed);
    this.limits = { ...LIMITS, ...options.limits };
    this.knobs = { ...PLAIN_KNOBS, ...options.knobs };
    this.control = pathOf(NO_DELAY, options.paths?.control);
    this.heartbeatIntervalMs = options.heartbeatIntervalMs ?? DEFAULT_HEARTBEAT_MS;
    this.channelId = options.channelId ?? DEFAULT_CHANNEL;
    this.modes = [...(options.modes ?? TRANSPORT_MODES)];
    const { clock, random, limits } = this;
    const rtp = { ...PLAIN_RTP, ...options.rtp };
    const callerOf = (ssrc: number) => this.bySsrc.get(ssrc - (ssrc % SSRC_STEP));
    this.udp = new UdpPort({ clock, random: random.fork("rtp"), limits, rtp, callerOf });
  }

  get media() {
    return { ip: LOOPBACK, port: this.udp.port, modes: this.modes };
  }

  /** How many SSRCs of audio are known. */
  get known(): number {
    return this.bySsrc.size;
  }

  /** A function of the owner: what it throws is theirs, and leaves the call as it is. */
  private told(call: () => void): void {
    try {
      call();
    } catch (fault) {
      this.fault(fault);
    }
  }

  /** Does something to a user who is connected to a call. False: there is none. */
  withCaller(userId: string, act: (caller: Caller) => void): boolean {
    for (const caller of this.bySsrc.values()) {
      const connected = caller.session?.open === true && caller.link !== undefined;
      if (caller.identified.userId !== userId || !connected) continue;
      this.clock.turn(() => act(caller));
      return true;
    }
    return false;
  }

  nextNumber(): number {
    return ++this.number;
  }

  admit(identified: Identified, channelId: string): Caller {
    this.lastSsrc += SSRC_STEP;
    const caller = new Caller(identified, this.roomOf(channelId), this.lastSsrc);
    this.bySsrc.set(caller.ssrc, caller);
    return caller;
  }

  private roomOf(channelId: string): Room<Caller> {
    const found = this.rooms.get(channelId);
    if (found !== undefined) return found;
    const room: Room<Caller> = new Room<Caller>({
      channelId,
      clock: this.clock,
      random: this.random.fork(`room ${channelId}`),
      knobs: this.knobs,
      media: NO_LOSS,
      observe: (event) => {
        this.told(() => this.options.observe?.(channelId, event));
        if (event.type === "left") this.clock.setTimer(0, () => this.sweep(room));
      },
      sendTo: (caller, media) => this.udp.sendTo(caller, media),
    });
    this.rooms.set(channelId, room);
    return room;
  }

  /** Callers whose session has ended are forgotten, and so is an empty room: its next call is a new one. */
  private sweep(room: Room<Caller>): void {
    for (const caller of this.bySsrc.values())
      if (caller.room === room && caller.session?.open === false) this.forget(caller);
  }

  forget(caller: Caller): void {
    caller.room.remove(caller);
    this.bySsrc.delete(caller.ssrc);
    for (const other of this.bySsrc.values()) if (other.room === caller.room) return;
    if (this.rooms.get(caller.room.channelId) === caller.room) this.rooms.delete(caller.room.channelId);
  }

  controlOf(userId: string): DelayKnobs {
    return pathOf(this.control, this.options.clients?.[userId]?.control);
  }

  entered(caller: Caller, session: Session): void {
    const { paths, clients } = this.options;
    const common = pathOf(NO_LOSS, paths?.media);
    caller.room.attach(caller, session, pathOf(common, clients?.[caller.identified.userId]?.media));
    // a newer identify of the same user has closed the older session
    this.sweep(caller.room);
    if (this.options.repeatSpeaking !== false) this.repeatSpeaking(caller, session);
  }

  private repeatSpeaking(newcomer: Caller, session: Session): void {
    const { callers, gateway } = newcomer.room;
    for (const { identified, speaking } of callers)
      if (speaking !== undefined)
        gateway.call.send(session, { op: 5, d: { user_id: identified.userId, ...speaking } });
  }

  callerOf(serverId: string, sessionId: string): Caller | undefined {
    const all = [...this.bySsrc.values()].reverse();
    return all.find(
      ({ identified }) => identified.serverId === serverId && identified.sessionId === sessionId,
    );
  }

  record(caller: Caller, direction: "in" | "out", message: WireMessage): void {
    const { capture } = this.options;
    if (capture === undefined) return;
    const content = typeof message === "string" ? { text: withoutSecrets(message) } : { binary: message };
    const line = captureLine({ direction, at: Math.round(this.clock.now()), ...content });
    this.told(() => capture(caller.identified.userId, line));
  }
}
