// F8–F10, M3, M6: order of judgement, expiries, plaintext windows.
import { describe, expect, it } from "vitest";
import { Decryptor, Encryptor, ReceiverKey, SenderKey, SILENCE_FRAME } from "../../src/index.ts";
import { bytes, hex } from "../helpers/bytes.ts";
import { fixedRatchet, receiver, senderFor, transitionTo } from "../helpers/peers.ts";

/** A call between one sender with many keys and a decryptor. */
function call(keys: number) {
  const encryptor = new Encryptor({ backend: "portable" });
  const decryptor = new Decryptor({ backend: "portable" });
  const senders = Array.from({ length: keys }, (_, i) => new SenderKey(fixedRatchet(i)));
  const receivers = Array.from(
    { length: keys },
    (_, i) => new ReceiverKey(fixedRatchet(i), { preparedAt: 0 }),
  );
  const seal = (i: number, text = bytes(1, 2, 3)): Uint8Array => {
    encryptor.setKey(senders[i]);
    const sent = encryptor.encrypt({ mediaType: "audio", ssrc: 1, frame: text });
    if (sent.outcome !== "encrypted") throw new Error("not encrypted");
    return sent.frame;
  };
  const open = (frame: Uint8Array, now: number): string => {
    const result = decryptor.decrypt({ mediaType: "audio", frame, now });
    return result.outcome === "failed" ? result.reason : result.outcome;
  };
  return { decryptor, receivers, seal, open };
}

describe("M3 expiry", () => {
  it("a key is valid up to and including the instant, then gone", () => {
    const { decryptor, receivers, seal, open } = call(2);
    decryptor.install(receivers[0]!);
    decryptor.install(receivers[1]!);
    decryptor.expire(receivers[0]!, 10_000);
    expect(decryptor.nextDeadline()).toBe(10_000);
    expect(open(seal(0), 10_000)).toBe("decrypted");
    expect(decryptor.keys).toHaveLength(2);
    expect(open(seal(0), 10_001)).toBe("authentication");
    expect(decryptor.keys).toHaveLength(1);
    expect(open(seal(1), 10_001)).toBe("decrypted");
  });
  it("a running expiry is never lengthened, by a later transition least of all", () => {
    const { decryptor, receivers, seal, open } = call(3);
    transitionTo(decryptor, receivers[0]!, 10_000);
    transitionTo(decryptor, receivers[1]!, 10_000);
    transitionTo(decryptor, receivers[2]!, 19_000);
    expect(open(seal(0), 10_000)).toBe("decrypted");
    expect(open(seal(0), 10_001)).toBe("authentication");
    expect(open(seal(1), 19_000)).toBe("decrypted");
    expect(open(seal(1), 19_001)).toBe("authentication");
  });
  it("it may be shortened", () => {
    const { decryptor, receivers, seal, open } = call(1);
    decryptor.install(receivers[0]!);
    decryptor.expire(receivers[0]!, 10_000);
    decryptor.expire(receivers[0]!, 5_000);
    expect(open(seal(0), 5_001)).toBe("no-key");
  });
  it("installing a key already held makes it the newest and leaves its expiry; reviving ends it", () => {
    const { decryptor, receivers, seal, open } = call(2);
    decryptor.install(receivers[0]!);
    decryptor.install(receivers[1]!);
    decryptor.expire(receivers[0]!, 1_000);
    decryptor.install(receivers[0]!);
    expect(decryptor.keys).toHaveLength(2);
    expect(decryptor.nextDeadline()).toBe(1_000);
    decryptor.revive(receivers[0]!);
    expect(decryptor.nextDeadline()).toBeUndefined();
    expect(open(seal(0), 99_000)).toBe("decrypted");
  });
  it("a tick takes expired keys out", () => {
    const { decryptor, receivers } = call(2);
    decryptor.install(receivers[0]!);
    decryptor.expire(receivers[0]!, 1_000);
    decryptor.tick(1_000);
    expect(decryptor.keys).toHaveLength(1);
    decryptor.tick(1_001);
    expect(decryptor.keys).toHaveLength(0);
  });
  it("expiring, reviving or removing a key that is not held does nothing", () => {
    const { decryptor, receivers } = call(1);
    decryptor.expire(receivers[0]!, 0);
    decryptor.revive(receivers[0]!);
    decryptor.remove(receivers[0]!);
    expect(decryptor.keys).toHaveLength(0);
  });
});

