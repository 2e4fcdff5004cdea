// SP 800-38D §6.5 GCTR by the platform's AES: one cipher object for the life of a key turns counter blocks into a
// keystream. A fresh object for each frame, which GCM needs, is what makes the platform's GCM expensive for short frames.
import type { Ranges } from "../format/ranges.ts";
import { BLOCK } from "./aes-ghash.ts";
import type { NodeCipher } from "./ports.ts";
import { joinSections, scatterSections, sectionWords, wipeSections } from "./sections.ts";

/** Blocks that are encrypted in one call: 16 kB. Longer frames take several calls. */
const MAX_BLOCKS = 1024;

/** Counter blocks. They hold nothing secret: the first 8 bytes are zero, nonce and block number follow. */
const counters = /* @__PURE__ */ new Uint8Array(MAX_BLOCKS * BLOCK);
const counterView = /* @__PURE__ */ new DataView(counters.buffer);

/** The first so many of them. A view costs as much as encrypting some blocks, so each is made once. */
const views: (Uint8Array | undefined)[] = [];

/** K3, SP 800-38D §7.1: 8 zero bytes, the counter little endian, the block number big endian. */
function counterBlocks(counter: number, first: number, count: number): Uint8Array {
  for (let i = 0; i < count; i++) {
    counterView.setUint32(i * BLOCK + 8, counter, true);
    counterView.setUint32(i * BLOCK + 12, first + i);
  }
  views[count] ??= counters.subarray(0, count * BLOCK);
  return views[count];
}

/**
 * Encrypts or decrypts the encrypted sections of a frame. `aes` is a cipher of AES-128 in ECB mode under the frame's key,
 * which gives a block for each block it is given.
 */
export function cryptByKeystream(
  aes: NodeCipher,
  counter: number,
  input: Uint8Array,
  length: number,
  clear: Ranges,
  output: Uint8Array,
): void {
  const text = joinSections(input, length, clear);
  const blocks = Math.ceil(text.length / BLOCK);
  for (let done = 0; done < blocks; done += MAX_BLOCKS) {
    const count = Math.min(blocks - done, MAX_BLOCKS);
    // SP 800-38D §7.1: block 1 masks the tag; the text starts with block 2.
    addKeystream(aes.update(counterBlocks(counter, 2 + done, count)), (done * BLOCK) >>> 2);
  }
  scatterSections(text, length, clear, output);
  wipeSections(text);
}

/** Adds a keystream to the words of the joined sections from `at` on, and overwrites it. */
function addKeystream(stream: Uint8Array, at: number): void {
  const text = sectionWords();
  // Words are read from addresses that are multiples of 4. No runtime was seen to give others.
  const aligned = (stream.byteOffset & 3) === 0 ? stream : new Uint8Array(stream);
  const words = new Int32Array(aligned.buffer, aligned.byteOffset, stream.length >>> 2);
  for (let i = 0; i < words.length; i++) text[at + i] = text[at + i]! ^ words[i]!;
  stream.fill(0);
  words.fill(0);
}
