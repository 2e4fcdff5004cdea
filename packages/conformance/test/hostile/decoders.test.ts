// Hostile input: cut-short, bit-flipped and oversized versions of every vector through every public decoding entry
// point. Nothing but the typed errors escapes, and the input is left as it was.
import * as dave from "@puredave/dave/protocol";
import * as frames from "@puredave/frame-crypto";
import * as mls from "@puredave/mls";
import { describe, expect, it } from "vitest";
import { SeededRandom } from "../../src/sim/random.ts";
import { allStrings, crypto, EFFORT, files, SEED, withstand } from "../support/hostile.ts";
import { mutate, prefixes } from "../support/mutate.ts";
import { fieldsOf } from "../support/vectors.ts";

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
