// Every public function refuses wrong types and lengths with FrameCryptoError, and is as it was before.
import { describe, expect, it } from "vitest";
import {
  type Codec,
  Decryptor,
  Encryptor,
  FrameCryptoError,
  FrameDecryptor,
  FrameEncryptor,
  openAead,
  parseFrame,
  portableBackend,
  ReceiverKey,
  SenderKey,
  sealAead,
  selectBackend,
  splitFrame,
} from "../../src/index.ts";
import { bytes, hex } from "../helpers/bytes.ts";
import { fixedRatchet, receiver, senderFor } from "../helpers/peers.ts";

const CODES = [
  "invalid-argument",
  "invalid-length",
  "output-too-small",
  "overlap",
  "closed",
  "not-available",
];

/** Calls with something that is no such argument. */
function refuses(call: (wrong: never) => unknown, wrong: readonly unknown[]): void {
  for (const value of wrong) {
    let thrown: unknown;
    try {
      call(value as never);
    } catch (error) {
      thrown = error;
    }
    expect(thrown, `accepted ${String(value)}`).toBeInstanceOf(FrameCryptoError);
    expect(CODES).toContain((thrown as FrameCryptoError).code);
  }
}

const code = (call: () => unknown): string => {
  try {
    call();
    return "accepted";
  } catch (error) {
    return error instanceof FrameCryptoError ? error.code : `escaped: ${error}`;
  }
};

const NOT_BYTES = [
  undefined,
  null,
  0,
  1,
  "00",
  "",
  [],
  [1, 2],
  {},
  true,
  new ArrayBuffer(4),
  new Uint16Array(4),
  new DataView(new ArrayBuffer(4)),
  { length: 3 },
  () => 0,
];
const NOT_OBJECTS = [undefined, null, 0, "", true, () => 0];
const NOT_SSRCS = [undefined, null, -1, 1.5, 2 ** 32, Number.NaN, Number.POSITIVE_INFINITY, "1", 1n, {}];
const NOT_CODECS = [undefined, null, "", "OPUS", "theora", 1, "constructor", "__proto__", {}];
const NOT_MEDIA = [undefined, null, "", "screen", 0, 1, "AUDIO"];
const NOT_INSTANTS = [undefined, null, Number.NaN, "0", 1n, {}, new Date()];
const NOT_RATCHETS = [
  undefined,
  null,
  1,
  {},
  { key: () => undefined },
  { erase: () => undefined },
  { key: 1, erase: 2 },
];
const NOT_KEYS = [null, 1, {}, bytes(1), fixedRatchet()];

describe("encryptor", () => {
  const frame = bytes(1);
  const input = { mediaType: "audio", ssrc: 1, frame } as const;
  it("options", () => {
    refuses((options) => new Encryptor(options), [null, 1, "portable", { backend: "fast" }, { backend: 1 }]);
  });
  it("keys", () => {
    refuses((key) => new Encryptor().setKey(key), NOT_KEYS);
  });
  it("passthrough", () => {
    refuses((on) => new Encryptor().setPassthrough(on), [undefined, null, 0, 1, "true"]);
  });
  it("codecs", () => {
    refuses((ssrc) => new Encryptor().assignSsrcToCodec(ssrc, "opus"), NOT_SSRCS);
    refuses((codec) => new Encryptor().assignSsrcToCodec(1, codec), NOT_CODECS);
    refuses((codec) => splitFrame(codec, frame), NOT_CODECS);
  });
  it("frames", () => {
    const { encryptor, key } = senderFor("opus");
    refuses((wrong) => encryptor.encrypt(wrong), NOT_OBJECTS);
    refuses((wrong) => encryptor.encrypt({ ...input, frame: wrong }), NOT_BYTES);
    refuses((wrong) => encryptor.encrypt({ ...input, ssrc: wrong }), NOT_SSRCS);
    refuses((wrong) => encryptor.encrypt({ ...input, mediaType: wrong }), NOT_MEDIA);
    refuses((wrong) => encryptor.encryptInto({ ...input, output: wrong }), NOT_BYTES);
    refuses((wrong) => encryptor.maxProtectedLength({ ...input, frame: wrong }), NOT_BYTES);
    refuses(
      (wrong) => encryptor.maxProtectedLength({ mediaType: "audio", frame, codec: wrong }),
      NOT_CODECS.slice(1),
    );
    expect(key.counter).toBe(0);
  });
  it("an output too small spends no counter", () => {
    const { encryptor, key } = senderFor("opus");
    const most = encryptor.maxProtectedLength(input);
    for (let length = 0; length < most; length++) {
      expect(code(() => encryptor.encryptInto({ ...input, output: new Uint8Array(length) }))).toBe(
        "output-too-small",
      );
    }
    expect(key.counter).toBe(0);
    expect(encryptor.encryptInto({ ...input, output: new Uint8Array(most) })).toMatchObject({
      outcome: "encrypted",
      length: most,
    });
    encryptor.setPassthrough(true);
    expect(code(() => encryptor.encryptInto({ ...input, output: bytes() }))).toBe("output-too-small");
  });
});

