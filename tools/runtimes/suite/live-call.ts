// A live call: three members speak, a fourth joins, one leaves; gateway and SFU are simulated, the cryptography is not
import {
  compareBytes,
  type MediaPacket,
  PLAIN_SFU,
  Seat,
  SeededRandom,
  Sfu,
  VirtualClock,
  VoiceGateway,
} from "@puredave/conformance/portable";
import { DaveClient } from "@puredave/dave";
import { type Part, Tally } from "./report.ts";

const CHANNEL_ID = "927310423890473011";
const USERS = ["1001", "1002", "1003", "1004"];
const ROUND_TRIP_MS = 40;
/** Longer than any change of membership takes. */
const SETTLING_MS = 3000;
const FRAMES = 25;

class Call {
  readonly clock = new VirtualClock();
  readonly random = new SeededRandom(1);
  readonly gateway = new VoiceGateway({ clock: this.clock, random: this.random, channelId: CHANNEL_ID });
  readonly sfu = new Sfu(this.clock, this.random.fork("sfu"), PLAIN_SFU, () => false);
  readonly seats = new Map(USERS.map((userId, index) => [userId, this.seat(userId, 100 + index)]));
  /** Frames sent, by number. */
  readonly sent: Uint8Array[] = [];
  /** `receiver frame number` of whatever was opened to the very bytes that were sealed. */
  readonly heard = new Set<string>();

  seat(userId: string, ssrc: number): Seat {
    const { clock, random, gateway, sfu } = this;
    const source = random.fork(`client ${userId}`);
    const randomBytes = (length: number) => source.bytes(length);
    return new Seat(
      { clock, random, gateway, sfu },
      {
        userId,
        ssrcs: [ssrc],
        control: { minDelayMs: ROUND_TRIP_MS, maxDelayMs: ROUND_TRIP_MS },
        maxVersion: 1,
        makeClient: (send) => new DaveClient({ userId, channelId: CHANNEL_ID, send, clock, randomBytes }),
        hooks: { arrived: (seat, packet) => this.arrived(seat, packet) },
      },
    );
  }

  arrived(seat: Seat, packet: MediaPacket): void {
    const { from, frameNumber, payload } = packet;
    const heard = seat.client!.decrypt({ userId: from, mediaType: "audio", frame: payload });
    if (heard.outcome === "decrypted" && compareBytes(heard.frame, this.sent[frameNumber]!) === 0)
      this.heard.add(`${seat.userId} ${frameNumber}`);
  }

  /** One frame of a member; false unless it left encrypted. */
  speak(userId: string): boolean {
    const seat = this.seats.get(userId)!;
    const { ssrcs } = seat.options;
    const frame = this.random.bytes(this.random.int(3, 160));
    const made = seat.client!.encrypt({ mediaType: "audio", ssrc: ssrcs[0]!, frame });
    if (made.outcome !== "encrypted" || compareBytes(made.frame.subarray(0, frame.length), frame) === 0)
      return false;
    const frameNumber = this.sent.push(frame) - 1;
    seat.send({ from: userId, ssrc: ssrcs[0]!, mediaType: "audio", payload: made.frame, frameNumber });
    return true;
  }

  settle(): void {
    this.clock.runUntil(this.clock.now() + SETTLING_MS);
  }
}

/** Everybody present speaks; every frame must reach every other, and the codes must be the same. */
function everybodySpeaks(call: Call, present: readonly string[], tally: Tally, scene: string): void {
  for (let n = 0; n < FRAMES; n++) {
    for (const userId of present) {
      const number = call.sent.length;
      tally.hold(`${scene}: ${userId} sends frame ${n} encrypted`, call.speak(userId));
      call.clock.runUntil(call.clock.now() + 20);
      for (const other of present.filter((user) => user !== userId))
        tally.hold(`${scene}: ${other} hears frame ${n} of ${userId}`, call.heard.has(`${other} ${number}`));
    }
  }
  const clients = present.map((userId) => call.seats.get(userId)!.client!);
  const codes = new Set(clients.map((client) => client.privacyCode?.code));
  tally.hold(`${scene}: all see one privacy code`, codes.size === 1 && !codes.has(undefined));
}

export function liveCall(): Part {
  const call = new Call();
  const tally = new Tally("live call of 4");
  const [first, second, third, fourth] = USERS as [string, string, string, string];
  for (const userId of [first, second, third]) call.seats.get(userId)!.join();
  call.settle();
  everybodySpeaks(call, [first, second, third], tally, "three");
  call.seats.get(fourth)!.join();
  call.settle();
  everybodySpeaks(call, USERS, tally, "four");
  call.seats.get(second)!.leave();
  call.settle();
  everybodySpeaks(call, [first, third, fourth], tally, "after one left");
  return tally.part;
}
