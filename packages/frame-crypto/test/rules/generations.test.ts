// K5, K6 generations: unwrapping, retention, limits; nothing is committed by a frame that fails.
import { describe, expect, it } from "vitest";
import { Generations } from "../../src/generations.ts";
import { Decryptor, Encryptor, ReceiverKey, SenderKey } from "../../src/index.ts";
import { bytes, unhex } from "../helpers/bytes.ts";
import { TestRatchet } from "../helpers/ratchet.ts";

const SPAN = 2 ** 24;
const baseSecret = unhex("000102030405060708090a0b0c0d0e0f");
/** K6: the first millisecond at which generation 1 can be reached, its age counted from 0. */
const REACHED = Math.ceil((SPAN / 170) * 1000);

function sealed(counter: number): Uint8Array {
  const encryptor = new Encryptor({ backend: "portable" });
  encryptor.setKey(new SenderKey(new TestRatchet(baseSecret), { counter: counter - 1 }));
  const sent = encryptor.encrypt({ mediaType: "audio", ssrc: 1, frame: bytes(1, 2, 3) });
  if (sent.outcome !== "encrypted") throw new Error("not encrypted");
  return sent.frame;
}

function receiving(preparedAt = 0) {
  const ratchet = new TestRatchet(baseSecret);
  const key = new ReceiverKey(ratchet, { preparedAt });
  const decryptor = new Decryptor({ backend: "portable" });
  decryptor.install(key);
  const at = (now: number, counter: number): string => {
    const result = decryptor.decrypt({ mediaType: "audio", frame: sealed(counter), now });
    return result.outcome === "failed" ? result.reason : result.outcome;
  };
  return { ratchet, key, decryptor, at };
}

describe("K5 unwrapping", () => {
  it("takes the smallest generation not older than the oldest live one", () => {
    const generations = new Generations(0);
    expect([0, 1, 255].map((low) => generations.unwrap(low))).toEqual([0, 1, 255]);
    generations.decrypted(200, 0);
    generations.expire(0);
    expect([200, 255, 0, 199].map((low) => generations.unwrap(low))).toEqual([200, 255, 256, 455]);
    generations.decrypted(257, 0);
    generations.expire(10_001);
    expect([1, 0].map((low) => generations.unwrap(low))).toEqual([257, 512]);
  });
  it("a gone generation counts as the oldest until the frame is judged", () => {
    const generations = new Generations(0);
    generations.decrypted(3, 0);
    generations.expire(0);
    generations.decrypted(5, 0);
    expect(generations.unwrap(3)).toBe(3);
    expect(generations.expire(10_000)).toBe(3);
    expect(generations.unwrap(3)).toBe(3);
    expect(generations.expire(10_001)).toBe(5);
    expect(generations.unwrap(3)).toBe(259);
  });
});

