// K5, K6 generations: unwrapping, retention, limits; nothing is committed by a frame that fails.
import { describe, expect, it } from "vitest";
import type { AeadKey } from "../../src/aead/backend.ts";
import { Generations } from "../../src/generations.ts";
import {
  type AeadBackend,
  Decryptor,
  Encryptor,
  FrameDecryptor,
  portableBackend,
  ReceiverKey,
  SenderKey,
} from "../../src/index.ts";
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
    expect(at(0, SPAN - 10)).toBe("decrypted");
    expect(at(REACHED, SPAN + 1)).toBe("decrypted");
    expect(at(REACHED + 10_000, SPAN - 9)).toBe("decrypted");
    expect(ratchet.erased).toBe(-1);
    expect(at(REACHED + 10_001, SPAN - 8)).toBe("generation");
    expect(ratchet.erased).toBe(0);
    expect(at(REACHED + 10_001, SPAN + 2)).toBe("decrypted");
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
    expect(at(later, SPAN - 10)).toBe("decrypted");
    expect(at(later, 2 * SPAN + 1)).toBe("decrypted");
    expect(at(later + 5_000, 2 * SPAN - 10)).toBe("decrypted");
    expect(at(later + 10_000, 2 * SPAN - 9)).toBe("decrypted");
    expect(at(later + 10_001, 2 * SPAN - 8)).toBe("generation");
  });
  it("a gone generation is refused although the ratchet would still give its key", () => {
    const decryptor = new Decryptor({ backend: "portable" });
    const forgetsNothing = new TestRatchet(baseSecret);
    forgetsNothing.erase = () => undefined;
    decryptor.install(new ReceiverKey(forgetsNothing, { preparedAt: 0 }));
    const open = (now: number, counter: number) =>
      decryptor.decrypt({ mediaType: "audio", frame: sealed(counter), now });
    expect(open(0, SPAN - 10)).toMatchObject({ outcome: "decrypted" });
    expect(open(REACHED, SPAN + 1)).toMatchObject({ outcome: "decrypted" });
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
    expect(at(500 + REACHED, SPAN)).toBe("decrypted");
  });
  it("a generation is reached at the very instant at which 170 frames a second reach it, not 1 ms before", () => {
    // 17 × 2^24 frames at 170 a second take 2^24 × 100 ms, without a remainder.
    const generations = new Generations(500);
    const reached = 500 + SPAN * 100;
    expect([reached - 1, reached].map((now) => generations.withinLimits(17, now))).toEqual([false, true]);
  });
  it("generation 0 is there from the start, and before", () => {
    const { at } = receiving(1000);
    expect(at(1000, 1)).toBe("decrypted");
    expect(at(0, 2)).toBe("decrypted");
  });
});

describe("K5 the order of judgement around an expiry", () => {
  /** Generation 0 decrypted one frame, generation 1 another; the 10 s of generation 0 are over. */
  function expired() {
    const made = receiving();
    expect(made.at(0, SPAN - 10)).toBe("decrypted");
    expect(made.at(REACHED, SPAN + 1)).toBe("decrypted");
    return { ...made, later: REACHED + 10_001 };
  }
  it("a replay is called a replay although its generation expired: replay is judged first", () => {
    const { at, later } = expired();
    expect(at(later, SPAN - 10)).toBe("replayed");
    expect(at(later, SPAN - 10)).toBe("replayed");
  });
  it("a frame of that generation that is no replay is refused for its generation", () => {
    const { at, later } = expired();
    expect(at(later, SPAN - 9)).toBe("generation");
  });
  it.each(["a tick", "another frame"])(
    "once %s gave the generation up, its low 8 bits mean a later generation, and a replay is no replay of that",
    (what) => {
      const { at, decryptor, later } = expired();
      if (what === "a tick") decryptor.tick(later);
      else expect(at(later, SPAN + 2)).toBe("decrypted");
      expect(at(later, SPAN - 10)).toBe("generation");
    },
  );
});

describe("prepared keys", () => {
  /** A receiver whose sender is about to move from generation 0 to 1, and a forged frame of any other generation. */
  function flooded() {
    const made = receiving();
    const late = REACHED * 1000;
    let forgeries = 0;
    const forge = (generation: number): void => {
      const frame = sealed(generation * SPAN + 1);
      frame[0]! ^= 1;
      const result = made.decryptor.decrypt({ mediaType: "audio", frame, now: late });
      expect(result).toEqual({ outcome: "failed", reason: "authentication" });
      forgeries++;
    };
    return { ...made, late, forge, genuine: () => made.ratchet.derivations - forgeries };
  }
  it("of generations that decrypted a frame stay prepared while forged generations come and go", () => {
    const { at, late, forge, genuine } = flooded();
    forge(7);
    forge(8);
    expect(at(late, SPAN - 10)).toBe("decrypted");
    forge(9);
    expect(at(late, SPAN + 1)).toBe("decrypted");
    for (let i = 0; i < 5; i++) {
      for (const generation of [20, 30, 40]) forge(generation);
      expect(at(late, SPAN - 9 + i)).toBe("decrypted");
      expect(at(late, SPAN + 2 + i)).toBe("decrypted");
    }
    // The ratchet was asked once for each of the two, and once for each forged frame.
    expect(genuine()).toBe(2);
  });
  it("of the oldest generation are given up first when a fourth generation decrypts", () => {
    const { at, late, genuine } = flooded();
    for (let generation = 0; generation < 4; generation++) {
      expect(at(late, generation * SPAN + 1)).toBe("decrypted");
      if (generation < 3) expect(at(late, (generation + 1) * SPAN - 10)).toBe("decrypted");
    }
    expect(genuine()).toBe(4);
    expect([at(late, 3 * SPAN - 9), at(late, 3 * SPAN + 2)]).toEqual(["decrypted", "decrypted"]);
    expect(genuine()).toBe(4);
  });
  it("are at most three, however many generations are named", () => {
    let kept = 0;
    const backend: AeadBackend = {
      name: "portable",
      prepare: (key) => {
        const prepared = portableBackend.prepare(key);
        kept++;
        return { ...bound(prepared), wipe: () => void kept-- };
      },
    };
    const decryptor = new FrameDecryptor(backend);
    decryptor.install(new ReceiverKey(new TestRatchet(baseSecret), { preparedAt: 0 }));
    const most: number[] = [];
    for (let generation = 0; generation < 12; generation++) {
      for (const fault of [1, 0]) {
        const frame = sealed(generation * SPAN + 1);
        frame[0]! ^= fault;
        decryptor.decrypt({ mediaType: "audio", frame, now: REACHED * 1000 });
        most.push(kept);
      }
    }
    expect(Math.max(...most)).toBe(3);
    decryptor.close();
    expect(kept).toBe(0);
  });
});

const bound = (key: AeadKey): AeadKey => ({
  seal: (...words) => key.seal(...words),
  open: (...words) => key.open(...words),
  wipe: () => key.wipe(),
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
    expect(at(REACHED + 20_000, 2)).toBe("decrypted");
    expect(ratchet.erased).toBe(-1);
    expect(at(REACHED + 20_000, SPAN + 1)).toBe("decrypted");
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
    for (let counter = 1; counter < 50; counter++) expect(at(0, counter)).toBe("decrypted");
    expect(ratchet.derivations).toBe(1);
  });
});
