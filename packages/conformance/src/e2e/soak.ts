// An hour (or less) of one voice server on real sockets: clients come and go, few speak, and memory has to stay flat.

import { readSpeech } from "../call/speech.ts";
import { VoiceServer } from "../server/voice-server.ts";
import { SeededRandom } from "../sim/random.ts";
import { Member } from "./member.ts";

const CHANNEL = 927310423890473011n;
const FIRST_USER = 158049329150427136n;
const PACKET_MS = 20;
const STEP_MS = 1000;
const MINUTE_MS = 60_000;
const MEBIBYTE = 2 ** 20;
/** Members of one channel. */
const PER_CHANNEL = 5;
/** Speakers at once, over all channels, each for so long. */
const SPEAKERS = 3;
const SPEECH_MS = 10_000;
/** How long a client stays, and how long it is away. */
const STAY_MS = [20_000, 180_000] as const;
const AWAY_MS = [1000, 10_000] as const;
/** A step breaks the websocket of one client with this chance; the client resumes. */
const BREAK_CHANCE = 0.1;

export interface SoakOptions {
  readonly minutes: number;
  readonly clients: number;
  readonly seed: number;
}

/** What one minute ended with; counts since the start. */
export interface SoakMinute {
  readonly minute: number;
  readonly rssMiB: number;
  readonly heapMiB: number;
  readonly callers: number;
  readonly joins: number;
  readonly breaks: number;
  readonly sent: number;
  readonly heard: number;
  /** Packets sent or heard in the clear. */
  readonly plaintext: number;
  /** Received packets that no key opened; a few follow a broken websocket. */
  readonly dropped: number;
  /** Connections that ended for good although their owner had not left. */
  readonly ended: number;
  /** What server and clients reported as their own errors. */
  readonly faults: number;
}

/** From so many minutes on memory is judged. */
const JUDGED_FROM = 10;
/** The heap of the last third may exceed that of the middle third by so much. */
const GROWTH = 1.1;

/** Whether the heap stays: the least of the last third beside the least of the middle one. Undefined: too few minutes. */
export function isFlat(minutes: readonly Pick<SoakMinute, "heapMiB">[]): boolean | undefined {
  if (minutes.length < JUDGED_FROM) return undefined;
  const third = Math.floor(minutes.length / 3);
  const least = (part: readonly Pick<SoakMinute, "heapMiB">[]) =>
    Math.min(...part.map(({ heapMiB }) => heapMiB));
  return least(minutes.slice(-third)) <= GROWTH * least(minutes.slice(-2 * third, -third));
}

/** A place that a client takes, leaves and takes again. */
interface Place {
  readonly userId: string;
  readonly channelId: string;
  member: Member | undefined;
  /** When the client comes or leaves. */
  nextAt: number;
  speaksUntil: number;
}

class Soak {
  private readonly server: VoiceServer;
  private readonly random: SeededRandom;
  private readonly packets: readonly Uint8Array[];
  private readonly places: Place[];
  private readonly faults: unknown[];
  private readonly counts = { joins: 0, breaks: 0, sent: 0, heard: 0, plaintext: 0, dropped: 0, ended: 0 };
  private packet = 0;

  constructor(
    server: VoiceServer,
    packets: readonly Uint8Array[],
    { clients, seed }: SoakOptions,
    faults: unknown[],
  ) {
    this.server = server;
    this.packets = packets;
    this.random = new SeededRandom(seed).fork("soak");
    this.faults = faults;
    this.places = Array.from({ length: clients }, (_, n) => ({
      userId: String(FIRST_USER + BigInt(n)),
      channelId: String(CHANNEL + BigInt(Math.floor(n / PER_CHANNEL))),
      member: undefined,
      // one after the other, so that the start is no crowd
      nextAt: n * 200,
      speaksUntil: 0,
    }));
  }

  /** Once a second: who comes, who leaves, whose socket breaks, who speaks. */
  async step(now: number): Promise<void> {
    for (const place of this.places) if (now >= place.nextAt) await this.move(place, now);
    const there = this.places.filter(({ member }) => member?.voice.ready === true);
    const speaking = there.filter(({ speaksUntil }) => speaksUntil > now).length;
    const quiet = there.filter(({ speaksUntil }) => speaksUntil <= now);
    if (speaking < SPEAKERS && quiet.length > 0) this.random.pick(quiet).speaksUntil = now + SPEECH_MS;
    if (there.length > 0 && this.random.chance(BREAK_CHANCE)) {
      if (this.server.breakSocket(this.random.pick(there).userId)) this.counts.breaks++;
    }
    this.collect();
  }

  private async move(place: Place, now: number): Promise<void> {
    if (place.member === undefined) {
      this.counts.joins++;
      place.member = await Member.join(this.server, place);
      place.nextAt = now + this.random.int(...STAY_MS);
      return;
    }
    this.take(place.member);
    place.member.close();
    place.member = undefined;
    place.speaksUntil = 0;
    place.nextAt = now + this.random.int(...AWAY_MS);
  }

  /** Every 20 ms. */
  speak(now: number): void {
    const frame = this.packets[this.packet++ % this.packets.length]!;
    for (const { member, speaksUntil } of this.places) {
      if (member === undefined || speaksUntil <= now) continue;
      const said = member.speak(frame);
      if (said.outcome !== "sent") continue;
      this.counts.sent++;
      if (!said.encrypted) this.counts.plaintext++;
    }
  }

  private collect(): void {
    for (const { member } of this.places) if (member !== undefined) this.take(member);
  }

  /** Counts what a member has noted, and empties its lists, which would otherwise grow as a leak does. */
  private take(member: Member): void {
    this.counts.heard += member.heard.length;
    this.counts.plaintext += member.heard.filter(({ encrypted }) => !encrypted).length;
    this.counts.dropped += member.dropped.length;
    this.counts.ended += member.ends.length;
    this.faults.push(...member.faults);
    for (const list of [member.heard, member.dropped, member.ops, member.ends, member.faults])
      list.length = 0;
  }

  report(minute: number): SoakMinute {
    globalThis.gc?.();
    const { rss, heapUsed } = process.memoryUsage();
    return {
      minute,
      rssMiB: Math.round(rss / MEBIBYTE),
      heapMiB: Math.round((10 * heapUsed) / MEBIBYTE) / 10,
      callers: this.server.counts.callers,
      ...this.counts,
      faults: this.faults.length,
    };
  }

  close(): void {
    for (const { member } of this.places) member?.close();
  }
}

/**
 * Runs the soak. Client and server are in one process, so the figures of memory are of both.
 *
 * @param tell told each minute
 */
export async function soak(
  options: SoakOptions,
  speech: string | URL,
  tell: (minute: SoakMinute) => void,
): Promise<readonly SoakMinute[]> {
  const { packets } = await readSpeech(speech);
  const faults: unknown[] = [];
  const server = await VoiceServer.start({ seed: options.seed, onFault: (fault) => void faults.push(fault) });
  const run = new Soak(server, packets, options, faults);
  const start = performance.now();
  const elapsed = () => performance.now() - start;
  const speaking = setInterval(() => run.speak(elapsed()), PACKET_MS);
  const minutes: SoakMinute[] = [];
  try {
    while (minutes.length < options.minutes) {
      await run.step(elapsed());
      await new Promise((resolve) => setTimeout(resolve, STEP_MS));
      if (elapsed() < (minutes.length + 1) * MINUTE_MS) continue;
      const minute = run.report(minutes.length + 1);
      minutes.push(minute);
      tell(minute);
    }
    return minutes;
  } finally {
    clearInterval(speaking);
    run.close();
    await server.close();
  }
}
