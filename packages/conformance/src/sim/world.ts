// One simulated call, made from a plan: gateway, SFU, members, faults, and a referee who sees everything.
import { DaveClient, snapshotOf } from "@puredave/dave";
import { createCryptoProvider } from "@puredave/mls";
import { perform, performOnCall, type Stage } from "./actions.ts";
import { SkewedClock, VirtualClock } from "./clock.ts";
import { Coverage } from "./coverage.ts";
import { createFastCrypto } from "./fast-crypto.ts";
import { fakeFrame } from "./garbage.ts";
import type { GatewayEvent } from "./gateway/call.ts";
import { VoiceGateway } from "./gateway/gateway.ts";
import { PLAIN_KNOBS, patience } from "./gateway/knobs.ts";
import { judgeHealing } from "./healing.ts";
import type { WireMessage } from "./network.ts";
import { plainClient } from "./plain-client.ts";
import type { Action, Participant, Plan } from "./plan.ts";
import { SeededRandom } from "./random.ts";
import { Newcomer } from "./referee/newcomer.ts";
import { Referee } from "./referee/referee.ts";
import { rudeListeners, rudeOptions } from "./rude.ts";
import { Seat, type SeatClient } from "./seat.ts";
import { type ArrivalKind, type MediaPacket, PLAIN_SFU, Sfu } from "./sfu.ts";
import { describe, describeWire, traceClient } from "./trace.ts";

export type ClientOptions = ConstructorParameters<typeof DaveClient>[0];
/** Makes the client under test; mutants come in here. */
export type MakeClient = (options: ClientOptions) => SeatClient;

export const makeDaveClient: MakeClient = (options) => {
  const client = new DaveClient(options);
  return Object.assign(client, { snapshot: () => snapshotOf(client) });
};

const CHANNEL_ID = "1290000000000000007";
/** The last stretch of the healing time: everything has to be well by then. */
const PROOF_MS = 6000;

/** So many packets of each member a hostile SFU keeps. */
const CAPTURED = 50;

/** Of so many frames one is tried by those who have left. */
const EAVESDROP_EVERY = 3;

export class World {
  readonly plan: Plan;
  readonly clock = new VirtualClock(1000);
  readonly random: SeededRandom;
  readonly gateway: VoiceGateway;
  readonly referee: Referee;
  readonly coverage = new Coverage();
  readonly seats = new Map<string, Seat>();
  membershipChanges = 0;
  readonly resets: string[] = [];
  /** Told every message and event, for a replay; costs nothing when absent. */
  trace: ((line: string) => void) | undefined;
  private readonly sfu: Sfu;
  private readonly makeClient: MakeClient;
  readonly mediaRandom: SeededRandom;
  private readonly proved = new Map<string, number>();
  /** Who has just sent something malformed. */
  readonly misbehaving = new Set<string>();
  private processes = 0;
  readonly clocks = new Map<string, SkewedClock>();
  silentUntil = 0;
  attack: Stage["attack"];
  /** The first packets of each member, for a hostile SFU. */
  private readonly captured = new Map<string, MediaPacket[]>();
  private readonly newcomer: Newcomer;
  private readonly lateRandom: SeededRandom;

  constructor(plan: Plan, makeClient: MakeClient = makeDaveClient) {
    this.plan = plan;
    this.makeClient = makeClient;
    this.random = new SeededRandom(plan.seed);
    this.mediaRandom = this.random.fork("media");
    const { clock, random } = this;
    this.referee = new Referee(
      () => clock.now() - 1000,
      (fault, watch) => this.coverage.note(fault, watch),
    );
    this.lateRandom = random.fork("peers");
    this.newcomer = this.makeNewcomer();
    const observe = (event: GatewayEvent) => this.observe(event);
    this.gateway = new VoiceGateway({
      clock,
      random,
      channelId: CHANNEL_ID,
      knobs: plan.knobs,
      observe,
      passerBy: () => this.newcomer.offer(this.gateway.call.mls.externalSender),
      ...(plan.realCrypto ? {} : { makeCrypto: createFastCrypto }),
    });
    this.referee.allow(patience(this.gateway.call.knobs));
    const inTransition = () => this.gateway.call.pending.length > 0;
    this.sfu = new Sfu(clock, random.fork("sfu"), { ...PLAIN_SFU, ...plan.sfu }, inTransition);
    for (const [index, participant] of plan.participants.entries()) this.takeSeat(participant, index);
    this.schedule();
  }

