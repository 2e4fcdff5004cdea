// Makes ../vectors/short-tag-gcm.json: AES-128-GCM with DAVE's nonce and 8-byte tags, in the manner of Wycheproof: one fault a
// case, named. Nothing of the code under test is used: the twin's GHASH goes bit by bit, the cipher is node:crypto's.
// Made anew by `UPDATE_VECTORS=1 npx vitest run packages/frame-crypto/test/aead/short-tag-gcm.test.ts`.
import { createHash } from "node:crypto";
import { referenceGcm, referenceMultiply } from "../reference/ghash.ts";

export interface GcmCase {
  id: number;
  comment: string;
  flags: string[];
  key: string;
  counter: number;
  aad: string;
  plaintext: string;
  ciphertext: string;
  /** As it arrives: of any length in cases that must be refused for it. */
  tag: string;
  /** valid; invalid: the tag is wrong; refused: no tag of 8 bytes. */
  result: "valid" | "invalid" | "refused";
}

export interface GcmVectors {
  format: "puredave-vectors/1";
  suite: "short-tag-gcm";
  note: string;
  flags: Record<string, string>;
  cases: GcmCase[];
}

const FLAGS = {
  Length: "Texts and additional data around the block size.",
  Counter: "Nonces of every byte pattern: 8 zero bytes, then the 32-bit counter little endian.",
  ModifiedTag: "One bit or all bits of the 8 bytes differ.",
  ModifiedInput: "Ciphertext, additional data or nonce differ from what was sealed.",
  TagLength:
    "A tag longer or shorter than 8 bytes, right as far as it goes: to be refused before any cipher sees it.",
  SpecialTag: "A text chosen so that the full tag is a special value.",
  MovedBoundary: "Bytes moved between additional data and ciphertext.",
} as const;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** Bytes from a label: the same in every run. */
function labelled(label: string, length: number): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, i) =>
    createHash("sha256").update(`${label} ${i}`).digest(),
  );
  return new Uint8Array(Buffer.concat(blocks)).slice(0, length);
}

const nonceOf = (counter: number): Uint8Array => {
  const iv = Buffer.alloc(12);
  iv.writeUInt32LE(counter, 8);
  return iv;
};

const big = (bytes: Uint8Array): bigint => BigInt(`0x${hex(bytes) || "0"}`);
const ONE = 1n << 127n;

/** H^-1 = H^(2^128 - 2). */
function inverse(h: bigint): bigint {
  let result = ONE;
  let power = h;
  for (let i = 1; i < 128; i++) {
    power = referenceMultiply(power, power);
    result = referenceMultiply(result, power);
  }
  return result;
}

/** A one-block plaintext, without additional data, whose full tag is `wanted`. */
function plaintextForTag(key: Uint8Array, counter: number, wanted: bigint): Uint8Array {
  const zeros = new Uint8Array(16);
  const keystream = referenceGcm(key, nonceOf(counter), new Uint8Array(), zeros).ciphertext;
  // tag = ((C·H) ^ L)·H ^ E(J0); E(J0) is the tag of nothing, as GHASH of nothing is 0.
  const mask = big(referenceGcm(key, nonceOf(counter), new Uint8Array(), new Uint8Array()).tag);
  const lengths = 128n;
  const h = hashKey(key);
  const back = inverse(h);
  const block = referenceMultiply(referenceMultiply(wanted ^ mask, back) ^ lengths, back);
  const ciphertext = Buffer.from(block.toString(16).padStart(32, "0"), "hex");
  return Uint8Array.from(keystream, (byte, i) => byte ^ ciphertext[i]!);
}

/** H, found through the tag of one zero ciphertext block: only through public results, as any implementation gives them. */
function hashKey(key: Uint8Array): bigint {
  // tag(aad = x) ^ tag() with x = one block: (x·H ^ 128·2^64)·H, and tag(aad = 0) leaves (128·2^64)·H.
  const empty = new Uint8Array();
  const mask = big(referenceGcm(key, nonceOf(0), empty, empty).tag);
  const withZero = big(referenceGcm(key, nonceOf(0), new Uint8Array(16), empty).tag) ^ mask;
  return referenceMultiply(withZero, inverse(128n << 64n));
}

type Draft = Omit<GcmCase, "id">;

function sealed(
  comment: string,
  flags: string[],
  key: Uint8Array,
  counter: number,
  aad: Uint8Array,
  plaintext: Uint8Array,
) {
  const { ciphertext, tag } = referenceGcm(key, nonceOf(counter), aad, plaintext);
  const common = {
    comment,
    flags,
    key: hex(key),
    counter,
    aad: hex(aad),
    plaintext: hex(plaintext),
    ciphertext: hex(ciphertext),
  };
  return {
    draft: { ...common, tag: hex(tag.subarray(0, 8)), result: "valid" } satisfies Draft as Draft,
    full: tag,
  };
}

