// What is fuzzed, and what must hold whatever the bytes are. A target returns a signature of what it saw.
import { createCipheriv } from "node:crypto";
import {
  type BackendChoice,
  CODECS,
  type Codec,
  type DecryptFailure,
  Decryptor,
  Encryptor,
  type KeyRatchet,
  type ParsedFrame,
  parseFrame,
  ReceiverKey,
  SenderKey,
  type SplitFrame,
  splitFrame,
} from "../src/index.ts";
import { referenceSplit } from "../test/reference/split.ts";
import { ReferenceWindow } from "../test/reference/window.ts";
import type { Random } from "./random.ts";

export const FUZZ_KEY: Uint8Array = new Uint8Array(16).fill(0x42);
const ratchet: KeyRatchet = { key: () => FUZZ_KEY, erase: () => undefined };
const REASONS: readonly DecryptFailure[] = [
  "not-protocol-frame",
  "malformed-trailer",
  "no-key",
  "replayed",
  "generation",
  "authentication",
];

/** Something that must hold did not. */
export class Violation extends Error {}

export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Violation(what);
}

const same = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);

const few = (n: number): string => (n < 3 ? `${n}` : n < 8 ? "3+" : "8+");

export interface Target {
  readonly name: string;
  run(input: Uint8Array, random: Random): string;
}

/** F5: the frame check. */
export const parseTarget = (): Target => ({
  name: "parse",
  run(input) {
    const parsed = parseFrame(input);
    if (parsed.outcome === "failed") return parsed.reason;
    const size = input[input.length - 3]!;
    const mediaLength = input.length - size;
    must(parsed.tag.length === 8, "a tag of 8 bytes");
    must(parsed.nonce >= 0 && parsed.nonce < 2 ** 32, "a 32-bit nonce");
    must(parsed.aad.length + parsed.ciphertext.length === mediaLength, "the media, all of it");
    let free = 0;
    for (const [offset, length] of parsed.ranges) {
      must(
        offset >= free && length >= 0 && offset + length <= mediaLength,
        "ranges in order and inside the media",
      );
      free = offset + length;
    }
    return `ranges ${few(parsed.ranges.length)}, media ${mediaLength === 0 ? "none" : "some"}`;
  },
});

/** The corpus is sealed with counters below this; a receiver's own frames start here. */
const FIRST_OWN = 1000;

/** A sender and a receiver of good frames, among which hostile ones are thrown. */
class LiveCall {
  readonly decryptor: Decryptor;
  readonly #sender: Encryptor;
  #late: Uint8Array;

  constructor(backend: BackendChoice) {
    this.#sender = new Encryptor({ backend });
    this.#sender.setKey(new SenderKey(ratchet, { counter: FIRST_OWN }));
    this.decryptor = new Decryptor({ backend });
    this.decryptor.install(new ReceiverKey(ratchet, { preparedAt: 0 }));
    this.#late = seal(this.#sender);
  }

