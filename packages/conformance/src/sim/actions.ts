// What a plan's actions do to a member of the call.
import type { SkewedClock, VirtualClock } from "./clock.ts";
import { garbageFor, malformedFor, otherSender } from "./garbage.ts";
import type { VoiceGateway } from "./gateway/gateway.ts";
import type { Action } from "./plan.ts";
import type { SeededRandom } from "./random.ts";
import type { Referee } from "./referee/referee.ts";
import type { Seat } from "./seat.ts";
import { type ArrivalKind, type MediaPacket, SILENCE } from "./sfu.ts";

/** What actions need of the world. */
export interface Stage {
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly mediaRandom: SeededRandom;
  readonly gateway: VoiceGateway;
  readonly referee: Referee;
  readonly seats: ReadonlyMap<string, Seat>;
  /** Each member's own clock. */
  readonly clocks: ReadonlyMap<string, SkewedClock>;
  /** Nobody speaks before this instant. */
  silentUntil: number;
  /** S3: whose old frames the SFU sends to everybody, and until when. */
  attack: { readonly victim: string; readonly until: number } | undefined;
  /** Who has just sent something malformed. */
  readonly misbehaving: Set<string>;
  membershipChanges: number;
  join(seat: Seat): void;
  resume(seat: Seat): void;
  arrived(seat: Seat, packet: MediaPacket, kind: ArrivalKind): void;
}

/** Carries out one action; a plan that was cut down may ask for what makes no sense any more: then nothing happens. */
export function perform(world: Stage, seat: Seat, { type, forMs = 0 }: Pick<Action, "type" | "forMs">): void {
  switch (type) {
    case "join":
      return world.join(seat);
    case "restart":
      if (!seat.present) seat.forget();
      return world.join(seat);
    case "leave":
      if (seat.present) world.membershipChanges += 1;
      return seat.leave();
    case "crash":
      if (seat.present) world.membershipChanges += 1;
      return seat.crash();
    case "drop":
      return drop(world, seat, forMs);
    case "recover":
      return recover(world, seat);
    case "garbage":
      return sendGarbage(world, seat);
    case "junk-media":
      return junkMedia(world, seat);
    case "misbehave":
      return misbehave(world, seat);
    case "sender-again":
      return sendExternalSender(world, seat, world.gateway.call.mls.externalSender);
    case "sender-other":
      return sendExternalSender(world, seat, otherSender(world.random));
    case "race-one":
      if (seat.session && seat.options.maxVersion > 0) world.gateway.race(seat.session);
      return;
    case "describe-again":
      if (seat.session && seat.options.maxVersion > 0) world.gateway.describeAgain(seat.session);
      return;
    case "lose-proposals":
      return void world.gateway.call.doomed.set(27, seat.userId);
    case "lose-commit":
      return void world.gateway.call.doomed.set(29, seat.userId);
    case "lose-execute":
      return void world.gateway.call.doomed.set(22, seat.userId);
    case "remove":
      if (seat.session) world.gateway.remove(seat.session);
      return;
    case "replay-attack":
      world.attack = { victim: seat.userId, until: world.clock.now() + forMs };
      return;
    case "clock-back":
      return setClockBack(world, seat, forMs);
    case "close-inside":
      return closeInside(world, seat);
    case "far-ahead":
      return sealAhead(world, seat);
    default:
      return performOnCall(world, { type, forMs });
  }
}

/** An action that concerns everybody. */
export function performOnCall(
  world: Pick<Stage, "gateway" | "clock" | "silentUntil">,
  { type, forMs = 0 }: Pick<Action, "type" | "forMs">,
): void {
  if (type === "reannounce") world.gateway.reannounce();
  if (type === "race-all") world.gateway.race();
  if (type === "silence") world.silentUntil = world.clock.now() + forMs;
}

/** How many frames are sealed at once: twice as many as a receiver remembers to have skipped (K7). */
const AHEAD_FRAMES = 2000;

function sealAhead(world: Stage, seat: Seat): void {
  if (!seat.present || seat.options.maxVersion === 0) return;
  const ssrc = seat.options.ssrcs[0]!;
  world.referee.sealUnsent(seat, ssrc, AHEAD_FRAMES);
}

/**
 * A silence frame makes the client look at its clock right before and right after the step: what passes between two
 * looks does not count when the clock has gone back.
 */
function setClockBack({ clocks }: Stage, seat: Seat, forMs: number): void {
  const look = () =>
    seat.guarded((client) => client.decrypt({ userId: seat.userId, mediaType: "audio", frame: SILENCE }));
  look();
  clocks.get(seat.userId)?.stepBack(forMs * 100);
  look();
}

function closeInside(world: Stage, seat: Seat): void {
  if (!seat.present || seat.options.maxVersion === 0) return;
  world.referee.watches.get(seat.userId)!.ends.closeAtNextEvent(() => {
    world.clock.setTimer(0, () => perform(world, seat, { type: "crash" }));
  });
}

function drop(world: Stage, seat: Seat, forMs: number): void {
  if (!seat.present || seat.link === undefined || seat.options.maxVersion === 0) return;
  seat.dropSocket();
  world.clock.setTimer(forMs, () => world.resume(seat));
}

function recover(world: Stage, seat: Seat): void {
  if (!seat.present) return;
  world.referee.watches.get(seat.userId)!.excuses.asked = true;
  seat.guarded((client) => client.recover());
}

// M11
function sendGarbage(world: Stage, { session, userId, options }: Seat): void {
  if (session === undefined || options.maxVersion === 0) return;
  const watch = world.referee.watches.get(userId)!;
  watch.excuses.faultAt = watch.nowMs;
  world.gateway.call.send(session, garbageFor(world.random));
}

// G13
function misbehave(world: Stage, seat: Seat): void {
  if (seat.link === undefined) return;
  world.misbehaving.add(seat.userId);
  seat.link.send(malformedFor(world.random));
}

// E25
function sendExternalSender(world: Stage, { session, options }: Seat, body: Uint8Array): void {
  if (session && options.maxVersion > 0) world.gateway.call.send(session, { op: 25, body });
}

// F8, M6: bytes in the name of another member that nobody sealed
function junkMedia(world: Stage, seat: Seat): void {
  const others = [...world.seats.values()].filter((other) => other !== seat);
  if (!seat.present || others.length === 0) return;
  const payload = world.mediaRandom.bytes(world.mediaRandom.int(0, 60));
  const from = world.mediaRandom.pick(others).userId;
  const packet: MediaPacket = { from, ssrc: 0, mediaType: "audio", payload, frameNumber: -1 };
  world.arrived(seat, packet, "tampered");
}