describe("decryptor", () => {
  const frame = bytes(1);
  const input = { mediaType: "audio", frame, now: 0 } as const;
  it("options and keys", () => {
    refuses((options) => new Decryptor(options), [null, 1, { backend: "fast" }]);
    for (const method of ["install", "revive", "remove"] as const) {
      refuses((key) => new Decryptor()[method](key), [undefined, ...NOT_KEYS]);
    }
    refuses((key) => new Decryptor().expire(key, 0), [undefined, ...NOT_KEYS]);
  });
  it("a closed key", () => {
    const key = new ReceiverKey(fixedRatchet(), { preparedAt: 0 });
    const { decryptor, decrypt } = receiver();
    decryptor.install(key);
    key.close();
    expect(code(() => new Decryptor().install(key))).toBe("closed");
    const sent = senderFor("opus").encrypt(bytes(1, 2));
    expect("frame" in sent && decrypt(sent.frame)).toMatchObject({ outcome: "decrypted" });
  });
  it("instants", () => {
    const { decryptor, key } = receiver();
    refuses((now) => decryptor.decrypt({ ...input, now }), NOT_INSTANTS);
    refuses((now) => decryptor.tick(now), NOT_INSTANTS);
    refuses((until) => decryptor.setPlaintext(until), NOT_INSTANTS);
    refuses((at) => decryptor.expire(key, at), NOT_INSTANTS);
    refuses((preparedAt) => new ReceiverKey(fixedRatchet(), { preparedAt }), NOT_INSTANTS);
    expect(decryptor.keys).toHaveLength(1);
    expect(decryptor.nextDeadline()).toBeUndefined();
  });
  it("frames", () => {
    const { decryptor } = receiver();
    refuses((wrong) => decryptor.decrypt(wrong), NOT_OBJECTS);
    refuses((wrong) => decryptor.decrypt({ ...input, frame: wrong }), NOT_BYTES);
    refuses((wrong) => decryptor.decrypt({ ...input, mediaType: wrong }), NOT_MEDIA);
    refuses((wrong) => decryptor.decryptInto({ ...input, output: wrong }), NOT_BYTES);
    expect(code(() => decryptor.decryptInto({ ...input, output: bytes() }))).toBe("output-too-small");
    refuses((wrong) => parseFrame(wrong), NOT_BYTES);
    refuses((wrong) => splitFrame("opus", wrong), NOT_BYTES);
  });
});

describe("keys", () => {
  it("ratchets, counters, floors", () => {
    refuses((ratchet) => new SenderKey(ratchet), NOT_RATCHETS);
    refuses((ratchet) => new ReceiverKey(ratchet, { preparedAt: 0 }), NOT_RATCHETS);
    refuses((counter) => new SenderKey(fixedRatchet(), { counter }), [null, -1, 0.5, 2 ** 53, "0", 1n]);
    refuses((options) => new SenderKey(fixedRatchet(), options), [null, 1, "x"]);
    refuses((options) => new ReceiverKey(fixedRatchet(), options), [undefined, null, 1, {}]);
    refuses((floor) => new ReceiverKey(fixedRatchet(), { preparedAt: 0, floor }), [null, "", "last", 0]);
  });
  it.each([0, 15, 17, 32])("a ratchet whose keys have %i bytes", (length) => {
    const ratchet = { key: () => new Uint8Array(length), erase: () => undefined };
    const encryptor = new Encryptor();
    encryptor.setKey(new SenderKey(ratchet));
    expect(code(() => encryptor.encrypt({ mediaType: "audio", ssrc: 1, frame: bytes(1) }))).toBe(
      "invalid-length",
    );
  });
  it("a ratchet whose keys are no bytes", () => {
    const ratchet = { key: () => "sixteen bytes ok" as never, erase: () => undefined };
    const encryptor = new Encryptor();
    encryptor.setKey(new SenderKey(ratchet));
    expect(code(() => encryptor.encrypt({ mediaType: "audio", ssrc: 1, frame: bytes(1) }))).toBe(
      "invalid-argument",
    );
  });
});

