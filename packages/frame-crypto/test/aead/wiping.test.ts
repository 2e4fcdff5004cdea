// Secrets are overwritten once they are spent. Each test looks at the memory itself, not at what the library says of it.
import nodeCrypto, { createCipheriv } from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Random } from "../../fuzz/random.ts";
import { PlatformKey, platformBackend } from "../../src/aead/platform.ts";
import type { NodeCrypto } from "../../src/aead/ports.ts";
import { sectionWords } from "../../src/aead/sections.ts";
import { Plan } from "../../src/codec/plan.ts";
import { Ranges } from "../../src/format/ranges.ts";
import { type AeadBackend, type BackendOptions, FrameEncryptor, SenderKey } from "../../src/index.ts";
import { bytes, hex } from "../helpers/bytes.ts";
import { fixedRatchet } from "../helpers/peers.ts";
import { memory, type Watched, watched } from "../helpers/watched.ts";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

const KEYS = [0x51, 0x52, 0x53].map((seed) => new Random(seed).bytes(16));
/** A key frame of H.264 with three-byte start codes, which the sender rearranges in its workspace. */
const TEXT = new Random(9).bytes(900).map((byte) => byte | 2);
const FRAME = Uint8Array.from([0, 0, 1, 0x65, 0x88, ...TEXT, 0, 0, 1, 0x41, 0x9a, ...TEXT]);

/** What must be nowhere: keys, hash subkeys in both byte orders, and the plaintext. */
function needles(): string[] {
  const subkeys = KEYS.map((key) => createCipheriv("aes-128-ecb", key, null).update(Buffer.alloc(16)));
  const swapped = subkeys.map((subkey) => Buffer.from(subkey).swap32());
  return [...KEYS, ...subkeys, ...swapped, TEXT.subarray(100, 116)].map((secret) => hex(secret));
}

const found = ({ made }: Watched, own: readonly Uint8Array[]): string[] => {
  const kept = made.filter((array) => !own.some(({ buffer }) => buffer === array.buffer)).map(memory);
  return needles().filter((needle) => kept.some((text) => text.includes(needle)));
};

/** Seals and opens under several keys and generations. Returns the frames, which belong to the caller. */
function speak(library: Watched["loaded"], choice: BackendOptions) {
  const { Encryptor, Decryptor, SenderKey, ReceiverKey } = library;
  const ratchet = {
    // The ratchet owns these bytes. They are not of the library's making.
    key: (generation: number) => KEYS[generation],
    erase: () => undefined,
  };
  const sender = new SenderKey(ratchet, { counter: 2 ** 24 - 3 });
  const encryptor = new Encryptor(choice);
  encryptor.assignSsrcToCodec(1, "h264");
  encryptor.setKey(sender);
  const receiver = new ReceiverKey(ratchet, { preparedAt: 0 });
  const decryptor = new Decryptor(choice);
  decryptor.install(receiver);
  const frames: Uint8Array[] = [];
  for (let i = 0; i < 5; i++) {
    const sent = encryptor.encrypt({
      mediaType: "video",
      ssrc: 1,
      frame: i === 0 ? FRAME.slice(0, 300) : FRAME,
    });
    if (sent.outcome !== "encrypted") throw new Error(sent.outcome);
    const forged = Uint8Array.from(sent.frame);
    forged[200]! ^= 1;
    decryptor.decrypt({ mediaType: "video", frame: forged, now: 1e9 });
    const got = decryptor.decrypt({ mediaType: "video", frame: sent.frame, now: 1e9 });
    if (got.outcome !== "decrypted") throw new Error(got.outcome);
    frames.push(sent.frame, forged, got.frame);
  }
  return { sender, encryptor, receiver, decryptor, frames };
}

const NEVER = Number.POSITIVE_INFINITY;
const CHOICES: [string, BackendOptions][] = [
  ["portable", { backend: "portable" }],
  ["platform", { backend: "platform" }],
  ["auto", {}],
  ["auto, every frame by a keystream", { changeover: { keystreamFrom: 0, gcmFrom: NEVER } }],
  ["auto, every frame by the platform's GCM", { changeover: { keystreamFrom: NEVER, gcmFrom: 0 } }],
];

