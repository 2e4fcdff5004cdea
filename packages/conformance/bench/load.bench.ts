// npm run bench -- load: a big call under virtual time, measured in wall time: frames a second, memory, blocking turns.
import { writeFileSync } from "node:fs";
import { DaveClient } from "@puredave/dave";
import { VirtualClock } from "../src/sim/clock.ts";
import { VoiceGateway } from "../src/sim/gateway/gateway.ts";
import { SeededRandom } from "../src/sim/random.ts";
import { Seat } from "../src/sim/seat.ts";
import { PLAIN_SFU, Sfu } from "../src/sim/sfu.ts";

const CHANNEL = "927310423890473011";
const AUDIO_MS = 20;
const VIDEO_MS = 40;
const AUDIO_BYTES = 120;
const VIDEO_BYTES = 6_000;
const VIDEO_SENDERS = 3;
/** Everybody is in by then. */
const SETTLING_MS = 10_000;

interface Setting {
  readonly members: number;
  readonly minutes: number;
  readonly changes: number;
}

export interface Row extends Setting {
  readonly sealed: number;
  readonly opened: number;
  readonly failed: number;
  /** Frames sealed and opened in a second of wall time. */
  readonly framesPerSecond: number;
  readonly peakMegabytes: number;
  /** The longest call of `receive` or a timer, ms of wall time. */
  readonly longestTurnMs: number;
  readonly wallSeconds: number;
}

/** What blocks a bot's event loop: one gateway message, or one timer. */
class Stopwatch {
  longest = 0;
  run<T>(work: () => T): T {
    const start = performance.now();
    const result = work();
    this.longest = Math.max(this.longest, performance.now() - start);
    return result;
  }
}

class TimedClient extends DaveClient {
  readonly watch: Stopwatch;
  constructor(options: ConstructorParameters<typeof DaveClient>[0], watch: Stopwatch) {
    super(options);
    this.watch = watch;
  }
  override receive(...args: Parameters<DaveClient["receive"]>): void {
    this.watch.run(() => super.receive(...args));
  }
}

class Crowd {
  readonly clock = new VirtualClock();
  readonly random = new SeededRandom(1);
  readonly gateway = new VoiceGateway({ clock: this.clock, random: this.random, channelId: CHANNEL });
  readonly sfu = new Sfu(this.clock, this.random.fork("sfu"), PLAIN_SFU, () => false);
  readonly watch = new Stopwatch();
  readonly seats: Seat[] = [];
  sealed = 0;
  opened = 0;
  failed = 0;
  peakBytes = 0;

  constructor(members: number) {
    for (let i = 0; i < members; i++) this.seats.push(this.seat(String(1000 + i)));
  }

  seat(userId: string): Seat {
    const { clock, random, gateway, sfu } = this;
    const source = random.fork(`client ${userId}`);
    const randomBytes = (length: number): Uint8Array => source.bytes(length);
    return new Seat(
      { clock, random, gateway, sfu },
      {
        userId,
        ssrcs: [1, 2],
        control: { minDelayMs: 40, maxDelayMs: 40 },
        maxVersion: 1,
        makeClient: (send) => {
          const options = { userId, channelId: CHANNEL, send, clock, randomBytes };
          const client = new TimedClient(options, this.watch);
          client.assignSsrcToCodec(2, "vp8");
          return client;
        },
        hooks: {},
      },
    );
  }

  /** A frame from one member straight to all others: the network is not what is measured. */
  frame(from: Seat, mediaType: "audio" | "video", frame: Uint8Array): void {
    if (!from.present || from.client === undefined) return;
    const sent = from.client.encrypt({ mediaType, ssrc: mediaType === "audio" ? 1 : 2, frame });
    if (sent.outcome !== "encrypted") return;
    this.sealed++;
    for (const seat of this.seats) {
      if (seat === from || !seat.present || seat.client === undefined) continue;
      const heard = seat.client.decrypt({ userId: from.userId, mediaType, frame: sent.frame });
      if (heard.outcome === "decrypted") this.opened++;
      else this.failed++;
    }
  }