describe("aead", () => {
  const message = { key: new Uint8Array(16), counter: 0, plaintext: bytes(1) };
  const sealed = { ...message, ...sealAead(message) };
  it("a tag of any length but 8 is refused, whatever a platform's cipher takes", () => {
    for (const backend of ["portable", "platform", "auto"] as const) {
      for (let length = 0; length <= 16; length++) {
        const tag = new Uint8Array(16);
        tag.set(sealed.tag);
        const call = () => openAead({ ...sealed, backend, tag: tag.subarray(0, length) });
        expect(code(call)).toBe(length === 8 ? "accepted" : "invalid-length");
      }
    }
  });
  it("keys, counters, bytes", () => {
    refuses(
      (key) => sealAead({ ...message, key }),
      [...NOT_BYTES, new Uint8Array(15), new Uint8Array(17), new Uint8Array(32)],
    );
    refuses((counter) => sealAead({ ...message, counter }), [undefined, -1, 2 ** 32, 0.5, "0"]);
    refuses((aad) => sealAead({ ...message, aad }), NOT_BYTES.slice(1));
    refuses((plaintext) => sealAead({ ...message, plaintext }), NOT_BYTES);
    refuses((ciphertext) => openAead({ ...sealed, ciphertext }), NOT_BYTES);
    refuses((tag) => openAead({ ...sealed, tag }), NOT_BYTES);
    refuses((input) => sealAead(input), NOT_OBJECTS);
    refuses((backend) => selectBackend({ backend }), [null, "fast", 1]);
    const sizes = [
      null,
      1,
      {},
      { keystreamFrom: 1 },
      { keystreamFrom: 1, gcmFrom: -1 },
      { keystreamFrom: Number.NaN, gcmFrom: 1 },
    ];
    refuses((changeover) => selectBackend({ changeover }), sizes);
    const none = [undefined, null, "portable", {}, { prepare: 1 }];
    refuses((backend) => new FrameEncryptor(backend), none);
    refuses((backend) => new FrameDecryptor(backend), none);
    expect(code(() => new FrameEncryptor(portableBackend))).toBe("accepted");
    expect(code(() => new FrameDecryptor(portableBackend))).toBe("accepted");
  });
});

