// 2000 mutated vectors into every decoding entry: typed errors and outcomes, nothing else
import { type SeededRandom as Random, SeededRandom, toHex } from "@puredave/conformance/portable";
import * as dave from "@puredave/dave";
import * as protocol from "@puredave/dave/protocol";
import * as frames from "@puredave/frame-crypto";
import * as mls from "@puredave/mls";
import { type Part, reason, Tally } from "./report.ts";
import { vectorFiles } from "./vectors.ts";

const INPUTS = 2000;
const SEED = 20261126;
const LONGEST = 4096;

function* byteStrings(value: unknown): Generator<Uint8Array> {
  if (value instanceof Uint8Array) yield value;
  else if (typeof value === "object" && value !== null)
    for (const inner of Object.values(value)) yield* byteStrings(inner);
}

function mutate(bytes: Uint8Array, random: Random): Uint8Array {
  const cut = random.int(0, bytes.length);
  switch (random.int(0, 3)) {
    case 0:
      return bytes.slice(0, cut);
    case 1:
      return Uint8Array.of(
        ...bytes.subarray(0, cut),
        ...random.bytes(random.int(1, 16)),
        ...bytes.subarray(cut),
      );
    case 2:
      // RFC 9420 §2.1.2: a length that lies
      return Uint8Array.of(
        ...bytes.subarray(0, cut),
        random.pick([0x3f, 0x7f, 0xbf, 0xff]),
        ...bytes.subarray(cut + 1),
      );
    default: {
      const copy = Uint8Array.from(bytes);
      for (let n = random.int(1, 4); n > 0 && copy.length > 0; n--)
        copy[random.int(0, copy.length - 1)]! ^= 1 << random.int(0, 7);
      return copy;
    }
  }
}

/** Latin 1, so that every byte counts. */
const textOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");

function entries(): Readonly<Record<string, (bytes: Uint8Array) => unknown>> {
  const crypto = mls.createCryptoProvider();
  const receiver = new frames.Decryptor();
  receiver.install(
    new frames.ReceiverKey(new protocol.HashRatchet(crypto, new Uint8Array(16)), { preparedAt: 0 }),
  );
  const output = new Uint8Array(1 << 16);
  const client = new dave.DaveClient({
    userId: "1",
    channelId: "2",
    send: () => {},
    clock: { now: () => 0 },
  });
  client.receive(JSON.stringify({ op: 4, d: { dave_protocol_version: 1 } }));
  return {
    keyPackage: (bytes) => mls.keyPackageCodec.decode(bytes),
    externalSender: (bytes) => mls.externalSenderCodec.decode(bytes),
    mlsMessage: (bytes) => mls.mlsMessageCodec.decode(bytes),
    proposal: (bytes) => mls.proposalCodec.decode(bytes),
    commit: (bytes) => mls.commitCodec.decode(bytes),
    welcome: (bytes) => mls.welcomeCodec.decode(bytes),
    groupInfo: (bytes) => mls.groupInfoCodec.decode(bytes),
    groupSecrets: (bytes) => mls.groupSecretsCodec.decode(bytes),
    groupContext: (bytes) => mls.groupContextCodec.decode(bytes),
    ratchetTree: (bytes) => mls.ratchetTreeCodec.decode(bytes),
    credential: (bytes) => mls.credentialCodec.decode(bytes),
    extension: (bytes) => mls.extensionCodec.decode(bytes),
    parseFrame: (bytes) => frames.parseFrame(bytes),
    ...Object.fromEntries(
      frames.CODECS.map((codec) => [
        `splitFrame ${codec}`,
        (bytes: Uint8Array) => frames.splitFrame(codec, bytes),
      ]),
    ),
    decrypt: (frame) => receiver.decrypt({ mediaType: "video", frame, now: 0 }),
    decryptInto: (frame) => receiver.decryptInto({ mediaType: "audio", frame, now: 0, output }),
    decodeServerMessage: (bytes) => protocol.decodeServerMessage(bytes),
    "decodeServerMessage, text": (bytes) => protocol.decodeServerMessage(textOf(bytes)),
    decodeClientMessage: (bytes) => protocol.decodeClientMessage(bytes),
    parseProposals: (bytes) => protocol.parseProposals(bytes),
    "client.receive": (bytes) => client.receive(bytes),
    "client.decrypt": (frame) => client.decrypt({ userId: "3", mediaType: "audio", frame }),
  };
}

const isTyped = (error: unknown): boolean =>
  error instanceof mls.MlsError ||
  error instanceof frames.FrameCryptoError ||
  error instanceof dave.DaveError;

export function hostile(): Part {
  const tally = new Tally("hostile inputs");
  const strings = [...byteStrings(vectorFiles)].filter(({ length }) => length <= LONGEST);
  for (const [name, act] of Object.entries(entries())) {
    const random = new SeededRandom(SEED).fork(name);
    let odd: string | undefined;
    for (let n = 0; n < INPUTS && odd === undefined; n++) {
      const bytes = mutate(random.pick(strings), random);
      try {
        act(bytes);
      } catch (error) {
        if (!isTyped(error)) odd = `input ${n}, ${toHex(bytes).slice(0, 200)}: ${reason(error)}`;
      }
    }
    tally.hold(`${name}, seed ${SEED}, ${odd ?? ""}`, odd === undefined);
  }
  return tally.part;
}
