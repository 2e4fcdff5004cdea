// Implementations that are wrong on purpose, one rule each: this project's own handlers with one thing changed
import {
  decodeServerMessage,
  encodeServerMessage,
  parseProposals,
  type ServerMessage,
  snowflakeBytes,
  snowflakeOf,
} from "@puredave/dave";
import { mlsMessageCodec } from "@puredave/mls";
import type { Handlers } from "../../src/peers/peer.ts";
import type { Answer, CommandName, Request } from "../../src/peers/protocol.ts";
import { appendBody } from "../../src/peers/self/gateway.ts";
import { selfHandlers } from "../../src/peers/self/index.ts";
import { ratchetKeys, Sessions } from "../../src/peers/self/session.ts";
import { mlsInternals } from "../../src/runner/mls-subject.ts";
import { fromHex, toHex } from "../../src/vectors/fields.ts";

export interface BrokenPeer {
  readonly name: string;
  /** The rule it breaks: a finding must name it. */
  readonly rule: string;
  /** Where it has to be caught. */
  readonly suite: string;
  make(): Handlers;
}

type Handler<C extends CommandName> = (request: Request<C>) => Answer<C>;
type Change<C extends CommandName> = (request: Request<C>, right: Handler<C>, all: Handlers) => Answer<C>;

/** The right handlers with one command changed; `right` is what it would have done. */
function change<C extends CommandName>(command: C, act: Change<C>): () => Handlers {
  return () => {
    const all = selfHandlers("broken");
    const right = all[command] as Handler<C>;
    return { ...all, [command]: (request: Request<C>) => act(request, right, all) };
  };
}

const broken = (name: string, rule: string, suite: string, make: () => Handlers): BrokenPeer => ({
  name,
  rule,
  suite,
  make,
});
const crypto = mlsInternals.createCryptoProvider();
const onlyClear = (frame: Uint8Array, count: number) => ({
  unencrypted_ranges: count > 0 ? [[0, count] as const] : [],
  unencrypted: frame.slice(0, count),
  encrypted: frame.slice(count),
  transformed: frame,
});

// ── frames ──

const splitAs = (
  codec: string,
  act: (request: Request<"process_frame">, right: Handler<"process_frame">) => Answer<"process_frame">,
) =>
  change("process_frame", (request, right) =>
    request.codec === codec ? act(request, right) : right(request),
  );

const parsed = (act: (answer: Answer<"parse_frame">, frame: Uint8Array) => Answer<"parse_frame">) =>
  change("parse_frame", (request, right) => act(right(request), request.frame));

const nonceOf = (counter: number, bigEndian = false): Uint8Array => {
  const nonce = Buffer.alloc(12);
  if (bigEndian) nonce.writeUInt32BE(counter, 8);
  else nonce.writeUInt32LE(counter, 8);
  return new Uint8Array(nonce);
};
const counterOf = (nonce: Uint8Array): number => Buffer.from(nonce).readUInt32LE(8);
const isMarked = (frame: Uint8Array): boolean => frame.at(-1) === 0xfa && frame.at(-2) === 0xfa;