  /** A frame in order and one that was held back: forged counters must not have moved the window. */
  goesOn(): void {
    const held = this.#late;
    this.#late = seal(this.#sender);
    for (const frame of [seal(this.#sender), held]) {
      must(this.#open(frame) === "decrypted", "a good frame decrypts");
      must(this.#open(frame) === "replayed", "once");
    }
  }

  #open(frame: Uint8Array): string {
    const result = this.decryptor.decrypt({ mediaType: "audio", frame, now: 0 });
    return result.outcome === "failed" ? result.reason : result.outcome;
  }
}

/** F8 on bytes that nobody sealed: nothing decrypts by chance, and nothing changes. */
export function decryptTarget(backend: BackendChoice): Target {
  const output = new Uint8Array(1 << 16).fill(0xcc);
  let call = new LiveCall(backend);
  let executions = 0;
  return {
    name: `decrypt, ${backend}`,
    run(input, random) {
      const { decryptor } = call;
      const mediaType = random.below(2) === 0 ? "audio" : "video";
      const result = decryptor.decryptInto({ mediaType, frame: input, now: 0, output });
      const { outcome, reason, length } = result;
      must(length <= input.length, "output no longer than input");
      must(
        decryptor.keys.length === 1 && decryptor.nextDeadline() === undefined,
        "no key came, went or got a deadline",
      );
      executions++;
      if (executions % 64 === 0) call.goesOn();
      // What is left of the corpus undamaged decrypts once: a new receiver meets it anew.
      if (executions % 1024 === 0) call = new LiveCall(backend);
      if (outcome !== "failed") {
        output.fill(0xcc, 0, length);
        return outcome;
      }
      must(REASONS.includes(reason!), "a reason of the closed union");
      must(
        output[0] === 0xcc && output[(input.length * 7) % 911] === 0xcc,
        "a failure leaves the output as it was",
      );
      return reason!;
    },
  };
}

function seal(encryptor: Encryptor): Uint8Array {
  const sent = encryptor.encrypt({ mediaType: "audio", ssrc: 1, frame: Uint8Array.of(1, 2, 3) });
  must(sent.outcome === "encrypted", "a frame seals");
  return sent.frame;
}

/** Draws the nonce anew in the bytes it has: padding and length stay as they were mutated. */
function redrawNonce(frame: Uint8Array, random: Random): void {
  const size = frame[frame.length - 3]!;
  for (let i = frame.length - size + 8; i < frame.length - 3; i++) {
    const more = frame[i]! & 0x80;
    frame[i] = more | random.below(128);
    if (more === 0) return;
  }
}

/** F1 by node:crypto: the frame's own encrypted bytes are taken for plaintext. */
function sealInPlace(frame: Uint8Array, parsed: ParsedFrame & { outcome: "parsed" }): void {
  const iv = new Uint8Array(12);
  new DataView(iv.buffer).setUint32(8, parsed.nonce, true);
  const cipher = createCipheriv("aes-128-gcm", FUZZ_KEY, iv, { authTagLength: 16 });
  cipher.setAAD(parsed.aad);
  const sealed = cipher.update(parsed.ciphertext);
  cipher.final();
  const mediaLength = parsed.aad.length + sealed.length;
  let taken = 0;
  let at = 0;
  for (const [offset, length] of [...parsed.ranges, [mediaLength, 0] as const]) {
    frame.set(sealed.subarray(taken, taken + offset - at), at);
    taken += offset - at;
    at = offset + length;
  }
  frame.set(cipher.getAuthTag().subarray(0, 8), mediaLength);
}

/**
 * Re-sealing: a mutated frame gets the tag that its own ranges and nonce call for, so what lies behind the tag is
 * reached: odd ranges, padded numbers, any nonce. What must come out is known from the parse and a window twin.
 */
export function resealTarget(backend: BackendChoice): Target {
  let decryptor = new Decryptor({ backend });
  let window = new ReferenceWindow("start");
  let executions = 0;
  return {
    name: `re-seal, ${backend}`,
    run(input, random) {
      if (executions++ % 64 === 0) {
        decryptor = new Decryptor({ backend });
        decryptor.install(new ReceiverKey(ratchet, { preparedAt: 0 }));
        window = new ReferenceWindow("start");
      }
      const before = parseFrame(input);
      if (before.outcome === "failed") return `unsealable: ${before.reason}`;
      const frame = Uint8Array.from(input);
      if (random.below(8) > 0) redrawNonce(frame, random);
      const parsed = parseFrame(frame);
      if (parsed.outcome === "failed") return "unsealable: nonce out of range";
      sealInPlace(frame, parsed);
      const result = decryptor.decrypt({ mediaType: "video", frame, now: 0 });
      const expected =
        parsed.nonce >= 2 ** 24 ? "generation" : window.take(parsed.nonce) ? "decrypted" : "replayed";
      const seen = result.outcome === "failed" ? result.reason : result.outcome;
      must(seen === expected, `${expected}, not ${seen}`);
      if (result.outcome !== "failed") {
        must(same(result.frame, input.subarray(0, result.frame.length)), "what was sealed comes out");
        must(result.frame.length === parsed.aad.length + parsed.ciphertext.length, "all of it");
      }
      return `${expected}, ranges ${few(parsed.ranges.length)}`;
    },
  };
}

function asTheTwin(codec: Codec, input: Uint8Array, split: SplitFrame): void {
  const twin = referenceSplit(codec, input);
  must(same(split.transformed, Uint8Array.from(twin.transformed)), `${codec}: transformed as the twin does`);
  must(`${split.ranges}` === `${twin.ranges}`, `${codec}: ranges as the twin's`);
}

/** C0–C6, F6, F7: any bytes given to any codec are encrypted, and come back as the codec's rules transform them. */
export function encryptTarget(backend: BackendChoice): Target {
  const encryptor = new Encryptor({ backend });
  CODECS.forEach((codec, ssrc) => void encryptor.assignSsrcToCodec(ssrc, codec));
  encryptor.setKey(new SenderKey(ratchet));
  const decryptor = new Decryptor({ backend });
  decryptor.install(new ReceiverKey(ratchet, { preparedAt: 0 }));
  const check = (codec: Codec, ssrc: number, input: Uint8Array): string => {
    const split = splitFrame(codec, input);
    // The twin is slow: one of the two backends is enough for it.
    if (backend === "portable" && input.length < 256) asTheTwin(codec, input, split);
    const most = encryptor.maxProtectedLength({ mediaType: "video", ssrc, frame: input });
    const sent = encryptor.encrypt({ mediaType: "video", ssrc, frame: input });
    if (sent.outcome === "failed") return `${codec} ${sent.reason}`;
    must(sent.outcome === "encrypted", "encrypted or a typed failure");
    must(sent.frame.length <= most, "no longer than promised");
    const got = decryptor.decrypt({ mediaType: "video", frame: sent.frame, now: 0 });
    must(
      got.outcome === "decrypted" && same(got.frame, split.transformed),
      `${codec}: the receiver gets the frame back`,
    );
    return `${codec} ranges ${few(split.ranges.length)}${split.encrypted.length === 0 ? ", all clear" : ""}`;
  };
  return {
    name: `encrypt, ${backend}`,
    run(input, random) {
      const ssrc = random.below(CODECS.length);
      return check(CODECS[ssrc]!, ssrc, input.length > 2048 ? input.subarray(0, 2048) : input);
    },
  };
}

/** All targets, each on its backends. */
export const allTargets = (): Target[] => [
  parseTarget(),
  decryptTarget("portable"),
  decryptTarget("platform"),
  resealTarget("portable"),
  resealTarget("platform"),
  encryptTarget("portable"),
  encryptTarget("platform"),
];