  private schedule(): void {
    const { plan } = this;
    for (const action of plan.actions) this.at(action.at, () => this.act(action));
    this.at(plan.faultsUntilMs, () => this.heal());
    this.at(plan.endMs - PROOF_MS, () => this.proved.clear());
    this.at(plan.endMs, () => judgeHealing(this, this.proved));
    this.everyFrame();
  }

  private at(ms: number, run: () => void): void {
    this.clock.setTimer(1000 + ms - this.clock.now(), run);
  }

  /** Runs to the end, or to the first violation. */
  run(stopAtViolation = true): void {
    const end = 1000 + this.plan.endMs;
    while (this.clock.step(end)) if (stopAtViolation && this.referee.violations.length > 0) return;
  }

  // ── members ──────────────────────────────────────────────────────────────────────────────────────────────

  private takeSeat(participant: Participant, index: number): void {
    const { clock, random, gateway, sfu } = this;
    const { userId, minDelayMs, maxDelayMs, maxVersion } = participant;
    const own = new SkewedClock(clock, participant.clockOffsetMs, participant.clockRate);
    this.clocks.set(userId, own);
    const ssrcs = [1000 + index, 2000 + index];
    const seat: Seat = new Seat(
      { clock, random, gateway, sfu },
      {
        userId,
        ssrcs,
        control: { minDelayMs, maxDelayMs },
        maxVersion,
        textAsBytes: participant.textAsBytes,
        makeClient: (send) => this.newClient(seat, own, send, participant.rudeCallbacks === true),
        hooks: {
          arriving: (_, message) => {
            this.trace?.(`${userId} <- ${describeWire(message, 3)}`);
            this.referee.arriving(seat, message);
            this.coverCaller(seat, participant, message);
          },
          delivered: (_, message) => this.delivered(seat, message),
          lost: () => this.referee.watches.get(userId)!.connectionLost(),
          ended: (_, client) => this.referee.watches.get(userId)!.ends.ended(client),
          said: (_, message, reached) => {
            this.trace?.(`${userId} -> ${describeWire(message, 1)}${reached ? "" : " (socket down)"}`);
            if (seat.present) this.referee.watches.get(userId)!.said(message);
          },
          threw: (_, fault) => this.referee.threw(seat, fault),
          arrived: (_, packet, kind) => this.arrived(seat, packet, kind),
          // LIB-01: who is refused for want of DAVE does not come back at once
          closed: (_, code) => {
            if (code !== 4017) this.clock.setTimer(500, () => this.comeBack(seat));
          },
        },
      },
    );
    this.seats.set(userId, seat);
    this.referee.watch(seat, () => own.steady());
  }

  private newClient(seat: Seat, clock: SkewedClock, send: ClientOptions["send"], rude: boolean): SeatClient {
    if (seat.options.maxVersion === 0) return plainClient();
    const { userId } = seat;
    const randomness = this.random.fork(`client ${userId} ${this.processes++}`);
    const randomBytes = (length: number) => randomness.bytes(length);
    const crypto = this.plan.realCrypto ? undefined : createFastCrypto(randomBytes);
    // B10: `crypto` brings its own randomness
    const primitives = crypto ? { crypto } : { randomBytes };
    const callbacks = rude ? rudeOptions(randomness.fork("callbacks"), send) : {};
    const options = { userId, channelId: CHANNEL_ID, send, clock, ...primitives, ...callbacks };
    const client = this.makeClient(options);
    if (rude && client.tick) rudeListeners(client as DaveClient);
    this.referee.watches.get(userId)!.newProcess(client);
    if (this.trace) traceClient(client, userId, this.trace);
    return client;
  }

  /** A new identify, unless the user is in. */
  join(seat: Seat): void {
    if (seat.present) return;
    this.membershipChanges += 1;
    this.referee.watches.get(seat.userId)!.newConnection();
    seat.join();
    if (seat.options.maxVersion > 0) this.assignCodecs(seat);
  }