function lengths(): Draft[] {
  const sizes = [0, 1, 15, 16, 17, 31, 32, 33, 47, 64, 255];
  return sizes.flatMap((text) =>
    [0, 1, 16, 17, 40].map((aad) => {
      const label = `length ${text} ${aad}`;
      const bytes = [labelled(`${label} aad`, aad), labelled(`${label} text`, text)] as const;
      return sealed(
        `text of ${text} bytes, data of ${aad}`,
        ["Length"],
        labelled(label, 16),
        text * 256 + aad,
        ...bytes,
      ).draft;
    }),
  );
}

function counters(): Draft[] {
  const values = [
    0, 1, 0xff, 0x100, 0xffff, 0x10000, 0xffffff, 0x1000000, 0x7fffffff, 0x80000000, 0xff000000, 0xffffffff,
  ];
  return values.map(
    (counter) =>
      sealed(
        `counter ${counter}`,
        ["Counter"],
        labelled("counter", 16),
        counter,
        labelled("data", 3),
        labelled("text", 20),
      ).draft,
  );
}

const flipped = (text: string, bit: number): string => {
  const bytes = Buffer.from(text, "hex");
  bytes[bit >> 3]! ^= 0x80 >> (bit & 7);
  return hex(bytes);
};

function modified(): Draft[] {
  const { draft, full } = sealed(
    "",
    [],
    labelled("modified", 16),
    77,
    labelled("data", 5),
    labelled("text", 37),
  );
  const cases: Draft[] = [];
  const add = (
    comment: string,
    flag: keyof typeof FLAGS,
    change: Partial<Draft>,
    result: GcmCase["result"] = "invalid",
  ) => cases.push({ ...draft, comment, flags: [flag], result, ...change });
  for (let bit = 0; bit < 64; bit++)
    add(`tag bit ${bit} flipped`, "ModifiedTag", { tag: flipped(draft.tag, bit) });
  add("all tag bits flipped", "ModifiedTag", {
    tag: hex(Buffer.from(draft.tag, "hex").map((byte) => byte ^ 0xff)),
  });
  add("tag of zeros", "ModifiedTag", { tag: "00".repeat(8) });
  add("tag of ones", "ModifiedTag", { tag: "ff".repeat(8) });
  add("tag reversed", "ModifiedTag", { tag: hex(Buffer.from(draft.tag, "hex").reverse()) });
  add("last 8 bytes of the full tag", "ModifiedTag", { tag: hex(full.subarray(8)) });
  for (const bit of [0, 127, 128, 255, 295])
    add(`ciphertext bit ${bit} flipped`, "ModifiedInput", { ciphertext: flipped(draft.ciphertext, bit) });
  for (const bit of [0, 39])
    add(`data bit ${bit} flipped`, "ModifiedInput", { aad: flipped(draft.aad, bit) });
  add("ciphertext cut by a byte", "ModifiedInput", { ciphertext: draft.ciphertext.slice(0, -2) });
  add("ciphertext longer by a zero", "ModifiedInput", { ciphertext: `${draft.ciphertext}00` });
  add("data cut by a byte", "ModifiedInput", { aad: draft.aad.slice(0, -2) });
  add("data longer by a zero", "ModifiedInput", { aad: `${draft.aad}00` });
  add("next counter", "ModifiedInput", { counter: 78 });
  add("counter big endian", "ModifiedInput", { counter: 77 * 2 ** 24 });
  add("first byte of the ciphertext in the data", "MovedBoundary", {
    aad: draft.aad + draft.ciphertext.slice(0, 2),
    ciphertext: draft.ciphertext.slice(2),
  });
  add("last byte of the data in the ciphertext", "MovedBoundary", {
    aad: draft.aad.slice(0, -2),
    ciphertext: draft.aad.slice(-2) + draft.ciphertext,
  });
  for (let length = 0; length <= 16; length++) {
    if (length !== 8)
      add(`tag of ${length} bytes`, "TagLength", { tag: hex(full.subarray(0, length)) }, "refused");
  }
  return cases;
}

function specialTags(): Draft[] {
  const ones = (1n << 128n) - 1n;
  const wanted: [string, bigint][] = [
    ["zeros", 0n],
    ["ones", ones],
    ["zeros, then ones", ones >> 64n],
    ["ones, then zeros", ones ^ (ones >> 64n)],
    ["a single high bit", ONE],
    ["a single low bit", 1n],
  ];
  return wanted.map(([name, tag]) => {
    const key = labelled(`special ${name}`, 16);
    return sealed(
      `full tag of ${name}`,
      ["SpecialTag"],
      key,
      5,
      new Uint8Array(),
      plaintextForTag(key, 5, tag),
    ).draft;
  });
}

export function generate(): GcmVectors {
  const drafts = [...lengths(), ...counters(), ...specialTags(), ...modified()];
  return {
    format: "puredave-vectors/1",
    suite: "short-tag-gcm",
    note: "AES-128-GCM, tag cut to 8 bytes; nonce = 8 zero bytes, counter little endian. Made by short-tag-gcm.generate.ts.",
    flags: FLAGS,
    cases: drafts.map((draft, i) => ({ id: i + 1, ...draft })),
  };
}
