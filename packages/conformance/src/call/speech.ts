// Reading the packets of an Ogg Opus file, and writing what a listener heard as one that plays.
import { readFile, writeFile } from "node:fs/promises";
import {
  BufferSource,
  BufferTarget,
  EncodedAudioPacketSource,
  EncodedPacket,
  EncodedPacketSink,
  Input,
  OGG,
  OggOutputFormat,
  Output,
} from "mediabunny";

/** Opus packets in order, and what a decoder has to know about them. */
export interface Speech {
  readonly packets: readonly Uint8Array[];
  readonly config: AudioDecoderConfig;
  /** Milliseconds of one packet. */
  readonly packetMs: number;
}

/** The shape of WebCodecs' AudioDecoderConfig that mediabunny hands out (this package knows no DOM). */
type AudioDecoderConfig = NonNullable<
  Awaited<ReturnType<NonNullable<Awaited<ReturnType<Input["getPrimaryAudioTrack"]>>>["getDecoderConfig"]>>
>;

/** Reads an Ogg Opus file. */
export async function readSpeech(file: string | URL): Promise<Speech> {
  const bytes = await readFile(file);
  const input = new Input({ formats: [OGG], source: new BufferSource(bytes) });
  try {
    const track = await input.getPrimaryAudioTrack();
    const config = await track?.getDecoderConfig();
    if (!track || !config) throw new Error(`${String(file)} holds no Opus track`);
    const packets: Uint8Array[] = [];
    const durations: number[] = [];
    for await (const packet of new EncodedPacketSink(track).packets()) {
      packets.push(packet.data);
      durations.push(packet.duration);
    }
    // the first and last packets are cut (pre-skip, end trimming); the longest tells the true length
    return { packets, config, packetMs: Math.round(Math.max(...durations) * 1000) };
  } finally {
    input.dispose();
  }
}

/** A packet and the millisecond of the file it belongs at. */
export interface Placed {
  readonly atMs: number;
  readonly packet: Uint8Array;
}

/** Opus TOC of a 20 ms stereo CELT packet with nothing in it: plays as silence where nothing was heard. */
const OPUS_SILENCE = Uint8Array.of(0xfc, 0xff, 0xfe);

/** Writes packets as Ogg Opus; places without a packet become silence so that the timing stays. */
export async function writeSpeech(file: string, speech: Speech, heard: readonly Placed[]): Promise<void> {
  const target = new BufferTarget();
  const output = new Output({ format: new OggOutputFormat(), target });
  const source = new EncodedAudioPacketSource("opus");
  output.addAudioTrack(source);
  await output.start();
  const seconds = speech.packetMs / 1000;
  const slots = new Map(heard.map(({ atMs, packet }) => [Math.round(atMs / speech.packetMs), packet]));
  const last = Math.max(-1, ...slots.keys());
  for (let slot = 0; slot <= last; slot++) {
    const data = slots.get(slot) ?? OPUS_SILENCE;
    const packet = new EncodedPacket(data, "key", slot * seconds, seconds);
    await source.add(packet, { decoderConfig: speech.config });
  }
  await output.finalize();
  await writeFile(file, new Uint8Array(target.buffer!));
}
