// M11: what is misuse is refused by name, with one error class; what is everyday is an outcome.

import { inspect } from "node:util";
import { runInNewContext } from "node:vm";
import { Encryptor, FrameCryptoError } from "@puredave/frame-crypto";
import { createCryptoProvider, hex } from "@puredave/mls";
import { describe, expect, it } from "vitest";
import {
  createCryptoProvider as createDaveProvider,
  DaveClient,
  DaveError,
  HeldFrames,
} from "../../src/index.ts";
import { DaveSession, displayableCode } from "../../src/protocol.ts";
import { decryptTransform, encryptTransform } from "../../src/transform.ts";
import { FRAME, pair } from "../support/call.ts";
import { rig } from "../support/worker-rig.ts";

const least = { userId: "1", channelId: "2", send: () => {} };

function thrownBy(call: () => unknown): DaveError {
  try {
    call();
  } catch (error) {
    return error as DaveError;
  }
  throw new Error("nothing was thrown");
}

describe("a sender that nobody has announced yet", () => {
  it.each([undefined, null])("is an outcome: userId %s", (userId) => {
    const { a } = pair();
    const heard = a.client.decrypt({ userId, mediaType: "audio", frame: FRAME });
    expect(heard).toEqual({ outcome: "failed", reason: "unknown-sender" });
  });

  it("is told from a name that was mistyped, and so are a connection, a timer, a listener and a key package", () => {
    const { a } = pair();
    const refused = expect.objectContaining({ code: "invalid-argument" });
    const mistyped = { userID: "99", mediaType: "audio", frame: FRAME };
    expect(() => a.client.decrypt(mistyped as never)).toThrow(refused);
    for (const connection of ["1", Number.NaN])
      expect(() => a.client.receive("{}", connection as number)).toThrow(refused);
    const options = { userId: "1", channelId: "2", send: () => {} };
    expect(() => new DaveClient({ ...options, clock: { now: () => 0, setTimer: 5 as never } })).toThrow(
      refused,
    );
    expect(() => new HeldFrames(a.client, { deliver: () => {}, onDrained: 5 as never })).toThrow(refused);
    const session = new DaveSession({ userId: "1", channelId: "2" });
    expect(() => session.useKeyPackage({} as never)).toThrow(refused);
    session.close();
  });

  it("is counted for nobody, and makes no client deaf (E31)", () => {
    const { call, a } = pair();
    const { length } = a.sentOf(31);
    for (let i = 0; i < 400; i++) {
      call.clock.advance(20);
      a.client.decrypt({ userId: undefined, mediaType: "audio", frame: FRAME });
    }
    expect(a.sentOf(31)).toHaveLength(length);
    expect([...a.client.counters.values()]).toEqual([{ decrypted: 0, plain: 0, silence: 0, failed: {} }]);
  });
});

describe("one byte check in all packages", () => {
  const foreign = runInNewContext("new Uint8Array(20)") as Uint8Array;
  const CHECKS: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
    "DaveClient.encrypt": (frame) => new DaveClient(least).encrypt({ mediaType: "audio", ssrc: 1, frame }),
    "DaveClient.decrypt": (frame) =>
      new DaveClient(least).decrypt({ userId: "3", mediaType: "audio", frame }),
    "DaveSession.processCommit": (bytes) => new DaveSession(least1).processCommit(bytes),
    displayableCode: (bytes) => displayableCode(bytes, 5, 5),
    "Encryptor.encrypt of frame-crypto": (frame) =>
      new Encryptor().encrypt({ mediaType: "audio", ssrc: 1, frame }),
    "hex of mls": hex,
  };
  const least1 = { userId: "1", channelId: "2" };
  const GOOD: Readonly<Record<string, Uint8Array>> = {
    "a Uint8Array": new Uint8Array(20),
    "a Buffer": Buffer.alloc(20),
    "a Uint8Array of another realm": foreign,
    "a view of shared memory": new Uint8Array(new SharedArrayBuffer(20)),
  };
  const BAD: Readonly<Record<string, unknown>> = {
    "an array": [1, 2, 3],
    "an ArrayBuffer": new ArrayBuffer(20),
    "a DataView": new DataView(new ArrayBuffer(20)),
    "a Uint16Array": new Uint16Array(10),
    "a Uint8ClampedArray": new Uint8ClampedArray(20),
    text: "bytes",
    "an object that says so": { [Symbol.toStringTag]: "Uint8Array", length: 20 },
    nothing: undefined,
  };
  for (const [name, check] of Object.entries(CHECKS)) {
    it.each(Object.entries(GOOD))(`${name} takes %s`, (_, bytes) => {
      expect(() => check(bytes)).not.toThrow();
    });
    it.each(Object.entries(BAD))(`${name} refuses %s`, (_, value) => {
      expect(thrownBy(() => check(value as Uint8Array)).code).toBe("invalid-argument");
    });
  }
});

