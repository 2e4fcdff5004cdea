// Ogg Opus in and out, for the bots: the packets of a file, and a recording for each user.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { BufferSource, BufferTarget, EncodedAudioPacketSource, EncodedPacket, EncodedPacketSink, Input, OGG, OggOutputFormat, Output } from "mediabunny"; // biome-ignore format: one list

/** The packets of an Ogg Opus file, and what a decoder has to know about them. */
export async function readOgg(file) {
  const input = new Input({ formats: [OGG], source: new BufferSource(await readFile(file)) });
  const track = await input.getPrimaryAudioTrack();
  const config = await track.getDecoderConfig();
  const packets = [];
  for await (const packet of new EncodedPacketSink(track).packets()) packets.push(packet.data);
  return { packets, config };
}

/** Keeps what is heard, and writes it: FOLDER/USER.opus. */
export class Recorder {
  #frames = new Map();

  add({ userId, frame }) {
    const frames = this.#frames.get(userId) ?? [];
    this.#frames.set(userId, frames);
    frames.push(frame);
  }

  async save(folder, decoderConfig) {
    await mkdir(folder, { recursive: true });
    for (const [userId, frames] of this.#frames) {
      const target = new BufferTarget();
      const output = new Output({ format: new OggOutputFormat(), target });
      const source = new EncodedAudioPacketSource("opus");
      output.addAudioTrack(source);
      await output.start();
      for (const [n, frame] of frames.entries())
        await source.add(new EncodedPacket(frame, "key", n * 0.02, 0.02), { decoderConfig });
      await output.finalize();
      await writeFile(`${folder}/${userId}.opus`, new Uint8Array(target.buffer));
    }
  }
}