describe.each(CHOICES)("backend %s", (_, choice) => {
  it("keeps a key while it is used: the search finds what it is to find", async () => {
    const watch = await watched();
    const { frames } = speak(watch.loaded, choice);
    const seen = found(watch, frames);
    expect(seen).toContain(hex(TEXT.subarray(100, 116)));
    if (choice.backend !== "platform") expect(seen).toContain(hex(KEYS[1]!));
  });

  it("leaves no key and no plaintext in memory once everything is closed", async () => {
    const watch = await watched();
    const { sender, encryptor, receiver, decryptor, frames } = speak(watch.loaded, choice);
    decryptor.close();
    encryptor.close();
    sender.close();
    receiver.close();
    expect(found(watch, frames)).toEqual([]);
    // Words are made of keys and of nothing else.
    const words = watch.made.slice(watch.atLoad).filter((array) => array instanceof Int32Array);
    expect(words.filter((array) => array.some((word) => word !== 0)).length).toBe(0);
  });

  it("leaves the constant tables as they were and its working memory empty", async () => {
    const watch = await watched();
    const before = watch.made.slice(0, watch.atLoad).map(memory);
    const { sender, receiver } = speak(watch.loaded, choice);
    sender.close();
    receiver.close();
    // Counter blocks hold a nonce and block numbers: all 16 kB of them are known to everybody.
    const COUNTERS = 2 * 1024 * 16;
    const changed = before.filter((text, i) => text.length < COUNTERS - 1 && text !== memory(watch.made[i]!));
    expect(changed.length).toBe(0);
  });

  it("leaves nothing after sealAead and openAead, whether the tag fits or not", async () => {
    const watch = await watched();
    const { sealAead, openAead } = watch.loaded;
    // These two take a backend's name alone.
    const picked = choice.backend === undefined ? {} : { backend: choice.backend };
    const message = { key: KEYS[0]!, counter: 1, aad: bytes(1, 2), plaintext: TEXT, ...picked };
    const { ciphertext, tag } = sealAead(message);
    const opened = openAead({ ...message, ciphertext, tag });
    const refused = openAead({ ...message, ciphertext, tag: new Uint8Array(8) });
    expect(refused).toEqual({ outcome: "failed", reason: "authentication" });
    expect(opened.outcome).toBe("opened");
    expect(found(watch, opened.outcome === "opened" ? [opened.plaintext] : [])).toEqual([]);
  });
});

describe("a receiver's keys", () => {
  it("are wiped when their generation expires, the newer one stays", async () => {
    const watch = await watched();
    const { decryptor, frames } = speak(watch.loaded, { backend: "portable" });
    expect(found(watch, frames)).toEqual(expect.arrayContaining([hex(KEYS[0]!), hex(KEYS[1]!)]));
    decryptor.tick(1e9 + 10_001);
    const seen = found(watch, frames);
    expect(seen).not.toContain(hex(KEYS[0]!));
  });
});

describe("the workspace of a sender", () => {
  it("is wiped by close", () => {
    const seen: Uint8Array[] = [];
    const backend: AeadBackend = {
      name: "portable",
      prepare: () => ({
        seal: (_counter, media) => void seen.push(media),
        open: () => false,
        wipe: () => undefined,
      }),
    };
    const encryptor = new FrameEncryptor(backend);
    encryptor.assignSsrcToCodec(1, "h264");
    encryptor.setKey(new SenderKey(fixedRatchet()));
    encryptor.encrypt({ mediaType: "video", ssrc: 1, frame: FRAME });
    expect(hex(seen[0]!)).toContain(hex(TEXT));
    encryptor.close();
    expect(seen[0]!.every((byte) => byte === 0)).toBe(true);
  });
  it("is wiped when a larger one takes its place", () => {
    const plan = new Plan();
    const small = plan.copyBehind(0, TEXT);
    const large = plan.copyBehind(0, new Uint8Array(3 * TEXT.length).fill(7));
    expect(large).not.toBe(small);
    expect(small.every((byte) => byte === 0)).toBe(true);
  });
});

