// This project's side of the comparison: one sender and one receiver over a backend, or two whole clients.
import { pair } from "../../dave/test/support/call.ts";
import { type BackendOptions, Decryptor, Encryptor, ReceiverKey, SenderKey } from "../src/index.ts";
import { TestRatchet } from "../test/helpers/ratchet.ts";
import type { FrameCase } from "./cases.ts";

const SSRC = 1;
const NEVER = Number.POSITIVE_INFINITY;
export const SECRET = Uint8Array.from({ length: 16 }, (_, i) => i * 7 + 1);

/** The ways to seal a frame, by the names that the tables have for them. */
export const WAYS = {
  auto: {},
  portable: { backend: "portable" },
  keystream: { changeover: { keystreamFrom: 0, gcmFrom: NEVER } },
  gcm: { changeover: { keystreamFrom: NEVER, gcmFrom: 0 } },
} as const satisfies Record<string, BackendOptions>;
export type Way = keyof typeof WAYS;

/** What is timed: it makes a frame, and opens it. */
export interface Pair {
  seal(): Uint8Array;
  open(frame: Uint8Array): Uint8Array;
}

/** Counters go on across the pairs of one base secret: a receiver meets none twice. */
const counters = new WeakMap<Uint8Array, number>();
const SPACING = 1 << 19;

/** A sender and a receiver, each under one base secret. */
export function frames(
  frameCase: FrameCase,
  way: Way,
  sending = SECRET,
  receiving = sending,
): Pair & { into: Pair } {
  const { media: mediaType, codec, frame } = frameCase;
  const counter = counters.get(sending) ?? 0;
  counters.set(sending, counter + SPACING);
  const encryptor = new Encryptor(WAYS[way]);
  encryptor.assignSsrcToCodec(SSRC, codec);
  encryptor.setKey(new SenderKey(new TestRatchet(sending), { counter }));
  const decryptor = new Decryptor(WAYS[way]);
  decryptor.install(new ReceiverKey(new TestRatchet(receiving), { preparedAt: -1e12 }));
  const output = new Uint8Array(frame.length + 300);
  const input = { mediaType, ssrc: SSRC, frame };
  const sealing = { ...input, output };
  const opening = { mediaType, frame, now: 0, output };
  return {
    seal() {
      const result = encryptor.encrypt(input);
      if (result.outcome !== "encrypted") throw new Error(`encrypt: ${result.outcome}`);
      return result.frame;
    },
    open(wire) {
      const result = decryptor.decrypt({ mediaType, frame: wire, now: 0 });
      if (result.outcome !== "decrypted") throw new Error(`decrypt: ${result.outcome}`);
      return result.frame;
    },
    into: {
      seal() {
        if (encryptor.encryptInto(sealing).outcome !== "encrypted") throw new Error("encryptInto");
        return output;
      },
      open(wire) {
        opening.frame = wire;
        if (decryptor.decryptInto(opening).outcome !== "decrypted") throw new Error("decryptInto");
        return output;
      },
    },
  };
}

/** Two clients in one call, with everything that they do for a frame. */
export function clients({ media: mediaType, codec, frame }: FrameCase): Pair {
  const { a, b } = pair();
  a.client.assignSsrcToCodec(SSRC, codec);
  return {
    seal() {
      const sent = a.client.encrypt({ mediaType, ssrc: SSRC, frame });
      if (sent.outcome !== "encrypted") throw new Error(`client: ${sent.outcome}`);
      return sent.frame;
    },
    open(wire) {
      const heard = b.client.decrypt({ userId: a.userId, mediaType, frame: wire });
      if (heard.outcome !== "decrypted") throw new Error(`client: ${heard.outcome}`);
      return heard.frame;
    },
  };
}
