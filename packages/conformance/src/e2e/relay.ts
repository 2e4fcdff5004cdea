// The relay bot's story over real sockets: in each channel one listener hears three speakers while members come and go.
import { readSpeech } from "../call/speech.ts";
import { VoiceServer } from "../server/voice-server.ts";
import { Member, together, until } from "./member.ts";

const FIRST_CHANNEL = 927310423890473011n;
const FIRST_USER = 158049329150427136n;
const SPEAKERS = 3;
const PACKET_MS = 20;
/** Ids of a channel's members are that far from those of the next. */
const SPAN = 1000n;

export interface RelayOptions {
  readonly channels: number;
  /** Members who come, stay a while and leave, one after the other, in each channel. */
  readonly guests: number;
  readonly seed: number;
}

/** What became of the frames of one channel. */
export interface ChannelReport {
  readonly channel: string;
  /** Frames that left the speakers. */
  sent: number;
  /** Of those, in the clear. */
  plaintext: number;
  /** Frames that the listener got whole and in order. */
  heard: number;
  /** Frames that did not arrive, or not as they were. */
  lost: number;
  /** Frames that could not be sent or opened, and faults. */
  errors: number;
  /** Joins that the race of G15 met. */
  races: number;
  epoch: bigint;
}

/** Frames of the recording, made different by whose they are and which. */
const frameOf = (packets: readonly Uint8Array[], speaker: number, index: number): Uint8Array => {
  const packet = packets[index % packets.length]!;
  return Uint8Array.from([...packet, speaker, index >> 8, index & 0xff]);
};

/** How many of the frames were not heard whole, or not in their order. Each frame is there once. */
function missingOf(said: readonly Uint8Array[], heard: readonly Uint8Array[]): number {
  const texts = heard.map((frame) => Buffer.from(frame).toString("hex"));
  let at = 0;
  let missing = 0;
  for (const frame of said) {
    const found = texts.indexOf(Buffer.from(frame).toString("hex"), at);
    if (found < 0) missing++;
    else at = found + 1;
  }
  return missing;
}

/** One channel: speakers speak all the time, one packet every 20 ms. */
class Channel {
  readonly report: ChannelReport;
  private readonly server: VoiceServer;
  private readonly packets: readonly Uint8Array[];
  private readonly number: bigint;
  private readonly speakers: Member[] = [];
  private readonly frames: Uint8Array[][] = [[], [], []];
  private listener: Member | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(server: VoiceServer, packets: readonly Uint8Array[], number: number) {
    this.server = server;
    this.packets = packets;
    this.number = BigInt(number);
    const channel = String(FIRST_CHANNEL + this.number);
    this.report = { channel, sent: 0, plaintext: 0, heard: 0, lost: 0, errors: 0, races: 0, epoch: 0n };
  }

  private join(n: number): Promise<Member> {
    const userId = String(FIRST_USER + this.number * SPAN + BigInt(n));
    return Member.join(this.server, { userId, channelId: this.report.channel });
  }

  private get regulars(): Member[] {
    return this.listener === undefined ? this.speakers : [this.listener, ...this.speakers];
  }

  async run(guests: number): Promise<void> {
    this.listener = await this.join(0);
    for (let n = 1; n <= SPEAKERS; n++) this.speakers.push(await this.join(n));
    await together(this.regulars);
    this.timer = setInterval(() => this.tick(), PACKET_MS);
    for (let guest = 0; guest < guests; guest++) await this.visit(guest);
    await new Promise((resolve) => setTimeout(resolve, 500));
    clearInterval(this.timer);
    await this.conclude();
  }

  private tick(): void {
    for (const [n, speaker] of this.speakers.entries()) {
      const frame = frameOf(this.packets, n, this.frames[n]!.length);
      const outcome = speaker.speak(frame);
      if (outcome.outcome !== "sent") {
        this.report.errors++;
        continue;
      }
      this.frames[n]!.push(frame);
      this.report.sent++;
      if (!outcome.encrypted) this.report.plaintext++;
    }
  }

  /**
   * A guest joins, and the race of G15 meets the listener at that very moment: both changes of the group are under way at
   * once. Then the guest leaves.
   */
  private async visit(n: number): Promise<void> {
    await until("a race", () => this.server.race(this.listener!.userId));
    this.report.races++;
    const guest = await this.join(100 + n);
    const all = [...this.regulars, guest];
    await together(all);
    // whatever else the race has set in motion
    await new Promise((resolve) => setTimeout(resolve, 300));
    await together(all);
    guest.close();
    await together(this.regulars);
    this.report.errors += guest.faults.length;
  }

  /** Compares what the listener heard with what was said, speaker by speaker. */
  private async conclude(): Promise<void> {
    const { report, listener } = this;
    const total = this.frames.reduce((sum, frames) => sum + frames.length, 0);
    await until("the last frames", () => listener!.heard.length >= total, 3000).catch(() => {});
    for (const [n, speaker] of this.speakers.entries()) {
      const heard = listener!.heard.filter(({ userId }) => userId === speaker.userId);
      const missing = missingOf(
        this.frames[n]!,
        heard.map(({ frame }) => frame),
      );
      report.lost += missing;
      report.heard += this.frames[n]!.length - missing;
    }
    report.plaintext += listener!.heard.filter(({ encrypted }) => !encrypted).length;
    report.errors += this.regulars.reduce(
      (sum, { dropped, faults }) => sum + dropped.length + faults.length,
      0,
    );
    report.epoch = listener!.client.epoch ?? 0n;
  }

  close(): void {
    clearInterval(this.timer);
    for (const member of this.regulars) member.close();
  }
}

/** Runs the story in several channels at once. */
export async function relay(
  { channels, guests, seed }: RelayOptions,
  speech: string | URL,
): Promise<ChannelReport[]> {
  const { packets } = await readSpeech(speech);
  const server = await VoiceServer.start({ seed, knobs: { resumedFirst: seed % 2 === 0 } });
  const rooms = Array.from({ length: channels }, (_, n) => new Channel(server, packets, n));
  try {
    await Promise.all(rooms.map((room) => room.run(guests)));
    return rooms.map(({ report }) => report);
  } finally {
    for (const room of rooms) room.close();
    await server.close();
  }
}

/** The packaged recording. */
export const SPEECH = new URL("../media/speech.opus", import.meta.url);
