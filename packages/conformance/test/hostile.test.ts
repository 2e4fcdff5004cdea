// Hostile input: cut-short, bit-flipped and oversized versions of every vector through every public decoding entry
// point. Nothing but the typed errors escapes, and what is refused leaves the state as it was.
// PUREDAVE_SEED replays a run, PUREDAVE_HOSTILE multiplies the number of mutations.
import * as dave from "@puredave/dave";
import * as frames from "@puredave/frame-crypto";
import * as mls from "@puredave/mls";
import { describe, expect, it } from "vitest";
import { SeededRandom } from "../src/sim/random.ts";
import type { Fields } from "../src/vectors/case.ts";
import { toHex } from "../src/vectors/fields.ts";
import { mutate, prefixes } from "./support/mutate.ts";
import { changed, fieldsOf, leaves, shippedFiles } from "./support/vectors.ts";

// Most of what is tried throws; the stacks would take most of the time.
Error.stackTraceLimit = 0;

const SEED = Number(process.env.PUREDAVE_SEED ?? 20261123);
const EFFORT = Number(process.env.PUREDAVE_HOSTILE ?? 1);
const files = shippedFiles();

/** Every byte string of every vector, once, with the place it was found at first. */
function allStrings(): Map<string, { readonly where: string; readonly bytes: Uint8Array }> {
  const found = new Map<string, { where: string; bytes: Uint8Array }>();
  for (const file of files)
    file.cases.forEach((vector, index) => {
      for (const path of leaves(vector)) {
        let bytes: Uint8Array | undefined;
        changed(vector, path, (leaf) => {
          if (leaf instanceof Uint8Array) bytes = leaf;
          return leaf;
        });
        if (bytes) found.set(toHex(bytes), { where: `${file.suite}/${index}.${path.join(".")}`, bytes });
      }
    });
  return found;
}

const isTyped = (error: unknown): boolean =>
  error instanceof mls.MlsError ||
  error instanceof frames.FrameCryptoError ||
  error instanceof dave.DaveError;

/** Runs an entry point; anything but a typed error is reported with what is needed to see it again. */
function withstand(
  name: string,
  where: string,
  bytes: Uint8Array,
  act: (bytes: Uint8Array) => unknown,
): void {
  const before = Uint8Array.from(bytes);
  const unchanged = () => {
    if (Buffer.compare(before, bytes) !== 0)
      throw new Error(`${name} changed its input (${where}, seed ${SEED})`);
  };
  try {
    act(bytes);
  } catch (error) {
    if (isTyped(error)) {
      unchanged();
      return;
    }
    throw new Error(`${name} on a version of ${where}, seed ${SEED}, ${toHex(bytes).slice(0, 4000)}`, {
      cause: error,
    });
  }
  unchanged();
}

const crypto = mls.createCryptoProvider();
const CODECS = {
  keyPackage: mls.keyPackageCodec,
  externalSender: mls.externalSenderCodec,
  mlsMessage: mls.mlsMessageCodec,
  proposal: mls.proposalCodec,
  commit: mls.commitCodec,
  welcome: mls.welcomeCodec,
  groupInfo: mls.groupInfoCodec,
  groupSecrets: mls.groupSecretsCodec,
  groupContext: mls.groupContextCodec,
  ratchetTree: mls.ratchetTreeCodec,
  credential: mls.credentialCodec,
  extension: mls.extensionCodec,
};

/** Whatever a codec accepts it writes again byte for byte: one value, one encoding. */
function decodeAndEncode(
  codec: { decode(b: Uint8Array): unknown; encode(v: never): Uint8Array },
  bytes: Uint8Array,
) {
  const value = codec.decode(bytes);
  if (Buffer.compare(codec.encode(value as never), bytes) !== 0)
    throw new Error("another encoding was accepted");
}

const now = 0;
const ratchet = new dave.HashRatchet(crypto, new Uint8Array(16));
const receiver = new frames.Decryptor();
receiver.install(new frames.ReceiverKey(ratchet, { preparedAt: now }));
const output = new Uint8Array(1 << 20);