describe("only DaveError leaves @puredave/dave; the error beneath is its cause", () => {
  const huge = { length: 2 ** 30 };
  const frame = Object.defineProperty(new Uint8Array(4), "length", { value: huge.length });

  it("a frame of 2^30 bytes", () => {
    const { a, b } = pair();
    const calls = [
      () => a.client.encrypt({ mediaType: "audio", ssrc: 1, frame }),
      () => a.client.decrypt({ userId: b.userId, mediaType: "audio", frame }),
      () => a.client.maxProtectedLength({ mediaType: "audio", ssrc: 1, frame }),
      () => a.client.decryptAmong({ candidates: [b.userId], mediaType: "audio", frame }),
    ];
    for (const call of calls) {
      const error = thrownBy(call);
      expect(error).toBeInstanceOf(DaveError);
      expect(error.code).toBe("invalid-argument");
      expect(error.cause).toBeInstanceOf(FrameCryptoError);
    }
  });

  it("randomness of the wrong length, or that throws, when the client is made", () => {
    const boom = () => {
      throw new RangeError("boom");
    };
    for (const randomBytes of [() => new Uint8Array(3), () => null as never, boom]) {
      const error = thrownBy(() => new DaveClient({ ...least, randomBytes }));
      expect(error).toBeInstanceOf(DaveError);
      expect(error.code).toBe("invalid-argument");
    }
  });

  it("a backend that is none", () => {
    const error = thrownBy(() => createDaveProvider({ backend: "fast" as never }));
    expect(error).toBeInstanceOf(DaveError);
    expect(error.message).toBe('backend: expected one of auto, portable, platform, got "fast"');
  });
});

describe("options", () => {
  const { a } = pair();
  const HOLDERS: Readonly<Record<string, (extra: object) => unknown>> = {
    DaveClient: (extra) => new DaveClient({ ...least, ...extra }),
    DaveSession: (extra) => new DaveSession({ userId: "1", channelId: "2", ...extra }),
    HeldFrames: (extra) => new HeldFrames(a.client, { deliver: () => {}, ...extra }),
    encryptTransform: (extra) => encryptTransform(a.client, { mediaType: "audio", ...extra }),
    decryptTransform: (extra) => decryptTransform(a.client, { mediaType: "audio", userId: "1", ...extra }),
    createDaveWorker: (extra) => rig().open(extra),
    serveDaveWorker: (extra) => rig(extra),
  };

  it.each(Object.entries(HOLDERS))("%s refuses a name that no option has", (_, make) => {
    const error = thrownBy(() => make({ nonsense: 1 }));
    expect(error).toBeInstanceOf(DaveError);
    expect(error).toMatchObject({
      code: "invalid-argument",
      message: expect.stringMatching(/no option nonsense; the options are /),
    });
  });

  it.each([
    ["polcy", "policy"],
    ["onfault", "onFault"],
    ["knownkeys", "knownKeys"],
    ["signaturePrivatKey", "signaturePrivateKey"],
  ])("suggests the name that was meant: %s, %s", (typo, meant) => {
    const error = thrownBy(() => new DaveClient({ ...least, [typo]: undefined }));
    expect(error.message).toBe(`options: there is no option ${typo}; is it ${meant}?`);
  });

  it("refuses a source of randomness that would never be asked", () => {
    const both = { crypto: createCryptoProvider(), randomBytes: (length: number) => new Uint8Array(length) };
    expect(thrownBy(() => new DaveClient({ ...least, ...both }))).toMatchObject({
      code: "invalid-argument",
      message: expect.stringMatching(/^randomBytes: expected none beside crypto/),
    });
  });
});

describe("messages name the field, what is allowed, and the kind of what came", () => {
  const { a } = pair();
  it.each<[string, () => unknown, RegExp]>([
    ["userId", () => new DaveClient({ ...least, userId: "abc" }), /^userId: .*got a string of another form$/],
    [
      "userId as a number",
      () => new DaveClient({ ...least, userId: (2 ** 57) as never }),
      /^userId: .*got the number 144115188075855870, which may have lost digits/,
    ],
    [
      "channelId",
      () => new DaveClient({ ...least, channelId: undefined as never }),
      /^channelId: .*got undefined$/,
    ],
    [
      "policy",
      () => new DaveClient({ ...least, policy: "queue" as never }),
      /^policy: expected one of hold, drop, throw, passthrough, got "queue"$/,
    ],
    [
      "clock",
      () => new DaveClient({ ...least, clock: Date.now as never }),
      /^clock: expected an object with now\(\), got a function$/,
    ],
    [
      "send",
      () => new DaveClient({ ...least, send: null as never }),
      /^send: expected a function, got null$/,
    ],
    [
      "codec",
      () => a.client.assignSsrcToCodec(1, "mp3" as never),
      /^codec: expected one of .*opus, .*av1.*, got "mp3"$/,
    ],
    [
      "event",
      () => a.client.on("ready" as never, () => {}),
      /^event: expected one of state, .*ignored.*, got "ready"$/,
    ],
    [
      "mediaType",
      () => a.client.encrypt({ mediaType: "screen" as never, ssrc: 1, frame: FRAME }),
      /^mediaType: expected (one of )?audio(,| or) video/,
    ],
    [
      "ssrc",
      () => a.client.assignSsrcToCodec(2 ** 32, "opus"),
      /^ssrc: expected an integer of 32 bits, got 4294967296$/,
    ],
    [
      "frame",
      () => a.client.encrypt({ mediaType: "audio", ssrc: 1, frame: [1] as never }),
      /^frame: expected Uint8Array/,
    ],
    ["now", () => a.client.tick(Number.NaN), /^now: expected milliseconds, got NaN$/],
    [
      "candidates",
      () => a.client.decryptAmong({ candidates: "12", mediaType: "audio", frame: FRAME }),
      /^candidates: expected a list of ids, got a string$/,
    ],
  ])("%s", (_, call, message) => {
    expect(thrownBy(call).message).toMatch(message);
  });

  it("console.log shows what a client is about", () => {
    expect(inspect(a.client)).toMatch(
      /^DaveClient \{ userId: 100, .*state: encrypted, ready: true, epoch: 1 \}$/,
    );
  });
});
