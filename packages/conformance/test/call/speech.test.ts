// The Ogg Opus files of the call: what is read is what was recorded, what is written reads back equal.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readSpeech, writeSpeech } from "../../src/call/speech.ts";

const recording = new URL("../../media/speech.opus", import.meta.url);

test("speech.opus holds 677 packets of 20 ms", async () => {
  const speech = await readSpeech(recording);
  expect(speech.packets).toHaveLength(677);
  expect(speech.packetMs).toBe(20);
  expect(speech.config.codec).toBe("opus");
  expect(speech.config.numberOfChannels).toBe(2);
});

test("a written file reads back packet for packet, gaps filled with silence", async () => {
  const speech = await readSpeech(recording);
  const folder = await mkdtemp(join(tmpdir(), "puredave-speech-"));
  try {
    const heard = speech.packets
      .map((packet, i) => ({ atMs: i * 20, packet }))
      .filter((_, i) => i < 5 || i >= 8);
    await writeSpeech(join(folder, "a.opus"), speech, heard);
    const back = await readSpeech(join(folder, "a.opus"));
    expect(back.packets).toHaveLength(677);
    expect(back.packets.slice(8).map(String)).toEqual(speech.packets.slice(8).map(String));
    expect(back.packets.slice(0, 5).map(String)).toEqual(speech.packets.slice(0, 5).map(String));
    expect([...back.packets[6]!]).toEqual([0xfc, 0xff, 0xfe]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