describe("K4 replay state belongs to the key", () => {
  it("removed, expired or installed again, it refuses what it decrypted", () => {
    const { decryptor, receivers, seal, open } = call(2);
    const [first, second] = [seal(0), seal(0)];
    decryptor.install(receivers[0]!);
    expect(open(first, 0)).toBe("decrypted");
    decryptor.remove(receivers[0]!);
    expect(open(second, 0)).toBe("no-key");
    decryptor.install(receivers[0]!);
    expect(open(first, 0)).toBe("replayed");
    decryptor.expire(receivers[0]!, 5);
    decryptor.tick(6);
    decryptor.install(receivers[0]!);
    expect(open(first, 6)).toBe("replayed");
    expect(open(second, 6)).toBe("decrypted");
  });
});

describe("F8 every live key, newest first", () => {
  it("a replay in the newest is no reason to stop", () => {
    const { decryptor, receivers, seal, open } = call(2);
    decryptor.install(receivers[0]!);
    decryptor.install(receivers[1]!);
    expect(open(seal(1), 0)).toBe("decrypted");
    expect(open(seal(0), 0)).toBe("decrypted");
  });
  it("a frame seen before is reported as replayed although other keys just do not fit", () => {
    const { decryptor, receivers, seal, open } = call(3);
    for (const key of receivers) decryptor.install(key);
    const frame = seal(1);
    expect(open(frame, 0)).toBe("decrypted");
    expect(open(frame, 0)).toBe("replayed");
  });
  it("a frame that two keys fit is the newest one's", () => {
    const [older, newer] = [1, 2].map(() => new ReceiverKey(fixedRatchet(0), { preparedAt: 0 }));
    const { decryptor, seal, open } = call(1);
    decryptor.install(older!);
    decryptor.install(newer!);
    const [first, second] = [seal(0), seal(0)];
    expect(open(first, 0)).toBe("decrypted");
    decryptor.install(older!);
    expect(open(second, 0)).toBe("decrypted");
    decryptor.remove(older!);
    expect([open(first, 0), open(second, 0)]).toEqual(["replayed", "decrypted"]);
  });
});

describe.each(["portable", "platform"] as const)("F8 a frame that fails, %s", (backend) => {
  it("changes no state and no output", () => {
    const sent = senderFor("vp8", 0, backend).encrypt(bytes(0x31, 2, 3, 4, 5));
    const frame = "frame" in sent ? sent.frame : bytes();
    const { decryptor } = receiver(backend);
    const output = new Uint8Array(64).fill(9);
    for (let i = 0; i < frame.length; i++) {
      const broken = Uint8Array.from(frame);
      broken[i]! ^= 0x10;
      const result = decryptor.decryptInto({ mediaType: "video", frame: broken, now: 0, output });
      expect(result).toMatchObject({ outcome: "failed", length: 0 });
      expect(output.every((byte) => byte === 9)).toBe(true);
    }
    const result = decryptor.decryptInto({ mediaType: "video", frame, now: 0, output });
    expect(result).toMatchObject({ outcome: "decrypted", length: 5 });
    expect(hex(output.subarray(0, 6))).toBe("310203040509");
  });
});

describe("F10 silence", () => {
  it("audio of exactly these three bytes passes always", () => {
    const { open } = call(0);
    expect(open(SILENCE_FRAME, 0)).toBe("silence");
    expect(open(bytes(0xf8, 0xff, 0xfe, 0), 0)).toBe("not-protocol-frame");
    expect(open(bytes(0xf8, 0xff), 0)).toBe("not-protocol-frame");
    expect(open(bytes(0xf8, 0xff, 0xff), 0)).toBe("not-protocol-frame");
    expect(open(bytes(), 0)).toBe("not-protocol-frame");
  });
  it("video of these bytes does not", () => {
    const { decryptor } = call(0);
    expect(decryptor.decrypt({ mediaType: "video", frame: SILENCE_FRAME, now: 0 })).toEqual({
      outcome: "failed",
      reason: "not-protocol-frame",
    });
  });
  it("a sender seals it like any other", () => {
    const { decryptor, receivers, seal } = call(1);
    decryptor.install(receivers[0]!);
    const sealed = seal(0, SILENCE_FRAME);
    expect(sealed.length).toBe(3 + 12);
    const got = decryptor.decrypt({ mediaType: "audio", frame: sealed, now: 0 });
    expect(got).toEqual({ outcome: "decrypted", frame: SILENCE_FRAME });
  });
});