const frames: readonly BrokenPeer[] = [
  broken(
    "truncated nonce",
    "K3",
    "aead",
    change("cryptor.encrypt", (r, right) => right({ ...r, nonce: nonceOf(counterOf(r.nonce) & 0xffffff) })),
  ),
  broken(
    "nonce big endian",
    "K3",
    "frame-encrypt",
    change("encryptor.encrypt", (r, right) => {
      const answer = right(r);
      return { ...answer, nonce: Buffer.from(nonceOf(answer.nonce ?? 0)).readUInt32BE(8) };
    }),
  ),
  broken(
    "clear bytes not authenticated",
    "F1",
    "aead",
    change("cryptor.decrypt", (r, right) => {
      const answer = right(r);
      return answer.success ? answer : { success: true, plaintext: r.ciphertext };
    }),
  ),
  broken(
    "clear bytes left out of the tag",
    "F1",
    "aead",
    change("cryptor.encrypt", (r, right) => right({ ...r, aad: new Uint8Array() })),
  ),
  broken(
    "tag of its last 8 bytes",
    "F1",
    "aead",
    change("cryptor.encrypt", (r, right) => {
      const answer = right(r);
      return { ...answer, tag: answer.tag ? Uint8Array.from(answer.tag).reverse() : null };
    }),
  ),
  broken(
    "Opus with its first byte clear",
    "C1",
    "frame-split",
    splitAs("opus", ({ frame }) => onlyClear(frame, 1)),
  ),
  broken(
    "VP9 as VP8",
    "C1",
    "frame-split",
    splitAs("vp9", (r, right) => right({ ...r, codec: "vp8" })),
  ),
  broken(
    "VP8 key frames with one clear byte",
    "C2",
    "frame-split",
    splitAs("vp8", ({ frame }) => onlyClear(frame, 1)),
  ),
  broken(
    "start codes as they came",
    "C3",
    "frame-split",
    splitAs("h264", (r, right) => ({ ...right(r), transformed: r.frame })),
  ),
  broken(
    "H.264 slice headers encrypted",
    "C4",
    "frame-split",
    splitAs("h264", (r, right) => {
      const split = right(r);
      return {
        ...split,
        unencrypted_ranges: split.unencrypted_ranges.map(
          ([at, length]) => [at, Math.min(length, 5)] as const,
        ),
      };
    }),
  ),
  broken(
    "H.265 as H.264",
    "C5",
    "frame-split",
    splitAs("h265", (r, right) => right({ ...r, codec: "h264" })),
  ),
  broken(
    "AV1 all encrypted",
    "C6",
    "frame-split",
    splitAs("av1", ({ frame }) => onlyClear(frame, 0)),
  ),
  broken(
    "whatever ends FA FA is a protocol frame",
    "F5",
    "frame-parse",
    parsed((answer, frame) => (isMarked(frame) ? { ...answer, is_encrypted: true } : answer)),
  ),
  broken(
    "frames without media refused",
    "F5",
    "frame-parse",
    parsed((answer) =>
      answer.is_encrypted && answer.ciphertext?.length === 0 ? { is_encrypted: false } : answer,
    ),
  ),
  broken(
    "ranges merged on reading",
    "F2",
    "frame-parse",
    parsed((answer) =>
      answer.ranges && answer.ranges.length > 1 ? { ...answer, ranges: answer.ranges.slice(1) } : answer,
    ),
  ),
  broken(
    "ULEB128 of 3 bytes at most",
    "F3",
    "frame-parse",
    parsed((answer) => (answer.nonce === undefined ? answer : { ...answer, nonce: answer.nonce % 2 ** 21 })),
  ),
  broken(
    "start codes in ciphertext let go",
    "F7",
    "frame-encrypt",
    change("encryptor.encrypt", (r, right) => ({ ...right(r), attempts: 1 })),
  ),
  broken(
    "first frame carries nonce 0",
    "K3",
    "frame-encrypt",
    change("encryptor.set_nonce", (r, right) => right({ ...r, nonce: Math.max(0, r.nonce - 1) })),
  ),
];

// ── keys and receivers ──

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

