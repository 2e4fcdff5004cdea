// Hostile input: prefixes, bit flips and random changes of recorded messages, at every entry point. Nothing but MlsError
// comes out, the state is as before, and what is refused for its structure is refused at once.
import { describe, expect, it } from "vitest";
import * as mls from "../../src/internals.ts";
import { platformCrypto as crypto } from "../support/crypto.ts";
import { seeded } from "../support/seeded.ts";
import { bytes, type Json, loadVectors } from "../support/vectors.ts";
import { add, groupOf, makeWorld, newBundle } from "../support/world.ts";

const { cases: welcomes } = loadVectors("libdave/session-welcome");
const { cases: sessions } = loadVectors("libdave/session-commits");
const structures = loadVectors("mlspp/messages")[0] as Record<string, string>;

/** Runs `body`; anything but success or an MlsError is a failure of the test. */
function attempt(body: () => unknown): boolean {
  try {
    body();
    return true;
  } catch (error) {
    if (!(error instanceof mls.MlsError)) throw error;
    expectNothingOfTheInput(error);
    return false;
  }
}

/** An error tells rule and field, never bytes: neither its message nor anything else that printing it would show. */
function expectNothingOfTheInput(error: mls.MlsError): void {
  const worded =
    /^(rule [\d.]+-\d+( at [\w.[\]]+)?|[a-zA-Z]+: expected [^0-9]{1,60}(, got [a-zA-Z ]+)?|(P-256|[a-zA-Z .,'])+)$/;
  if (!worded.test(error.message)) expect(error.message).toMatch(worded);
  for (const [name, value] of Object.entries(error))
    if (!["code", "rule", "path", "name"].includes(name) || !["string", "undefined"].includes(typeof value))
      expect(name).toBe("");
}

function* prefixes(original: Uint8Array, most = 400): Generator<Uint8Array> {
  const step = Math.max(1, Math.floor(original.length / most));
  for (let length = 0; length < original.length; length += step) yield original.slice(0, length);
}
function* bitFlips(original: Uint8Array, most = 400): Generator<Uint8Array> {
  const step = Math.max(1, Math.floor((original.length * 8) / most));
  for (let bit = 0; bit < original.length * 8; bit += step) {
    const copy = original.slice();
    copy[bit >> 3]! ^= 1 << (bit & 7);
    yield copy;
  }
}
function* randomChanges(original: Uint8Array, count: number, seed: string): Generator<Uint8Array> {
  const random = seeded(`hostile/${seed}`);
  for (let i = 0; i < count; i++) {
    const at = random.below(original.length);
    const length = random.below(Math.min(40, original.length - at) + 1);
    const inserted = random.bytes(random.below(3) === 0 ? random.below(20) : length);
    yield mls.concat(original.subarray(0, at), inserted, original.subarray(at + length));
  }
}
function* changed(original: Uint8Array, seed: string, count = 300): Generator<Uint8Array> {
  yield* prefixes(original);
  yield* bitFlips(original);
  yield* randomChanges(original, count, seed);
}

function importCase(recorded: Json): mls.KeyPackageBundle {
  return mls.importKeyPackage(crypto, {
    keyPackage: bytes(recorded.keyPackage),
    initPrivateKey: bytes(recorded.initPrivateKey),
    leafPrivateKey: bytes(recorded.leafPrivateKey),
    signaturePrivateKey: bytes(recorded.signaturePrivateKey),
  });
}

describe("decoders", () => {
  const bodies: Record<string, mls.Codec<unknown>> = {
    ratchet_tree: mls.ratchetTreeCodec,
    group_secrets: mls.groupSecretsCodec,
    commit: mls.commitCodec,
  };
  it.each(Object.keys(structures).filter((name) => !name.endsWith("_proposal")))("%s", (name) => {
    const codec = bodies[name] ?? mls.mlsMessageCodec;
    let refused = 0;
    for (const input of changed(bytes(structures[name]!), name, 2000)) {
      const accepted = attempt(() => {
        if (!mls.equalBytes(codec.encode(codec.decode(input)), input)) throw new Error("encodes otherwise");
      });
      if (!accepted) refused++;
    }
    expect(refused).toBeGreaterThan(300);
  });
});

describe("entry points", () => {
  it("Group.join takes no changed Welcome", () => {
    const recorded = welcomes[0];
    const keyPackage = importCase(recorded);
    const welcome = bytes(recorded.welcome);
    for (const input of changed(welcome, "welcome")) {
      if (mls.hex(input) === recorded.welcome) continue;
      // Entries for other members may change without our noticing; there are none here.
      expect(attempt(() => mls.Group.join(crypto, { welcome: input, keyPackage }))).toBe(false);
    }
    expect(mls.Group.join(crypto, { welcome, keyPackage }).epoch).toBe(BigInt(recorded.after.epoch));
  });

  it("receiveProposal and processCommit take no changed message, and the state stays", () => {
    const recorded = sessions[0];
    const keyPackage = importCase(recorded);
    const group = mls.Group.join(crypto, { welcome: bytes(recorded.welcome), keyPackage });
    const [epoch] = recorded.epochs;
    const reader = new mls.Reader(bytes(epoch.proposals).subarray(1));
    const body = mls.opaque.read(reader);
    const inner = new mls.Reader(body);
    const first = mls.mlsMessageCodec.encode(mls.mlsMessageCodec.read(inner));
    const cached: mls.CachedProposal[] = [];
    for (const all = new mls.Reader(body); all.remaining > 0; ) {
      cached.push(group.receiveProposal(mls.mlsMessageCodec.encode(mls.mlsMessageCodec.read(all))));
    }
    const before = mls.hex(group.epochAuthenticator) + mls.hex(group.treeHash);
    for (const input of changed(first, "proposal")) {
      if (mls.equalBytes(input, first)) continue;
      expect(attempt(() => group.receiveProposal(input))).toBe(false);
    }
    const commit = bytes(epoch.commit);
    for (const input of changed(commit, "commit")) {
      if (mls.equalBytes(input, commit)) continue;
      expect(attempt(() => group.processCommit(input, cached))).toBe(false);
    }
    expect(mls.hex(group.epochAuthenticator) + mls.hex(group.treeHash)).toBe(before);
    const done = group.processCommit(commit, cached);
    expect(done.outcome === "next" && mls.hex(done.group.epochAuthenticator)).toBe(
      epoch.after.epochAuthenticator,
    );
  });

  it("importKeyPackage and proposalRef", () => {
    const recorded = welcomes[0];
    for (const input of changed(bytes(recorded.keyPackage), "key package", 100)) {
      attempt(() => importCase({ ...recorded, keyPackage: mls.hex(input) }));
      attempt(() => mls.proposalRef(crypto, input));
    }
    expect(attempt(() => importCase({ ...recorded, keyPackage: "" }))).toBe(false);
  });

  it("signed proposals around changed key packages", () => {
    const world = makeWorld(crypto);
    const [group] = groupOf(world, ["a", "b"]) as [mls.Group];
    const { bytes: keyPackage } = newBundle(crypto, "c");
    for (const input of randomChanges(keyPackage, 200, "signed")) {
      if (mls.equalBytes(input, keyPackage)) continue;
      const taken = attempt(() =>
        group.receiveProposal(world.propose(group, add(mls.keyPackageCodec.decode(input)))),
      );
      expect(taken).toBe(false);
    }
  });
});

describe("large input", () => {
  const MEGABYTE = 1 << 20;
  const inputs: [string, Uint8Array][] = [
    ["zeros", new Uint8Array(MEGABYTE)],
    ["ones", new Uint8Array(MEGABYTE).fill(1)],
    ["a tree of blanks", mls.opaque.encode(new Uint8Array(MEGABYTE - 4))],
    ["a megabyte of random bytes", seeded("large").bytes(MEGABYTE)],
    ["a vector of one-byte vectors", mls.opaque.encode(new Uint8Array(MEGABYTE - 4).fill(0))],
  ];
  const CODECS: mls.Codec<unknown>[] = [
    mls.mlsMessageCodec,
    mls.ratchetTreeCodec,
    mls.welcomeCodec,
    mls.keyPackageCodec,
    mls.commitCodec,
  ];
  it.each(inputs)("%s is refused or read, without anything but MlsError", (_name, input) => {
    for (const codec of CODECS) {
      const accepted = attempt(() => {
        const value = codec.decode(input);
        if (codec === mls.ratchetTreeCodec) mls.RatchetTree.from(value as never);
      });
      expect(accepted).toBe(false);
    }
  });
  it("a vector's length beyond the input allocates nothing", () => {
    expect(attempt(() => mls.opaque.decode(Uint8Array.of(0xbf, 0xff, 0xff, 0xff)))).toBe(false);
  });
});
