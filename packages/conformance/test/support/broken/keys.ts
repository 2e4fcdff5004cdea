// Broken peers: sender keys, receivers, verification (K1–K7, M3, M6, F10, V2)
import { snowflakeBytes } from "@puredave/dave/protocol";
import { createCryptoProvider } from "@puredave/mls";
import type { Handlers } from "../../../src/peers/peer.ts";
import type { Answer, Request } from "../../../src/peers/protocol.ts";
import { selfHandlers } from "../../../src/peers/self/index.ts";
import { ratchetKeys, Sessions } from "../../../src/peers/self/session.ts";
import { toHex } from "../../../src/vectors/fields.ts";
import { type BrokenPeer, broken, change, type Handler, isMarked } from "./kit.ts";

const crypto = createCryptoProvider();

const remembered = (): Handlers => {
  const all = selfHandlers("broken");
  const right = all["decryptor.decrypt"] as Handler<"decryptor.decrypt">;
  const seen = new Map<string, Uint8Array>();
  return {
    ...all,
    "decryptor.decrypt": (request) => {
      const answer = right(request);
      const key = toHex(request.frame);
      if (answer.out) seen.set(key, answer.out);
      const known = seen.get(key);
      return answer.code === 3 && known ? { code: 0, out: known } : answer;
    },
  };
};

const decrypting = (
  act: (
    answer: Answer<"decryptor.decrypt">,
    request: Request<"decryptor.decrypt">,
  ) => Answer<"decryptor.decrypt">,
) => change("decryptor.decrypt", (request, right) => act(right(request), request));

const bigEndianExporter = (): Handlers => {
  const sessions = new Sessions();
  const base = (name: string, userId: string) =>
    sessions.session(name).group?.exportSecret("Discord Secure Frames v0", snowflakeBytes(userId), 16) ??
    null;
  return {
    ...selfHandlers("broken"),
    ...sessions.handlers,
    "session.get_key_ratchet": ({ name, user_id, generations = [] }) => {
      const base_secret = base(name, user_id);
      return { base_secret, keys: base_secret && ratchetKeys(crypto, base_secret, generations) };
    },
  };
};

export const brokenKeys: readonly BrokenPeer[] = [
  broken("exporter context big endian", "K1", "session-welcome", bigEndianExporter),
  broken(
    "ratchet never moves",
    "K2",
    "sender-keys",
    change("ratchet.keys", ({ base_secret, generations }, right) => {
      const first = right({ base_secret, generations: [0] }).keys["0"] as Uint8Array;
      return { keys: Object.fromEntries(generations.map((generation) => [generation, first])) };
    }),
  ),
  broken(
    "ratchet one ahead",
    "K2",
    "sender-keys",
    change("ratchet.keys", ({ base_secret, generations }, right) => {
      const { keys: made } = right({
        base_secret,
        generations: generations.map((generation) => generation + 1),
      });
      return {
        keys: Object.fromEntries(
          Object.entries(made).map(([generation, key]) => [Number(generation) - 1, key]),
        ),
      };
    }),
  ),
  broken("accepts replays", "K7", "frame-decrypt", remembered),
  broken(
    "plaintext always accepted",
    "M6",
    "frame-decrypt",
    decrypting((answer, { frame }) =>
      answer.code !== 0 && !isMarked(frame) ? { code: 0, out: frame } : answer,
    ),
  ),
  broken(
    "silence refused",
    "F10",
    "frame-decrypt",
    decrypting((answer, { frame }) => (frame.length === 3 ? { code: 1, out: null } : answer)),
  ),
  broken(
    "old keys go at once",
    "M3",
    "frame-decrypt",
    change("decryptor.transition_to_key_ratchet", (r, right) => right({ ...r, expiry_s: 0 })),
  ),
  broken(
    "old keys stay",
    "M3",
    "frame-decrypt",
    change("decryptor.transition_to_key_ratchet", (r, right) => right({ ...r, expiry_s: 3600 })),
  ),
  broken("a key given again starts anew", "K4", "key-reuse", () => {
    const all = selfHandlers("broken");
    const install = all[
      "decryptor.transition_to_key_ratchet"
    ] as Handler<"decryptor.transition_to_key_ratchet">;
    const create = all["decryptor.create"] as Handler<"decryptor.create">;
    let last = "";
    return {
      ...all,
      "decryptor.create": (r) => {
        last = "";
        return create(r);
      },
      "decryptor.transition_to_key_ratchet": (r) => {
        const base = toHex(r.base_secret ?? new Uint8Array());
        if (base === last) create({ name: r.name, s: 0, floor: "start" });
        last = base;
        return install(r);
      },
    };
  }),
  broken("time does not bound generations", "K6", "frame-decrypt", () => {
    const all = selfHandlers("broken");
    const install = all[
      "decryptor.transition_to_key_ratchet"
    ] as Handler<"decryptor.transition_to_key_ratchet">;
    const advance = all["decryptor.advance_clock"] as Handler<"decryptor.advance_clock">;
    return {
      ...all,
      "decryptor.transition_to_key_ratchet": (r) => {
        install(r);
        return advance({ name: r.name, ms: 98_700_000 });
      },
    };
  }),
  broken(
    "fingerprint depends on the side",
    "V2",
    "fingerprint",
    change("verify.pairwise_fingerprint", (r, right) => {
      const { fingerprint } = right(r);
      return {
        fingerprint:
          BigInt(r.user_id) < BigInt(r.other_user_id) ? fingerprint : Uint8Array.from(fingerprint).reverse(),
      };
    }),
  ),
];