const keys: readonly BrokenPeer[] = [
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

// ── sessions ──

/** Everybody that an op 27 would add, as if the gateway had named them. */
function everybodyIn(body: Uint8Array): string[] {
  const payload = parseProposals(body);
  if (payload?.operation !== "append") return [];
  return payload.messages.flatMap((message) => {
    const decoded = mlsMessageCodec.decode(message);
    if (decoded.wireFormat !== "mls_public_message") return [];
    const { content } = decoded.publicMessage;
    if (content.contentType !== "proposal" || content.proposal.proposalType !== "add") return [];
    const { credential } = content.proposal.keyPackage.leafNode;
    return credential.credentialType === "basic" ? [snowflakeOf(credential.identity) ?? ""] : [];
  });
}

const inlineProposals = (bytes: Uint8Array): boolean => {
  try {
    const message = mlsMessageCodec.decode(bytes);
    if (message.wireFormat !== "mls_public_message") return false;
    const { content } = message.publicMessage;
    return (
      content.contentType === "commit" && content.commit.proposals.some(({ type }) => type === "proposal")
    );
  } catch {
    return false;
  }
};

const sessions: readonly BrokenPeer[] = [
  broken(
    "adds whom nobody named",
    "E27",
    "session-reject",
    change("session.process_proposals", (r, right) =>
      right({ ...r, recognized_user_ids: [...r.recognized_user_ids, ...everybodyIn(r.bytes)] }),
    ),
  ),
  broken(
    "accepts inline proposals",
    "E29",
    "session-reject",
    change("session.process_commit", (r, right) => {
      const answer = right(r);
      return inlineProposals(r.bytes) ? { result: "roster", roster: {} } : answer;
    }),
  ),
  broken(
    "an invalid commit resets the session",
    "E29",
    "session-reject",
    change("session.process_commit", (r, right, all) => {
      const answer = right(r);
      if (answer.result === "failed") (all["session.reset"] as Handler<"session.reset">)({ name: r.name });
      return answer;
    }),
  ),
  broken(
    "flags nothing: every bad commit ignored",
    "E29",
    "session-reject",
    change("session.process_commit", (r, right) => {
      const answer = right(r);
      return answer.result === "failed" ? { result: "ignored" } : answer;
    }),
  ),
  broken(
    "takes any welcome",
    "E30",
    "session-reject",
    change("session.process_welcome", (r, right) => ({ roster: right(r).roster ?? {} })),
  ),
  broken(
    "tells the roster, not its changes",
    "E29",
    "session-commits",
    change("session.process_commit", (r, right, all) => {
      const answer = right(r);
      const state = (all["session.state"] as Handler<"session.state">)({ name: r.name }).current as {
        leaves: { user_id: string; signature_key: string }[];
      } | null;
      const roster = Object.fromEntries(
        (state?.leaves ?? []).map((leaf) => [leaf.user_id, fromHex(leaf.signature_key)]),
      );
      const left = Object.entries(answer.roster ?? {}).filter(([, key]) => key.length === 0);
      return left.length > 0 ? { ...answer, roster } : answer;
    }),
  ),
  broken(
    "a leaf short",
    "P2",
    "session-welcome",
    change("session.state", (r, right) => {
      const { current } = right(r);
      const state = current as { leaves: unknown[] } | null;
      return { current: state && { ...state, leaves: state.leaves.slice(1) } };
    }),
  ),
  broken("the authenticator of the epoch before", "P3", "session-commits", () => {
    const all = selfHandlers("broken");
    const process = all["session.process_commit"] as Handler<"session.process_commit">;
    const read = all[
      "session.get_last_epoch_authenticator"
    ] as Handler<"session.get_last_epoch_authenticator">;
    let before: Answer<"session.get_last_epoch_authenticator"> | undefined;
    return {
      ...all,
      "session.process_commit": (r) => {
        before = read({ name: r.name });
        return process(r);
      },
      "session.get_last_epoch_authenticator": (r) => before ?? read(r),
    };
  }),
];

// ── clients ──

type Receive = Handler<"client.receive">;
type Outcome = Answer<"client.receive">;
type Sent = { readonly text?: string; readonly binary?: string };
const sentOf = (outcome: Outcome): readonly Sent[] => outcome.sent as readonly Sent[];
const opOf = ({ text, binary }: Sent): number =>
  text === undefined ? Number.parseInt((binary ?? "").slice(0, 2), 16) : JSON.parse(text).op;

/** A client whose messages from the gateway go through `act` first. */
const receiving = (
  act: (
    message: ServerMessage,
    right: (message: ServerMessage) => Outcome,
    all: Handlers,
    name: string,
  ) => Outcome,
) =>
  change("client.receive", (request, right, all) => {
    const message = decodeServerMessage(request.text ?? request.binary ?? "");
    const give = (other: ServerMessage): Outcome => {
      const data = encodeServerMessage(other);
      const field = typeof data === "string" ? { text: data } : { binary: data };
      return (right as Receive)({ name: request.name, ...field });
    };
    return act(message, give, all, request.name);
  });

const joined = (...outcomes: readonly Outcome[]): Outcome => ({
  ...(outcomes.at(-1) as Outcome),
  sent: outcomes.flatMap(sentOf),
  events: outcomes.flatMap(({ events }) => events as unknown[]),
});
const adding = (outcome: Outcome, d: object): Outcome => ({
  ...outcome,
  sent: [...sentOf(outcome), { text: JSON.stringify(d) }],
});
const without = (outcome: Outcome, op: number): Outcome => ({
  ...outcome,
  sent: sentOf(outcome).filter((sent) => opOf(sent) !== op),
});

const ignoredOp = (outcome: Outcome, opcode: number): boolean =>
  (outcome.events as { type: string; op?: number }[]).some(
    ({ type, op }) => type === "ignored" && op === opcode,
  );

const clients: readonly BrokenPeer[] = [
  broken(
    "op 23 for id 0",
    "E29",
    "race",
    receiving((m, right) => {
      const outcome = right(m);
      return (m.op === 29 || m.op === 30) && m.transitionId === 0
        ? adding(outcome, { op: 23, d: { transition_id: 0 } })
        : outcome;
    }),
  ),
  broken(
    "never ready for a transition",
    "E29",
    "race",
    receiving((m, right) => without(right(m), 23)),
  ),
  broken(
    "sender switches early",
    "M2",
    "race",
    receiving((m, right) => {
      const outcome = right(m);
      return m.op === 29 && m.transitionId > 0
        ? joined(outcome, right({ op: 22, transitionId: m.transitionId }))
        : outcome;
    }),
  ),
  broken(
    "sender never switches",
    "E22",
    "race",
    receiving((m, right) => (m.op === 22 ? right({ op: "unknown", opcode: 99, seq: m.seq }) : right(m))),
  ),
  broken(
    "op 24 takes the keys away",
    "M4",
    "race",
    receiving((m, right, all, name) => {
      if (m.op !== 24) return right(m);
      const identify = all["client.connection"] as Handler<"client.connection">;
      const gone = identify({ name, state: "identify" });
      return joined(without(gone, 26), without(right({ op: 4, protocolVersion: 1 }), 26), right(m));
    }),
  ),
  broken(
    "the sole member keeps its key",
    "E21",
    "race",
    receiving((m, right) =>
      m.op === 21 && m.transitionId === 0 ? right({ op: "unknown", opcode: 99, seq: m.seq }) : right(m),
    ),
  ),
  broken(
    "plaintext when not ready",
    "M5",
    "race",
    change("client.encrypt", (r, right) => {
      const answer = right(r);
      return answer.outcome === "not-ready" ? { ...answer, outcome: "plain", out: r.frame } : answer;
    }),
  ),
  broken(
    "plaintext from anybody",
    "M6",
    "race",
    change("client.decrypt", (r, right) => {
      const answer = right(r);
      return answer.outcome === "not-protocol-frame" ? { ...answer, outcome: "plain", out: r.frame } : answer;
    }),
  ),
  broken(
    "drops silence",
    "F10",
    "race",
    change("client.decrypt", (r, right) => {
      const answer = right(r);
      return answer.outcome === "silence" ? { ...answer, outcome: "failed", out: null } : answer;
    }),
  ),
  broken("sequence numbers unread", "O2", "race", () => {
    let seq = 0;
    return receiving((m, right) => {
      const outcome = right(m.seq === undefined ? m : { ...m, seq: ++seq });
      // The group knows the commit by then: that the message was taken again shows in the answer alone.
      const again = m.op === 29 && ignoredOp(outcome, 29);
      return again ? adding(outcome, { op: 23, d: { transition_id: m.transitionId } }) : outcome;
    })();
  }),
  broken(
    "a key package too many",
    "E4",
    "race",
    receiving((m, right) => {
      const outcome = right(m);
      const made = sentOf(outcome).filter((sent) => opOf(sent) === 26);
      return m.op === 25 ? outcome : { ...outcome, sent: [...sentOf(outcome), ...made] };
    }),
  ),
  broken(
    "recovery without op 31",
    "E31",
    "race",
    receiving((m, right) => without(right(m), 31)),
  ),
  broken(
    "recovery in the wrong order",
    "E31",
    "race",
    receiving((m, right) => {
      const outcome = right(m);
      return sentOf(outcome).some((sent) => opOf(sent) === 31)
        ? { ...outcome, sent: [...sentOf(outcome)].reverse() }
        : outcome;
    }),
  ),
  broken(
    "a batch taken one by one",
    "E27",
    "race",
    receiving((m, right) => {
      const payload = m.op === 27 ? parseProposals(m.body) : undefined;
      if (payload?.operation !== "append" || payload.messages.length < 2) return right(m);
      return joined(...payload.messages.map((message) => right({ op: 27, body: appendBody([message]) })));
    }),
  ),
  broken(
    "flags an old welcome",
    "E30",
    "race",
    receiving((m, right) => {
      const outcome = right(m);
      return m.op === 30 && ignoredOp(outcome, 30)
        ? adding(outcome, { op: 31, d: { transition_id: m.transitionId } })
        : outcome;
    }),
  ),
  broken(
    "flags a foreign commit",
    "E29",
    "race",
    receiving((m, right) => {
      const outcome = right(m);
      return m.op === 29 && ignoredOp(outcome, 29)
        ? adding(outcome, { op: 31, d: { transition_id: m.transitionId } })
        : outcome;
    }),
  ),
  broken(
    "forgets what the resume owes",
    "O3",
    "race",
    receiving((m, right) => (m.op === 9 ? without(right(m), 26) : right(m))),
  ),
  broken(
    "an early op 22 forgotten",
    "E22",
    "race",
    (() => {
      const announced = new Set<number>();
      return receiving((m, right) => {
        if (m.op === 29 || m.op === 30 || m.op === 21) announced.add(m.transitionId);
        const early = m.op === 22 && !announced.has(m.transitionId);
        return early ? right({ op: "unknown", opcode: 99, seq: m.seq }) : right(m);
      });
    })(),
  ),
  broken(
    "op 13 deaf to those who left",
    "E13",
    "race",
    receiving((m, right, all, name) => {
      const outcome = right(m);
      if (m.op !== 13) return outcome;
      const advance = all["client.advance_clock"] as Handler<"client.advance_clock">;
      return joined(outcome, advance({ name, ms: 10_001 }));
    }),
  ),
];

export const BROKEN_PEERS: readonly BrokenPeer[] = [...frames, ...keys, ...sessions, ...clients];