  private assignCodecs(seat: Seat): void {
    const [audio, video] = seat.options.ssrcs;
    seat.guarded((client) => {
      (client as Partial<DaveClient>).assignSsrcToCodec?.(audio!, "opus");
      (client as Partial<DaveClient>).assignSsrcToCodec?.(video!, "vp8");
    });
  }

  /** Thrown out or healed: a new identify, once. */
  private comeBack(seat: Seat): void {
    if (!seat.present && this.clock.now() < 1000 + this.plan.endMs - PROOF_MS) this.join(seat);
  }

  // ── what happens ─────────────────────────────────────────────────────────────────────────────────────────

  private act(action: Action): void {
    this.trace?.(`action ${JSON.stringify(action)}`);
    const seat = this.seats.get(action.userId ?? "");
    const watch = seat && this.referee.watches.get(seat.userId);
    if (watch && action.type !== "join" && action.type !== "restart" && action.type !== "silence")
      this.coverage.note(action.type, watch);
    if (action.type === "silence")
      for (const one of this.referee.watches.values()) this.coverage.note("silence", one);
    if (seat) perform(this, seat, action);
    else performOnCall(this, action);
  }

  private coverCaller(seat: Seat, participant: Participant, message: WireMessage): void {
    const watch = this.referee.watches.get(seat.userId)!;
    if (participant.rudeCallbacks) this.coverage.note("rude callbacks", watch);
    if (participant.textAsBytes && typeof message === "string") this.coverage.note("text as bytes", watch);
  }

  // G16 (knob): a member that says 31 although the commit was valid
  private delivered(seat: Seat, message: WireMessage): void {
    this.referee.delivered(seat, message);
    const is29 = typeof message !== "string" && message[2] === 29;
    if (!is29 || !this.lateRandom.chance(this.gateway.call.knobs.flagValid)) return;
    const watch = this.referee.watches.get(seat.userId)!;
    this.coverage.note("op 31 for a valid commit", watch);
    watch.excuses.asked = true;
    seat.guarded((client) => client.recover());
  }

  private makeNewcomer(): Newcomer {
    const randomness = this.random.fork("newcomer");
    const randomBytes = (length: number) => randomness.bytes(length);
    const { realCrypto } = this.plan;
    return new Newcomer(
      CHANNEL_ID,
      realCrypto ? createCryptoProvider({ randomBytes }) : createFastCrypto(randomBytes),
    );
  }

  // (14) once per epoch a newcomer could join
  private passedBy({ userId, epoch, body }: GatewayEvent & { type: "passer-by" }): void {
    const known = this.referee.watches.get(userId)?.current;
    if (known === undefined || known.epoch !== epoch) return;
    const fault = this.newcomer.fault(this.gateway.call.mls, body, known);
    if (fault !== undefined) this.referee.complain(14, userId, fault);
  }

  /** The socket comes back: op 7, or a new identify when the window is over. */
  resume(seat: Seat): void {
    if (seat.client === undefined || seat.link !== undefined || seat.session === undefined) return;
    if (seat.present) return seat.resume();
    this.coverage.note("resume refused", this.referee.watches.get(seat.userId)!);
    this.join(seat);
  }

  private observe(event: GatewayEvent): void {
    this.trace?.(`gateway ${describe(event)}`);
    this.referee.gateway(event);
    if (event.type === "reset") this.resets.push(event.why);
    const watch = "userId" in event ? this.referee.watches.get(event.userId) : undefined;
    if (watch === undefined) return;
    // G3, G13: a client that keeps to the rules is never thrown out
    if (event.type === "closed" && !this.misbehaving.delete(event.userId)) {
      this.referee.complain(8, event.userId, `was thrown out with ${event.code}`);
    }
    if (event.type === "damaged") {
      watch.excuses.faultAt = watch.nowMs;
      this.coverage.note(`damaged ${event.op === 29 ? "commit" : "welcome"}`, watch);
    }
    if (event.type === "lost") {
      if (event.op !== 22) watch.excuses.faultAt = watch.nowMs;
      this.coverage.note(`op ${event.op} lost`, watch);
    }
    if (event.type === "race") this.coverage.note(event.all ? "race to all" : "race to one", watch);
    if (event.type === "passer-by") this.passedBy(event);
    if (event.type === "unanswered") this.coverage.note("no 23 within 2 s", watch);
    if (event.type === "commit-dropped") this.coverage.note("losing commit", watch);
    if (event.type === "flagged") this.coverage.note("op 31", watch);
  }

