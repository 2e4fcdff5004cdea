// R1: transport encryption, against packets that libsodium and OpenSSL sealed (make-transport-vectors.py).
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  DaveError,
  readRtp,
  selectTransportMode,
  TransportCipher,
  type TransportMode,
} from "../../src/voice.ts";

interface Case {
  readonly mode: TransportMode;
  readonly key: string;
  readonly counter: number;
  readonly header: string;
  readonly payload: string;
  readonly frame: string;
  readonly packet: string;
}

const file = new URL("./transport-vectors.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: readonly Case[] };
const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));
const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");
const BACKENDS = ["portable", "platform"] as const;
const KEY = new Uint8Array(32).fill(7);
const HEADER = bytes("807800010000000000000001");
const code = (call: () => unknown): string | undefined => {
  try {
    call();
  } catch (error) {
    return error instanceof DaveError ? error.code : "another error";
  }
  return undefined;
};

describe.each(BACKENDS)("with the backend %s", (backend) => {
  it.each(cases)("seals $mode, counter $counter, as the other implementation did", (vector) => {
    const cipher = new TransportCipher(vector.mode, bytes(vector.key), { backend, counter: vector.counter });
    const sealed = cipher.seal(bytes(vector.header), bytes(vector.payload));
    expect(sealed.outcome === "sealed" && hex(sealed.packet)).toBe(vector.packet);
  });

  it.each(cases)("opens $mode, counter $counter, down to the frame", (vector) => {
    const cipher = new TransportCipher(vector.mode, bytes(vector.key), { backend });
    const packet = bytes(vector.packet);
    const opened = cipher.open(packet);
    expect(opened.outcome === "opened" && hex(opened.payload)).toBe(vector.payload);
    const rtp = readRtp(packet, bytes(vector.payload));
    expect("frame" in rtp ? hex(rtp.frame) : "").toBe(vector.frame);
  });

  it.each(cases.filter(({ header }) => header.startsWith("82")))(
    "refuses a packet of $mode with any bit changed, or cut anywhere",
    ({ mode, key, packet }) => {
      const cipher = new TransportCipher(mode, bytes(key), { backend });
      const whole = bytes(packet);
      expect(cipher.open(whole).outcome).toBe("opened");
      for (let bit = 0; bit < whole.length * 8; bit++) {
        const changed = whole.slice();
        changed[bit >> 3]! ^= 1 << (bit & 7);
        expect(cipher.open(changed).outcome, `bit ${bit}`).toBe("failed");
      }
      for (let length = 0; length < whole.length; length++)
        expect(cipher.open(whole.subarray(0, length)).outcome, `${length} bytes`).toBe("failed");
    },
  );
});