describe("memory", () => {
  it("an output that overlaps the frame shifted is refused, the frame's own memory is not", () => {
    const { encryptor } = senderFor("opus");
    const buffer = new Uint8Array(64);
    const frame = buffer.subarray(8, 20);
    frame.fill(3);
    const into = (output: Uint8Array) =>
      code(() => encryptor.encryptInto({ mediaType: "audio", ssrc: 1, frame, output }));
    expect([
      into(buffer),
      into(buffer.subarray(9)),
      into(buffer.subarray(19)),
      into(buffer.subarray(20)),
      into(buffer.subarray(8)),
    ]).toEqual(["overlap", "overlap", "overlap", "accepted", "accepted"]);
  });
  it("an output that ends where the frame begins, or begins where it ends, is apart from it", () => {
    const buffer = new Uint8Array(200);
    const encrypt = (frame: Uint8Array, output: Uint8Array) =>
      code(() => senderFor("opus").encryptor.encryptInto({ mediaType: "audio", ssrc: 1, frame, output }));
    const [front, middle, back] = [buffer.subarray(0, 80), buffer.subarray(80, 120), buffer.subarray(120)];
    expect([encrypt(middle, front), encrypt(middle, back)]).toEqual(["accepted", "accepted"]);
    // One byte more on either side is in both.
    expect([encrypt(middle, buffer.subarray(0, 81)), encrypt(middle, buffer.subarray(119))]).toEqual([
      "overlap",
      "overlap",
    ]);
    const sent = senderFor("opus").encrypt(new Uint8Array(20));
    if (sent.outcome !== "encrypted") expect.fail(sent.outcome);
    middle.set(sent.frame, 0);
    const wire = middle.subarray(0, sent.frame.length);
    const decrypt = (output: Uint8Array) =>
      code(() => receiver().decryptor.decryptInto({ mediaType: "audio", frame: wire, now: 0, output }));
    expect([decrypt(front), decrypt(buffer.subarray(80 + wire.length))]).toEqual(["accepted", "accepted"]);
    expect([decrypt(buffer.subarray(0, 81)), decrypt(buffer.subarray(79 + wire.length))]).toEqual([
      "overlap",
      "overlap",
    ]);
  });
  it.each(["opus", "vp8", "h264", "h265", "av1"] as Codec[])(
    "%s: in place gives what apart gives, and the frame back",
    (codec) => {
      for (const backend of ["portable", "platform"] as const) {
        // Counter 24: the second attempt of H.265, its header clear up to 00 00.
        const frame = bytes(0, 0, 0, 1, 0, 0, 0x55, 0x55, 0x55);
        const apart = senderFor(codec, 24, backend).encrypt(frame);
        const buffer = new Uint8Array(100);
        buffer.set(frame);
        const { encryptor, mediaType } = senderFor(codec, 24, backend);
        const inPlace = encryptor.encryptInto({
          mediaType,
          ssrc: 7,
          frame: buffer.subarray(0, frame.length),
          output: buffer,
        });
        const sealed = buffer.subarray(0, inPlace.length);
        expect("frame" in apart && hex(sealed)).toBe(hex("frame" in apart ? apart.frame : bytes()));
        const { decryptor } = receiver(backend);
        const opened = decryptor.decryptInto({ mediaType: "video", frame: sealed, now: 0, output: sealed });
        expect(hex(buffer.subarray(0, opened.length))).toBe(hex(splitFrame(codec, frame).transformed));
      }
    },
  );
  it("frames are never written to", () => {
    const { encryptor } = senderFor("h264");
    const frame = bytes(0, 0, 1, 0x65, 0x88, 1, 2, 3, 0, 0, 1, 0x67, 9);
    const before = hex(frame);
    const sent = encryptor.encrypt({ mediaType: "video", ssrc: 7, frame });
    expect(hex(frame)).toBe(before);
    const wire = "frame" in sent ? sent.frame : bytes();
    const wireBefore = hex(wire);
    expect(receiver().decrypt(wire)).toMatchObject({ outcome: "decrypted" });
    expect(hex(wire)).toBe(wireBefore);
  });
  it("Node's Buffer is bytes like any other", () => {
    const { encryptor } = senderFor("h264");
    const sent = encryptor.encrypt({
      mediaType: "video",
      ssrc: 7,
      frame: Buffer.from([0, 0, 1, 0x65, 0x88, 1, 2, 3]),
    });
    const got = receiver().decrypt(Buffer.from("frame" in sent ? sent.frame : []));
    expect("frame" in got && hex(got.frame)).toBe("000000016588010203");
  });
});

it("bytes of 2^30 and more are refused: places in them are more than 32 bits can tell", () => {
  // Never written to: the system gives such pages when they are touched.
  const huge = new Uint8Array(2 ** 30);
  const now = 0;
  const encryptor = new Encryptor({ backend: "portable" });
  encryptor.setKey(new SenderKey(fixedRatchet()));
  const calls = [
    () => encryptor.encrypt({ mediaType: "audio", ssrc: 1, frame: huge }),
    () => encryptor.encryptInto({ mediaType: "audio", ssrc: 1, frame: new Uint8Array(1), output: huge }),
    () => new Decryptor().decrypt({ mediaType: "audio", frame: huge, now }),
    () => sealAead({ key: new Uint8Array(16), counter: 1, plaintext: huge }),
  ];
  for (const call of calls) expect(call).toThrow(expect.objectContaining({ code: "invalid-length" }));
});