describe("K6 retention", () => {
  // Counters lie around the ends of generations: the replay window remembers only the 1000 newest skipped.
  it("an old generation lives 10 seconds after a newer one decrypted, up to and including the instant", () => {
    const { at, ratchet } = receiving();
    expect(at(0, SPAN - 10)).toBe("ok");
    expect(at(REACHED, SPAN + 1)).toBe("ok");
    expect(at(REACHED + 10_000, SPAN - 9)).toBe("ok");
    expect(ratchet.erased).toBe(-1);
    expect(at(REACHED + 10_001, SPAN - 8)).toBe("generation");
    expect(ratchet.erased).toBe(0);
    expect(at(REACHED + 10_001, SPAN + 2)).toBe("ok");
  });
  it("a later generation does not lengthen it", () => {
    const generations = new Generations(0);
    generations.decrypted(0, 0);
    generations.decrypted(1, 1_000);
    generations.decrypted(2, 9_000);
    expect([11_000, 11_001, 19_000, 19_001].map((now) => generations.expire(now))).toEqual([0, 1, 1, 2]);
    expect(generations.expire(1e12)).toBe(2);
  });
  it("a generation first heard when a newer one was retires with the one before it", () => {
    const { at } = receiving();
    const later = REACHED * 3;
    expect(at(later, SPAN - 10)).toBe("ok");
    expect(at(later, 2 * SPAN + 1)).toBe("ok");
    expect(at(later + 5_000, 2 * SPAN - 10)).toBe("ok");
    expect(at(later + 10_000, 2 * SPAN - 9)).toBe("ok");
    expect(at(later + 10_001, 2 * SPAN - 8)).toBe("generation");
  });
  it("a gone generation is refused although the ratchet would still give its key", () => {
    const decryptor = new Decryptor({ backend: "portable" });
    const forgetsNothing = new TestRatchet(baseSecret);
    forgetsNothing.erase = () => undefined;
    decryptor.install(new ReceiverKey(forgetsNothing, { preparedAt: 0 }));
    const open = (now: number, counter: number) =>
      decryptor.decrypt({ mediaType: "audio", frame: sealed(counter), now });
    expect(open(0, SPAN - 10)).toMatchObject({ outcome: "ok" });
    expect(open(REACHED, SPAN + 1)).toMatchObject({ outcome: "ok" });
    expect(open(REACHED + 10_001, SPAN - 9)).toEqual({ outcome: "failed", reason: "generation" });
  });
  it("a tick gives it up and tells when", () => {
    const { at, decryptor, ratchet } = receiving();
    at(0, 1);
    expect(decryptor.nextDeadline()).toBeUndefined();
    at(REACHED, SPAN + 1);
    expect(decryptor.nextDeadline()).toBe(REACHED + 10_000);
    decryptor.tick(REACHED + 10_000);
    expect(ratchet.erased).toBe(-1);
    decryptor.tick(REACHED + 10_001);
    expect(ratchet.erased).toBe(0);
    expect(decryptor.nextDeadline()).toBeUndefined();
  });
});

describe("K6 limits", () => {
  it("250 ahead of the newest that decrypted, not 251", () => {
    const generations = new Generations(0);
    const late = REACHED * 1000;
    expect([250, 251].map((g) => generations.withinLimits(g, late))).toEqual([true, false]);
    generations.decrypted(10, late);
    expect([260, 261].map((g) => generations.withinLimits(g, late))).toEqual([true, false]);
  });
  it("no generation before a sender could have got there", () => {
    const { at } = receiving(500);
    expect(at(500 + REACHED - 1, SPAN)).toBe("generation");
    expect(at(500 + REACHED, SPAN)).toBe("ok");
  });
  it("generation 0 is there from the start, and before", () => {
    const { at } = receiving(1000);
    expect(at(1000, 1)).toBe("ok");
    expect(at(0, 2)).toBe("ok");
  });
});

describe("K5 a frame that fails commits nothing", () => {
  it("a forged frame of a newer generation starts no retention", () => {
    const { at, decryptor, ratchet } = receiving();
    at(0, 1);
    const forged = sealed(SPAN + 1);
    forged[0]! ^= 1;
    expect(decryptor.decrypt({ mediaType: "audio", frame: forged, now: REACHED })).toEqual({
      outcome: "failed",
      reason: "authentication",
    });
    expect(decryptor.nextDeadline()).toBeUndefined();
    expect(at(REACHED + 20_000, 2)).toBe("ok");
    expect(ratchet.erased).toBe(-1);
    expect(at(REACHED + 20_000, SPAN + 1)).toBe("ok");
  });
  it("no key is derived for a replay or a refused generation", () => {
    const { at, ratchet } = receiving();
    at(0, 1);
    const derived = ratchet.derivations;
    at(0, 1);
    at(0, SPAN + 1);
    expect(ratchet.derivations).toBe(derived);
  });
  it("no key is derived per frame", () => {
    const { at, ratchet } = receiving();
    for (let counter = 1; counter < 50; counter++) expect(at(0, counter)).toBe("ok");
    expect(ratchet.derivations).toBe(1);
  });
});