describe("M6 plaintext", () => {
  it("is accepted before the instant, not at it", () => {
    const { decryptor, open } = call(0);
    decryptor.setPlaintext(100);
    expect(decryptor.nextDeadline()).toBe(100);
    expect([open(bytes(1), 99), open(bytes(1), 100)]).toEqual(["plain", "not-protocol-frame"]);
    decryptor.setPlaintext(Number.POSITIVE_INFINITY);
    expect(open(bytes(1), 1e12)).toBe("plain");
    decryptor.setPlaintext(0);
    expect(open(bytes(1), 0)).toBe("not-protocol-frame");
  });
  it("plain frames are handed on as they are", () => {
    const { decryptor } = call(0);
    decryptor.setPlaintext(Number.POSITIVE_INFINITY);
    const frame = bytes(5, 6, 7);
    const result = decryptor.decrypt({ mediaType: "video", frame, now: 0 });
    expect("frame" in result && result.frame).toBe(frame);
    const output = new Uint8Array(3);
    expect(decryptor.decryptInto({ mediaType: "video", frame, now: 0, output })).toMatchObject({
      outcome: "plain",
      length: 3,
    });
    expect(output).toEqual(frame);
  });
});

it("what became of a frame has one name for each outcome and reason", () => {
  const { decryptor, receivers, seal, open } = call(1);
  const frame = seal(0);
  const heard = [open(frame, 0)];
  decryptor.install(receivers[0]!);
  const broken = seal(0);
  broken[0]! ^= 1;
  heard.push(
    ...[frame, frame, bytes(1), bytes(0xfa, 0xfa), SILENCE_FRAME, broken].map((one) => open(one, 0)),
  );
  decryptor.setPlaintext(1);
  heard.push(open(bytes(1), 0));
  expect(heard).toEqual([
    "no-key",
    ...["decrypted", "replayed", "not-protocol-frame", "malformed-trailer", "silence", "authentication"],
    "plain",
  ]);
});

describe("confirmReplays: whether a frame called replayed is a true repetition", () => {
  /** Two senders with a key each; the decryptor knows only the first. */
  function confirming(options: { readonly confirmReplays?: boolean } = { confirmReplays: true }) {
    const { seal } = call(2);
    const decryptor = new Decryptor({ backend: "portable", ...options });
    const key = new ReceiverKey(fixedRatchet(0), { preparedAt: 0 });
    decryptor.install(key);
    const open = (frame: Uint8Array): string => {
      const result = decryptor.decrypt({ mediaType: "audio", frame, now: 0 });
      return result.outcome === "failed" ? result.reason : result.outcome;
    };
    return { decryptor, key, seal, open };
  }

  it("a foreign key's frame with an old counter is no replay; without the option its counter decides (K5)", () => {
    for (const [options, verdict] of [
      [{ confirmReplays: true }, "authentication"],
      [{}, "replayed"],
    ] as const) {
      const { seal, open } = confirming(options);
      for (let i = 0; i < 5; i++) expect(open(seal(0))).toBe("decrypted");
      expect(open(seal(1))).toBe(verdict);
    }
  });

  it("a true repetition is replayed, again and again, and changes nothing", () => {
    const { seal, open } = confirming();
    const frame = seal(0);
    expect([frame, frame, frame].map(open)).toEqual(["decrypted", "replayed", "replayed"]);
    expect(open(seal(0))).toBe("decrypted");
  });

  it("the caller's bytes stay as they were", () => {
    const { decryptor, seal } = confirming();
    const frame = seal(0);
    decryptor.decrypt({ mediaType: "audio", frame, now: 0 });
    const output = new Uint8Array(frame.length).fill(7);
    const result = decryptor.decryptInto({ mediaType: "audio", frame, now: 0, output });
    expect(result).toMatchObject({ outcome: "failed", reason: "replayed" });
    expect(output).toEqual(new Uint8Array(frame.length).fill(7));
  });

  it("openedBy names the key of the last frame, none after a failure", () => {
    const { decryptor, key, seal, open } = confirming();
    expect(decryptor.openedBy).toBeUndefined();
    open(seal(0));
    expect(decryptor.openedBy).toBe(key);
    open(seal(1));
    expect(decryptor.openedBy).toBeUndefined();
  });
});