describe("the platform's cipher", () => {
  /** node:crypto, and the arrays that go in and come out of it. */
  function listening() {
    const given: Uint8Array[] = [];
    const got: Uint8Array[] = [];
    const listen = <T extends { update(data: Uint8Array): Uint8Array }>(cipher: T): T => {
      const update = cipher.update.bind(cipher);
      cipher.update = (data) => {
        const out = update(data);
        given.push(data);
        got.push(out);
        return out;
      };
      return cipher;
    };
    const real = nodeCrypto as unknown as NodeCrypto;
    const crypto: NodeCrypto = {
      ...real,
      createCipheriv: (...words) => listen(real.createCipheriv(...words)),
      createDecipheriv: (...words) => listen(real.createDecipheriv(...words)),
    };
    return { crypto, given, got };
  }
  /** Two encrypted sections, so that they are joined. */
  const clear = new Ranges();
  clear.add(10, 20);

  it("is handed the joined sections in memory that is wiped after the call", () => {
    const { crypto, given } = listening();
    const sealed = new Uint8Array(TEXT.length + 8);
    platformBackend(crypto).prepare(KEYS[0]!).seal(1, TEXT, TEXT.length, clear, sealed);
    expect(given[0]!.length).toBe(TEXT.length - 10);
    expect(given[0]!.every((byte) => byte === 0)).toBe(true);
  });
  it("is given the key no more once it was wiped", () => {
    const { crypto } = listening();
    const key = platformBackend(crypto).prepare(KEYS[0]!);
    key.wipe();
    expect(() => key.seal(1, TEXT, TEXT.length, clear, new Uint8Array(TEXT.length + 8))).toThrow(TypeError);
  });
  it.each([0, 1])(
    "makes a keystream that is overwritten, and so is the text beside it (shifted by %s)",
    (shift) => {
      const { crypto, got } = listening();
      const { createCipheriv } = crypto;
      crypto.createCipheriv = (...words) => {
        const cipher = createCipheriv(...words);
        const update = cipher.update.bind(cipher);
        cipher.update = (data) => {
          const stream = update(data);
          const moved = new Uint8Array(stream.length + shift).subarray(shift);
          moved.set(stream);
          got.push(moved);
          return moved;
        };
        return cipher;
      };
      const stream = new PlatformKey(crypto, KEYS[0]!);
      const output = new Uint8Array(TEXT.length);
      stream.crypt(1, TEXT, TEXT.length, clear, output);
      expect(hex(output)).not.toBe(hex(TEXT));
      expect(got.at(-1)!.length).toBe(Math.ceil((TEXT.length - 10) / 16) * 16);
      expect(got.at(-1)!.every((byte) => byte === 0)).toBe(true);
      expect(sectionWords().every((word) => word === 0)).toBe(true);
      stream.wipe();
      expect(() => stream.crypt(1, TEXT, TEXT.length, clear, output)).toThrow(TypeError);
    },
  );
  it.each([0, 1])("gives plaintext in memory that is wiped, whether the tag fits or not (%s)", (fault) => {
    const { crypto, got } = listening();
    const key = platformBackend(crypto).prepare(KEYS[0]!);
    const frame = new Uint8Array(TEXT.length + 8);
    key.seal(1, TEXT, TEXT.length, clear, frame);
    frame[TEXT.length]! ^= fault;
    const opened = new Uint8Array(TEXT.length);
    expect(key.open(1, frame, TEXT.length, clear, opened)).toBe(fault === 0);
    expect(got.at(-1)!.length).toBe(TEXT.length - 10);
    expect(got.at(-1)!.every((byte) => byte === 0)).toBe(true);
    expect(hex(opened) === hex(fault === 0 ? TEXT : new Uint8Array(TEXT.length))).toBe(true);
  });
});