const STATELESS: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
  ...Object.fromEntries(
    Object.entries(CODECS).map(([name, codec]) => [
      name,
      (bytes: Uint8Array) => decodeAndEncode(codec, bytes),
    ]),
  ),
  proposalRef: (bytes) => mls.proposalRef(crypto, bytes),
  decodeExternalSenders: (extensionData) => mls.decodeExternalSenders({ extensionType: 5, extensionData }),
  parseFrame: (bytes) => frames.parseFrame(bytes),
  decrypt: (frame) => receiver.decrypt({ mediaType: "video", frame, now }),
  decryptInto: (frame) => receiver.decryptInto({ mediaType: "audio", frame, now, output }),
  ...Object.fromEntries(
    frames.CODECS.map((codec) => [
      `splitFrame ${codec}`,
      (bytes: Uint8Array) => frames.splitFrame(codec, bytes),
    ]),
  ),
  decodeServerMessage: (bytes) => dave.decodeServerMessage(bytes),
  decodeClientMessage: (bytes) => dave.decodeClientMessage(bytes),
  "decodeServerMessage text": (bytes) => dave.decodeServerMessage(Buffer.from(bytes).toString("latin1")),
  parseProposals: (bytes) => dave.parseProposals(bytes),
  "op 25, 27, 29, 30": (bytes) => {
    for (const op of [25, 27, 29, 30])
      dave.decodeServerMessage(Uint8Array.of(0, 1, op, 0, 0, ...bytes.slice(0, 5000)));
  },
};

describe("every byte string of every vector through every decoder", () => {
  const strings = [...allStrings().values()];
  const random = new SeededRandom(SEED);
  const versions = strings.flatMap(({ where, bytes }) => {
    const own = random.fork(where);
    const mutations = Array.from({ length: Math.ceil(2 * EFFORT) }, () => mutate(bytes, own));
    return [...prefixes(bytes, own), ...mutations].map((version) => ({ where, version }));
  });

  it("there are thousands of them", () => {
    expect(strings.length).toBeGreaterThan(3000);
    expect(versions.length).toBeGreaterThan(50_000);
  });

  for (const [name, act] of Object.entries(STATELESS))
    it(name, () => {
      let tried = 0;
      for (const { where, version } of versions) {
        // Large ones are for a sample of the decoders' calls only: they cost time, not insight.
        if (version.length > 4096 && tried++ % 8 > 0) continue;
        withstand(name, where, version, act);
      }
      expect(versions.length).toBeGreaterThan(0);
    });
});

describe("key packages taken apart, made and checked", () => {
  const { base } = files.find(({ suite }) => suite === "session-reject")?.head ?? {};
  const keys = fieldsOf(base as never);
  const parts = ["keyPackage", "initPrivateKey", "leafPrivateKey", "signaturePrivateKey"] as const;
  const random = new SeededRandom(SEED).fork("key packages");

  it("importKeyPackage and validateKeyPackage", () => {
    const good = Object.fromEntries(parts.map((part) => [part, keys.bytes(part)])) as Record<
      (typeof parts)[number],
      Uint8Array
    >;
    expect(mls.importKeyPackage(crypto, good).bytes).toEqual(good.keyPackage);
    for (let n = 0; n < 2000 * EFFORT; n++) {
      const part = random.pick(parts);
      const bytes = mutate(good[part], random);
      const taken: string[] = [];
      withstand(`importKeyPackage, ${part}`, "session-reject base", bytes, (hostile) => {
        mls.importKeyPackage(crypto, { ...good, [part]: hostile });
        taken.push("importKeyPackage");
      });
      withstand("validateKeyPackage", "session-reject base", bytes, (hostile) => {
        mls.validateKeyPackage(crypto, mls.keyPackageCodec.decode(hostile));
        taken.push("validateKeyPackage");
      });
      // Whoever imports its own key package vouches for its signature; keys that do not belong to it are refused.
      expect(taken).toEqual(part === "keyPackage" ? taken.filter((name) => name === "importKeyPackage") : []);
    }
  });
});

/** A session as the vectors make it: before its welcome, or in the group. */
function sessionOf(member: Fields, joined: boolean): dave.DaveSession {
  const session = new dave.DaveSession({
    userId: member.text("userId"),
    channelId: member.text("groupId"),
    signaturePrivateKey: member.bytes("signaturePrivateKey"),
  });
  session.setExternalSender(member.bytes("externalSender"));
  session.startPendingGroup();
  session.importMember({
    keyPackage: member.bytes("keyPackage"),
    initPrivateKey: member.bytes("initPrivateKey"),
    leafPrivateKey: member.bytes("leafPrivateKey"),
  });
  if (joined) session.processWelcome(member.bytes("welcome"), member.texts("recognized"));
  return session;
}