  // ── media ────────────────────────────────────────────────────────────────────────────────────────────────

  private everyFrame(): void {
    this.clock.setTimer(this.plan.frameEveryMs, () => {
      for (const seat of this.seats.values()) if (seat.present && this.speaks(seat)) this.speak(seat);
      if (this.attack && this.clock.now() < this.attack.until) this.replayTo(this.attack.victim);
      if (this.clock.now() < 1000 + this.plan.endMs) this.everyFrame();
    });
  }

  // S3: a hostile SFU
  private replayTo(victim: string): void {
    const frames = this.captured.get(victim) ?? [];
    for (const seat of this.seats.values()) {
      if (!seat.present || seat.userId === victim || seat.options.maxVersion === 0) continue;
      const old = frames[this.mediaRandom.int(0, Math.max(0, frames.length - 1))];
      const made = { from: victim, ssrc: 0, mediaType: "audio", frameNumber: -1 } as const;
      const packet = old ?? { ...made, payload: fakeFrame(this.mediaRandom) };
      this.arrived(seat, packet, "tampered");
    }
  }

  /** Nobody pauses any more once the faults have stopped. */
  private speaks(seat: Seat): boolean {
    const now = this.clock.now();
    const { speech, faultsUntilMs } = this.plan;
    if (now >= 1000 + faultsUntilMs) return true;
    if (now < this.silentUntil) return false;
    if (speech === undefined) return true;
    const { talkMs, pauseMs } = speech;
    return (now + seat.options.ssrcs[0]! * 977) % (talkMs + pauseMs) < talkMs;
  }

  private speak(seat: Seat): void {
    const { plan, mediaRandom } = this;
    const video = plan.codec === "vp8" && mediaRandom.chance(0.3);
    const frame = mediaRandom.bytes(mediaRandom.int(plan.minFrameBytes, plan.maxFrameBytes));
    const ssrc = seat.options.ssrcs[video ? 1 : 0]!;
    const packet = this.referee.speak(seat, ssrc, video ? "video" : "audio", frame);
    if (packet === undefined) return;
    seat.send(packet);
    const captured = this.captured.get(seat.userId) ?? [];
    if (captured.length < CAPTURED) this.captured.set(seat.userId, [...captured, packet]);
    if (packet.frameNumber % EAVESDROP_EVERY === 0) this.eavesdrop(packet);
  }

  /** Who has left and kept the client listens on: keys of later epochs must not be among its own. */
  private eavesdrop(packet: MediaPacket): void {
    for (const seat of this.seats.values()) {
      if (seat.present || seat.client === undefined || seat.options.maxVersion === 0) continue;
      this.referee.arrived(seat, packet, "frame", true);
    }
  }

  /** A packet reaches a member. */
  arrived(seat: Seat, packet: MediaPacket, kind: ArrivalKind): void {
    const watch = this.referee.watches.get(seat.userId)!;
    if (kind !== "frame") this.coverage.note(`media: ${kind}`, watch);
    const before = this.referee.counts.received;
    this.referee.arrived(seat, packet, kind);
    if (this.referee.counts.received > before) {
      const path = `${packet.from} ${seat.userId}`;
      this.proved.set(path, (this.proved.get(path) ?? 0) + 1);
    }
  }

  // ── the end ──────────────────────────────────────────────────────────────────────────────────────────────

  // (8) the faults stop: sockets come back, the gateway and the SFU behave
  private heal(): void {
    this.gateway.call.knobs = { ...PLAIN_KNOBS };
    const { minDelayMs, maxDelayMs } = this.sfu.knobs;
    this.sfu.knobs = { ...PLAIN_SFU, minDelayMs, maxDelayMs };
    for (const seat of this.seats.values()) {
      if (seat.session !== undefined && seat.link === undefined) this.resume(seat);
    }
  }
}