  sample(): void {
    this.peakBytes = Math.max(this.peakBytes, process.memoryUsage().rss);
  }
}

function play({ members, minutes, changes }: Setting, progress: (share: number) => void): Crowd {
  const crowd = new Crowd(members);
  const audio = Uint8Array.from({ length: AUDIO_BYTES }, (_, i) => i);
  const video = Uint8Array.from({ length: VIDEO_BYTES }, (_, i) => (i * 31) | 1);
  crowd.seats.forEach((seat, i) => void crowd.clock.setTimer(i * 100, () => seat.join()));
  crowd.clock.runUntil(SETTLING_MS);
  const end = SETTLING_MS + minutes * 60_000;
  const changeEvery = (minutes * 60_000) / changes;
  for (let change = 0; change < changes; change++) {
    const seat = crowd.seats[1 + (Math.floor(change / 2) % (members - 1))]!;
    crowd.clock.setTimer(change * changeEvery, () => (change % 2 === 0 ? seat.leave() : seat.join()));
  }
  for (let now = SETTLING_MS; now < end; now += AUDIO_MS) {
    crowd.clock.runUntil(now);
    for (const seat of crowd.seats) crowd.frame(seat, "audio", audio);
    if (now % VIDEO_MS === 0)
      for (const seat of crowd.seats.slice(0, VIDEO_SENDERS)) crowd.frame(seat, "video", video);
    if (now % 10_000 === 0) {
      crowd.sample();
      progress((now - SETTLING_MS) / (end - SETTLING_MS));
    }
  }
  return crowd;
}

function measure(setting: Setting): Row {
  const start = performance.now();
  const tty = process.stderr.isTTY;
  const crowd = play(setting, (share) => {
    if (tty) process.stderr.write(`\r${setting.members} members: ${(share * 100).toFixed(0)} % `);
  });
  if (tty) process.stderr.write("\r\x1b[K");
  const wallSeconds = (performance.now() - start) / 1000;
  const { sealed, opened, failed } = crowd;
  return {
    ...setting,
    sealed,
    opened,
    failed,
    framesPerSecond: (sealed + opened) / wallSeconds,
    peakMegabytes: crowd.peakBytes / 2 ** 20,
    longestTurnMs: crowd.watch.longest,
    wallSeconds,
  };
}

const option = (args: readonly string[], name: string): string | undefined =>
  args.includes(name) ? args[args.indexOf(name) + 1] : undefined;

/** `npm run bench -- load [--minutes N] [--json FILE]`: 5, 10 and 25 members, 200 membership changes in 10 minutes. */
export function run(args: readonly string[]): number {
  const minutes = Number(option(args, "--minutes") ?? 10);
  if (!(minutes > 0)) {
    console.error("--minutes: expected a positive number");
    return 2;
  }
  console.log(`load: ${minutes} virtual minutes, audio from all, video from ${VIDEO_SENDERS}; wall time`);
  console.log(
    "members  changes     sealed      opened   not opened   frames/s   peak MB   longest turn ms   wall s",
  );
  const rows = [5, 10, 25].map((members) => {
    const row = measure({ members, minutes, changes: Math.round(20 * minutes) });
    console.log(
      [
        String(row.members).padStart(7),
        String(row.changes).padStart(9),
        String(row.sealed).padStart(11),
        String(row.opened).padStart(12),
        String(row.failed).padStart(13),
        row.framesPerSecond.toFixed(0).padStart(11),
        row.peakMegabytes.toFixed(0).padStart(10),
        row.longestTurnMs.toFixed(1).padStart(18),
        row.wallSeconds.toFixed(1).padStart(9),
      ].join(""),
    );
    return row;
  });
  console.log("not opened: frames that reached a newcomer before its welcome, or of an epoch it is not in");
  const file = option(args, "--json");
  if (file !== undefined) writeFileSync(file, `${JSON.stringify({ minutes, rows }, undefined, 2)}\n`);
  return 0;
}
