// One simulated call, made from a plan: gateway, SFU, members, faults, and a referee who sees everything.
import { DaveClient, snapshotOf } from "@puredave/dave";
import { perform } from "./actions.ts";
import { SkewedClock, VirtualClock } from "./clock.ts";
import { Coverage } from "./coverage.ts";
import { createFastCrypto } from "./fast-crypto.ts";
import type { GatewayEvent } from "./gateway/call.ts";
import { VoiceGateway } from "./gateway/gateway.ts";
import { PLAIN_KNOBS } from "./gateway/knobs.ts";
import { judgeHealing } from "./healing.ts";
import { plainClient } from "./plain-client.ts";
import type { Action, Participant, Plan } from "./plan.ts";
import { SeededRandom } from "./random.ts";
import { Referee } from "./referee/referee.ts";
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
    const observe = (event: GatewayEvent) => this.observe(event);
    this.gateway = new VoiceGateway({
      clock,
      random,
      channelId: CHANNEL_ID,
      knobs: plan.knobs,
      observe,
      ...(plan.realCrypto ? {} : { makeCrypto: createFastCrypto }),
    });
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
    const ssrcs = [1000 + index, 2000 + index];
    const seat: Seat = new Seat(
      { clock, random, gateway, sfu },
      {
        userId,
        ssrcs,
        control: { minDelayMs, maxDelayMs },
        maxVersion,
        makeClient: (send) => this.newClient(seat, own, send),
        hooks: {
          arriving: (_, message) => {
            this.trace?.(`${userId} <- ${describeWire(message, 3)}`);
            this.referee.arriving(seat, message);
          },
          delivered: (_, message) => this.referee.delivered(seat, message),
          said: (_, message, reached) => {
            this.trace?.(`${userId} -> ${describeWire(message, 1)}${reached ? "" : " (socket down)"}`);
            this.referee.watches.get(userId)!.said(message);
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
    this.referee.watch(seat, () => own.now());
  }

  private newClient(seat: Seat, clock: SkewedClock, send: ClientOptions["send"]): SeatClient {
    if (seat.options.maxVersion === 0) return plainClient();
    const { userId } = seat;
    const randomness = this.random.fork(`client ${userId} ${this.processes++}`);
    const randomBytes = (length: number) => randomness.bytes(length);
    const crypto = this.plan.realCrypto ? undefined : createFastCrypto(randomBytes);
    const client = this.makeClient({ userId, channelId: CHANNEL_ID, send, clock, randomBytes, crypto });
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
    if (watch && action.type !== "join" && action.type !== "restart") this.coverage.note(action.type, watch);
    if (action.type === "reannounce") this.gateway.reannounce();
    else if (seat) perform(this, seat, action);
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
    if (event.type === "unanswered") this.coverage.note("no 23 within 2 s", watch);
    if (event.type === "commit-dropped") this.coverage.note("losing commit", watch);
    if (event.type === "flagged") this.coverage.note("op 31", watch);
  }

  // ── media ────────────────────────────────────────────────────────────────────────────────────────────────

  private everyFrame(): void {
    this.clock.setTimer(this.plan.frameEveryMs, () => {
      for (const seat of this.seats.values()) if (seat.present) this.speak(seat);
      if (this.clock.now() < 1000 + this.plan.endMs) this.everyFrame();
    });
  }

  private speak(seat: Seat): void {
    const { plan, mediaRandom } = this;
    const video = plan.codec === "vp8" && mediaRandom.chance(0.3);
    const frame = mediaRandom.bytes(mediaRandom.int(plan.minFrameBytes, plan.maxFrameBytes));
    const ssrc = seat.options.ssrcs[video ? 1 : 0]!;
    const packet = this.referee.speak(seat, ssrc, video ? "video" : "audio", frame);
    if (packet === undefined) return;
    seat.send(packet);
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