/** All that shows from outside. */
const shown = (session: dave.DaveSession): unknown => [
  session.group,
  session.epoch,
  session.hasPendingGroup,
  session.queuedProposals,
  session.keyPackage && toHex(session.keyPackage),
  session.ownCommit?.commit,
  session.roster().size,
];

/** The Welcome with our entry alone (G7): then every byte of it is authenticated. */
function ownWelcome(member: Fields): Uint8Array {
  const ref = mls.keyPackageRef(crypto, mls.keyPackageCodec.decode(member.bytes("keyPackage")));
  const welcome = mls.welcomeCodec.decode(member.bytes("welcome"));
  const secrets = welcome.secrets.filter(({ newMember }) => toHex(newMember) === toHex(ref));
  return mls.welcomeCodec.encode({ ...welcome, secrets });
}

const TAKEN = new Set(["stored", "replaced", "commit", "queued", "adopted", "removed", "joined"]);

/** Gives hostile versions of `good`; none may be taken, throw, or leave a trace. */
function besiege(
  what: string,
  session: dave.DaveSession,
  good: Uint8Array,
  random: SeededRandom,
  act: (bytes: Uint8Array) => { readonly outcome: string },
  rounds: number,
): number {
  const before = shown(session);
  const versions = [...prefixes(good, random), ...Array.from({ length: rounds }, () => mutate(good, random))];
  for (const version of versions) {
    let outcome = "";
    try {
      outcome = act(version).outcome;
    } catch (error) {
      throw new Error(`${what} threw, seed ${SEED}: ${toHex(version).slice(0, 4000)}`, { cause: error });
    }
    if (TAKEN.has(outcome))
      throw new Error(`${what}: ${outcome}, seed ${SEED}: ${toHex(version).slice(0, 4000)}`);
    if (shown(session) === before || !shown(session)) throw new Error("the comparison compares nothing");
  }
  expect(shown(session)).toEqual(before);
  return versions.length;
}

describe("a session under siege", () => {
  const random = new SeededRandom(SEED).fork("session");
  const commits = files.find(({ suite }) => suite === "session-commits")?.cases ?? [];

  for (const [index, vector] of commits.entries())
    it(`session-commits/${index}: welcome, proposals and commits, hostile versions before each good one`, () => {
      const member = fieldsOf(vector);
      const session = sessionOf(member, false);
      const recognized = member.texts("recognized");
      let tried = 0;
      const welcome = ownWelcome(member);
      tried += besiege(
        "processWelcome",
        session,
        welcome,
        random,
        (b) => session.processWelcome(b, recognized),
        40 * EFFORT,
      );
      expect(session.processWelcome(welcome, recognized).outcome).toBe("joined");
      for (const epoch of member.maps("epochs")) {
        const users = epoch.texts("recognized");
        const proposals = epoch.bytes("proposals");
        const offer = (bytes: Uint8Array) => session.processProposals(bytes, users);
        tried += besiege("processProposals", session, proposals, random, offer, 40 * EFFORT);
        expect(offer(proposals).outcome).toBe("commit");
        const commit = epoch.bytes("commit");
        const judge = (bytes: Uint8Array) => session.processCommit(bytes);
        tried += besiege("processCommit", session, commit, random, judge, 40 * EFFORT);
        expect(judge(commit).outcome).toBe("adopted");
        expect(session.group?.epochAuthenticator).toEqual(epoch.map("after").bytes("epochAuthenticator"));
      }
      expect(tried).toBeGreaterThan(500);
    });

  it("setExternalSender", () => {
    const member = fieldsOf(commits[0] ?? {});
    const session = sessionOf(member, true);
    const good = member.bytes("externalSender");
    besiege(
      "setExternalSender",
      session,
      good,
      random,
      (bytes) => session.setExternalSender(bytes),
      500 * EFFORT,
    );
    expect(session.setExternalSender(good).outcome).toBe("unchanged");
  });
});

