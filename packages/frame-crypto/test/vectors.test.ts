// The recorded vectors: aead, sender-keys, frame-split, frame-parse, frame-encrypt, frame-decrypt.
import { describe, expect, it } from "vitest";
import {
  type Codec,
  Decryptor,
  Encryptor,
  openAead,
  parseFrame,
  ReceiverKey,
  SenderKey,
  sealAead,
  splitFrame,
} from "../src/index.ts";
import { hex, unhex } from "./helpers/bytes.ts";
import { transitionTo } from "./helpers/peers.ts";
import { TestRatchet } from "./helpers/ratchet.ts";
import { vectors } from "./helpers/vectors.ts";

const BACKENDS = ["portable", "platform", "auto"] as const;

describe("sender-keys: the ratchet these tests use (K2)", () => {
  const cases = vectors<{ baseSecret: string; keys: [number, string][] }>("sender-keys");
  it.each(cases)("$baseSecret", ({ baseSecret, keys }) => {
    const ratchet = new TestRatchet(unhex(baseSecret));
    expect(keys.map(([g]) => [g, hex(ratchet.key(g)!)])).toEqual(keys);
  });
});

describe.each(BACKENDS)("aead (F1, K3), %s", (backend) => {
  interface Case {
    key: string;
    counter: number;
    aad: string;
    plaintext: string;
    ciphertext: string;
    tag: string;
  }
  it.each(vectors<Case>("aead").map((c, i) => ({ ...c, i })))("case $i", (c) => {
    const common = { key: unhex(c.key), counter: c.counter, aad: unhex(c.aad), backend };
    const sealed = sealAead({ ...common, plaintext: unhex(c.plaintext) });
    expect({ ciphertext: hex(sealed.ciphertext), tag: hex(sealed.tag) }).toEqual({
      ciphertext: c.ciphertext,
      tag: c.tag,
    });
    const opened = openAead({ ...common, ciphertext: unhex(c.ciphertext), tag: unhex(c.tag) });
    expect(opened.outcome === "opened" && hex(opened.plaintext)).toBe(c.plaintext);
  });
});

describe("frame-split (C0–C6)", () => {
  interface Case {
    codec: Codec;
    kind: string;
    frame: string;
    ranges: [number, number][];
    clear: string;
    encrypted: string;
    transformed: string;
  }
  it.each(vectors<Case>("frame-split").map((c, i) => ({ ...c, i })))("$i $codec $kind", (c) => {
    const split = splitFrame(c.codec, unhex(c.frame));
    expect(split.ranges).toEqual(c.ranges);
    expect(hex(split.transformed)).toBe(c.transformed);
    expect(hex(split.clear)).toBe(c.clear);
    expect(hex(split.encrypted)).toBe(c.encrypted);
  });
});

describe("frame-parse (F5)", () => {
  interface Case {
    kind: string;
    frame: string;
    protocolFrame: boolean;
    tag: string;
    nonce: number;
    ranges: [number, number][];
    aad: string;
    ciphertext: string;
  }
  it.each(vectors<Case>("frame-parse").map((c, i) => ({ ...c, i })))("$i $kind", (c) => {
    const parsed = parseFrame(unhex(c.frame));
    expect(parsed.outcome === "parsed").toBe(c.protocolFrame);
    if (parsed.outcome === "failed") return;
    const { nonce, ranges } = parsed;
    expect({ tag: hex(parsed.tag), nonce, ranges }).toEqual({ tag: c.tag, nonce: c.nonce, ranges: c.ranges });
    expect(hex(parsed.aad)).toBe(c.aad);
    expect(hex(parsed.ciphertext)).toBe(c.ciphertext);
  });
});

describe.each(BACKENDS)("frame-encrypt (F6, F7, K3), %s", (backend) => {
  interface Case {
    kind: string;
    baseSecret: string;
    counterBefore: number;
    frames: {
      codec: Codec;
      frame: string;
      counter: number;
      generation: number;
      attempts: number;
      protected: string;
    }[];
  }
  it.each(vectors<Case>("frame-encrypt").map((c, i) => ({ ...c, i })))("$i $kind", (c) => {
    const encryptor = new Encryptor({ backend });
    encryptor.setKey(new SenderKey(new TestRatchet(unhex(c.baseSecret)), { counter: c.counterBefore }));
    for (const { codec, frame, counter, generation, attempts, protected: expected } of c.frames) {
      encryptor.assignSsrcToCodec(7, codec);
      const mediaType = codec === "opus" || codec === "unknown" ? "audio" : "video";
      const result = encryptor.encrypt({ mediaType, ssrc: 7, frame: unhex(frame) });
      expect(result).toMatchObject({ outcome: "encrypted", nonce: counter, generation, attempts });
      expect("frame" in result && hex(result.frame)).toBe(expected);
    }
  });
});

describe.each(BACKENDS)("frame-decrypt (F8–F10, K5–K7, M3), %s", (backend) => {
  type Step =
    | { do: "key"; baseSecret: string; expiry: number }
    | { do: "passthrough"; on: boolean; expiry: number }
    | { do: "advance"; ms: number }
    | {
        do: "decrypt";
        frame: string;
        result: keyof typeof REASONS;
        plain?: string;
        media?: "audio" | "video";
      };

  /** The recorder's words, and which of our outcomes each stands for. */
  const REASONS = {
    ok: ["decrypted", "plain", "silence"],
    "no-key": ["no-key"],
    "no-cipher": ["generation"],
    replayed: ["replayed"],
    failed: ["authentication", "not-protocol-frame", "malformed-trailer"],
  } as const;

  it.each(vectors<{ kind: string; steps: Step[] }>("frame-decrypt"))("$kind", ({ steps }) => {
    const decryptor = new Decryptor({ backend });
    const keys = new Map<string, ReceiverKey>();
    let now = 5_000;
    const run = (step: Step): void => {
      if (step.do === "advance") now += step.ms;
      else if (step.do === "passthrough") {
        decryptor.setPlaintext(step.on ? Number.POSITIVE_INFINITY : now + step.expiry * 1000);
      } else if (step.do === "key") {
        const make = () =>
          new ReceiverKey(new TestRatchet(unhex(step.baseSecret)), { preparedAt: now, floor: "first" });
        const key = keys.get(step.baseSecret) ?? make();
        keys.set(step.baseSecret, key);
        transitionTo(decryptor, key, now + step.expiry * 1000);
      } else {
        const result = decryptor.decrypt({ mediaType: step.media ?? "audio", frame: unhex(step.frame), now });
        const seen = result.outcome === "failed" ? result.reason : result.outcome;
        expect(REASONS[step.result]).toContain(seen);
        if (result.outcome !== "failed") expect(hex(result.frame)).toBe(step.plain);
      }
    };
    steps.forEach(run);
  });
});