describe("a cipher", () => {
  it.each(["aead_aes256_gcm_rtpsize", "aead_xchacha20_poly1305_rtpsize"] as const)(
    "of %s never seals two packets with one nonce, and refuses once all are used",
    (mode) => {
      const cipher = new TransportCipher(mode, KEY, { counter: 0xffff_fffe });
      const counters = [1, 2].map(() => {
        const sealed = cipher.seal(HEADER, Uint8Array.of(1));
        return sealed.outcome === "sealed" ? hex(sealed.packet.subarray(-4)) : sealed.reason;
      });
      expect(counters).toEqual(["fffffffe", "ffffffff"]);
      expect(cipher.seal(HEADER, Uint8Array.of(1))).toEqual({ outcome: "refused", reason: "exhausted" });
      // opening goes on
      const other = new TransportCipher(mode, KEY);
      const sealed = other.seal(HEADER, Uint8Array.of(5));
      expect(cipher.open(sealed.outcome === "sealed" ? sealed.packet : KEY)).toEqual({
        outcome: "opened",
        payload: Uint8Array.of(5),
      });
    },
  );

  it("says why it cannot open a packet", () => {
    const cipher = new TransportCipher("aead_aes256_gcm_rtpsize", KEY);
    const reasonOf = (packet: Uint8Array) => {
      const opened = cipher.open(packet);
      return opened.outcome === "failed" ? opened.reason : opened.outcome;
    };
    expect(reasonOf(new Uint8Array(0))).toBe("not-rtp");
    expect(reasonOf(new Uint8Array(74).fill(1))).toBe("not-rtp");
    expect(reasonOf(HEADER)).toBe("too-short");
    expect(reasonOf(Uint8Array.from([...HEADER, ...new Uint8Array(20)]))).toBe("not-authentic");
    // 15 CSRCs and an extension that are not there
    expect(reasonOf(Uint8Array.from([0x9f, ...HEADER.subarray(1), ...new Uint8Array(24)]))).toBe("too-short");
  });

  it("takes any bytes from the wire without a throw", () => {
    const cipher = new TransportCipher("aead_xchacha20_poly1305_rtpsize", KEY);
    const outcomes = fc
      .sample(fc.uint8Array({ maxLength: 200 }), 500)
      .map((packet) => cipher.open(packet).outcome);
    expect(new Set(outcomes)).toEqual(new Set(["failed"]));
  });

  it("does nothing any more once it is closed", () => {
    const cipher = new TransportCipher("aead_aes256_gcm_rtpsize", KEY);
    const sealed = cipher.seal(HEADER, KEY);
    cipher.close();
    expect(cipher.seal(HEADER, KEY)).toEqual({ outcome: "refused", reason: "closed" });
    expect(cipher.open(sealed.outcome === "sealed" ? sealed.packet : KEY)).toEqual({
      outcome: "failed",
      reason: "closed",
    });
  });

  it("keeps a copy of the key", () => {
    const key = KEY.slice();
    const [one, other] = [key, KEY].map((k) => new TransportCipher("aead_aes256_gcm_rtpsize", k));
    key.fill(0);
    const sealed = one!.seal(HEADER, KEY);
    expect(other!.open(sealed.outcome === "sealed" ? sealed.packet : KEY).outcome).toBe("opened");
  });

  it("refuses misuse by name", () => {
    const mode = "aead_aes256_gcm_rtpsize";
    const cipher = new TransportCipher(mode, KEY);
    const wrong: readonly (() => unknown)[] = [
      () => new TransportCipher("xsalsa20_poly1305" as never, KEY),
      () => new TransportCipher(mode, new Uint8Array(16)),
      () => new TransportCipher(mode, [...KEY] as never),
      () => new TransportCipher(mode, KEY, { backend: "native" as never }),
      () => new TransportCipher(mode, KEY, { counter: 2 ** 32 }),
      () => cipher.seal(HEADER.subarray(1), KEY),
      () => cipher.seal(Uint8Array.from([...HEADER, 0]), KEY),
      () => cipher.seal(HEADER, "text" as never),
      () => cipher.open("text" as never),
    ];
    expect(wrong.map(code)).toEqual(wrong.map(() => "invalid-argument"));
  });
});

describe("the mode to select", () => {
  it("is the first of ours that op 2 offers, AES before XChaCha20", () => {
    expect(selectTransportMode(["aead_xchacha20_poly1305_rtpsize", "aead_aes256_gcm_rtpsize"])).toBe(
      "aead_aes256_gcm_rtpsize",
    );
    expect(selectTransportMode(["xsalsa20_poly1305", "aead_xchacha20_poly1305_rtpsize"])).toBe(
      "aead_xchacha20_poly1305_rtpsize",
    );
    expect(selectTransportMode(["xsalsa20_poly1305_lite", 7, null])).toBeUndefined();
  });
});

describe("the platform's cipher is chosen by what it does", () => {
  const real = process.getBuiltinModule;
  afterEach(() => {
    process.getBuiltinModule = real;
    vi.resetModules();
  });

  const cipherWith = async (answer: unknown) => {
    vi.resetModules();
    process.getBuiltinModule = (() => answer) as never;
    return (await import("../../src/voice.ts")).TransportCipher;
  };
  const [vector] = cases;

  it.each<[string, unknown]>([
    ["that is not there", undefined],
    ["without decryption", { createCipheriv: () => undefined }],
    ["that throws", { createCipheriv: () => JSON.parse("no"), createDecipheriv: () => undefined }],
    [
      "that gives other tags",
      {
        createCipheriv: () => ({
          setAAD() {},
          update: (data: Uint8Array) => data,
          final: () => new Uint8Array(0),
          getAuthTag: () => new Uint8Array(16),
        }),
        createDecipheriv: () => undefined,
      },
    ],
  ])("one %s is passed over, and refused when it is asked for", async (_title, answer) => {
    const Cipher = await cipherWith(answer);
    const sealed = new Cipher(vector!.mode, bytes(vector!.key)).seal(
      bytes(vector!.header),
      bytes(vector!.payload),
    );
    expect(sealed.outcome === "sealed" && hex(sealed.packet)).toBe(vector!.packet);
    expect(() => new Cipher(vector!.mode, KEY, { backend: "platform" })).toThrow(
      expect.objectContaining({ code: "unsupported-runtime" }),
    );
  });
});