describe("Group under siege", () => {
  it("receiveProposal, processCommit and join throw MlsError only; the value stays good", () => {
    const random = new SeededRandom(SEED).fork("group");
    const vector = fieldsOf(files.find(({ suite }) => suite === "session-commits")?.cases[0] ?? {});
    const bundle = mls.importKeyPackage(crypto, {
      keyPackage: vector.bytes("keyPackage"),
      initPrivateKey: vector.bytes("initPrivateKey"),
      leafPrivateKey: vector.bytes("leafPrivateKey"),
      signaturePrivateKey: vector.bytes("signaturePrivateKey"),
    });
    const group = mls.Group.join(crypto, { welcome: vector.bytes("welcome"), keyPackage: bundle });
    const authenticator = toHex(group.epochAuthenticator);
    const [epoch] = vector.maps("epochs");
    const payload = dave.parseProposals((epoch as Fields).bytes("proposals"));
    const messages = payload && "messages" in payload ? payload.messages : [];
    expect(messages.length).toBeGreaterThan(0);
    const proposals = messages.map((message) => group.receiveProposal(message));
    const commit = (epoch as Fields).bytes("commit");
    for (let n = 0; n < 1500 * EFFORT; n++) {
      withstand("Group.receiveProposal", "epoch 1", mutate(random.pick(messages), random), (b) =>
        group.receiveProposal(b),
      );
      withstand("Group.processCommit", "epoch 1", mutate(commit, random), (b) =>
        group.processCommit(b, proposals),
      );
      const welcome = mutate(ownWelcome(vector), random);
      withstand("Group.join", "welcome", welcome, (b) =>
        mls.Group.join(crypto, { welcome: b, keyPackage: bundle }),
      );
    }
    expect(toHex(group.epochAuthenticator)).toBe(authenticator);
    const next = group.processCommit(commit, proposals);
    expect(next.kind === "next" && next.group.epochAuthenticator).toEqual(
      (epoch as Fields).map("after").bytes("epochAuthenticator"),
    );
  });
});

describe("a whole client under siege", () => {
  const strings = [...allStrings().values()].filter(({ bytes }) => bytes.length < 4096);

  it("receive and decrypt never throw, and nothing faults inside", () => {
    const random = new SeededRandom(SEED).fork("client");
    const faults: unknown[] = [];
    const client = new dave.DaveClient({
      userId: "1",
      channelId: "2",
      send: () => {},
      clock: { now: () => 0 },
      onFault: (fault) => faults.push(fault),
    });
    client.receive(JSON.stringify({ op: 4, d: { dave_protocol_version: 1 } }));
    let seq = 0;
    for (let n = 0; n < 6000 * EFFORT; n++) {
      const { bytes } = random.pick(strings);
      const body = mutate(bytes, random);
      const op = random.pick([25, 27, 29, 30, 26, 28, random.int(0, 255)]);
      seq = (seq + 1) & 0xffff;
      client.receive(Uint8Array.of(seq >> 8, seq & 255, op, ...body));
      client.receive(random.pick([body, body.slice().buffer, new DataView(body.slice().buffer)]));
      client.decrypt({ userId: "3", mediaType: random.pick(["audio", "video"]), frame: body });
    }
    expect(faults).toEqual([]);
    // It still works: a good message with the next number is applied.
    client.receive(JSON.stringify({ op: 11, d: { user_ids: ["9"] } }));
    expect(client.state).not.toBe("alone");
  });

  it("JSON of every shape is refused by an event at most", () => {
    const random = new SeededRandom(SEED).fork("json");
    const client = new dave.DaveClient({
      userId: "1",
      channelId: "2",
      send: () => {},
      clock: { now: () => 0 },
    });
    const odd = [
      null,
      true,
      -1,
      1.5,
      Number.MAX_VALUE,
      "",
      "x",
      "18446744073709551616",
      [],
      {},
      [[]],
      "__proto__",
    ];
    let heard = 0;
    client.on("ignored", () => heard++);
    for (let n = 0; n < 4000 * EFFORT; n++) {
      const fields = [
        "user_ids",
        "user_id",
        "protocol_version",
        "transition_id",
        "epoch",
        "dave_protocol_version",
      ];
      const d = Object.fromEntries(fields.map((field) => [field, random.pick(odd)]));
      const message = {
        op: random.pick([4, 11, 13, 21, 22, 24, 9, ...odd]),
        d: random.pick([d, d, d, ...odd]),
      };
      const text = JSON.stringify(message) ?? "";
      client.receive(random.chance(0.2) ? text.slice(0, random.int(0, text.length)) : text);
    }
    expect(heard).toBeGreaterThan(1000);
    expect(client.epoch).toBeUndefined();
  });
});
