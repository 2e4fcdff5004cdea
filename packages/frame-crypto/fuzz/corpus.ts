// The corpus: hex, one input a line, kept in the repository. Seeds are made here, finds are added by a run.
import { readFileSync, writeFileSync } from "node:fs";
import { type Codec, Encryptor, SenderKey } from "../src/index.ts";
import { FUZZ_KEY } from "./targets.ts";

const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));

/** Codec frames as small as they come, by codec. */
const MEDIA: readonly (readonly [Codec, string])[] = [
  ["opus", "7c0801ec3c4aeef9b4537f2f3e52e2bf6a84"],
  ["opus", "f8fffe"],
  ["opus", ""],
  ["vp8", "10020000009d012a400140010034250002"],
  ["vp8", "31020000112233"],
  ["vp9", "8249834200"],
  ["h264", "00000001674200000001680011000000016588843a0c6001704027"],
  ["h264", "000001419a408bc6c47b000001419a408bc6c47b00000141e0"],
  ["h264", "0000000165000003400000708011223300000304"],
  ["h265", "0000000140010c01ffff0000000126010a1b2c3d0000010201d0a1b2"],
  ["h265", "000000010000550000000100005500000001000055"],
  ["av1", "12000a0a00000000035bfcffff00320610aabbccdd7a00"],
  ["av1", "0a010032828080800011227a02000036100433445566"],
];

/** Media as a codec gives it, and each of them sealed under the fuzzer's key. */
export function seeds(): Uint8Array[] {
  const encryptor = new Encryptor({ backend: "portable" });
  encryptor.setKey(new SenderKey({ key: () => FUZZ_KEY, erase: () => undefined }, { counter: 125 }));
  const all = MEDIA.map(([, text]) => fromHex(text));
  MEDIA.forEach(([codec], i) => {
    encryptor.assignSsrcToCodec(1, codec);
    const sent = encryptor.encrypt({ mediaType: "video", ssrc: 1, frame: all[i]! });
    if (sent.outcome === "encrypted") all.push(sent.frame);
  });
  return all;
}

export const readCorpus = (file: string | URL): Uint8Array[] =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => fromHex(line === "-" ? "" : line));

export function writeCorpus(file: string | URL, inputs: readonly Uint8Array[]): void {
  const lines = new Set(inputs.map((input) => Buffer.from(input).toString("hex") || "-"));
  writeFileSync(file, `${[...lines].sort((a, b) => a.length - b.length || (a < b ? -1 : 1)).join("\n")}\n`);
}
