// Suites over frames (protocol page §5): aead, frame-split, frame-parse, frame-encrypt, frame-decrypt
import type { Peer } from "../peers/peer.ts";
import { DECRYPT_CODES, ENCRYPT_CODES } from "../peers/protocol.ts";
import type { CaseContext, Suite } from "../runner/suite.ts";
import { asInt, asList, type Fields } from "../vectors/case.ts";
import { VectorError } from "../vectors/fields.ts";
import { aboutDecrypt, aboutEncrypt, aboutParse, aboutSplit } from "./about/frames.ts";

const SSRC = 1;
const mediaTypeOf = (codec: string): string => (codec === "opus" ? "audio" : "video");

function rangesOf(vector: Fields, name: string): number[][] {
  return vector
    .list(name)
    .map((range, index) => asList(range, `${vector.path}.${name}[${index}]`).map((n) => asInt(n, name)));
}

export const aead: Suite = {
  name: "aead",
  title: "AES-128-GCM with an 8-byte tag",
  rules: ["K3", "F1"],
  about: () => ({ flags: ["short-tag"] }),
  async run({ subject: { peer }, vector, check }) {
    const nonce = vector.bytes("nonce");
    check.equal(
      "the nonce ends with the counter, little endian",
      new DataView(nonce.buffer, nonce.byteOffset, nonce.byteLength).getUint32(8, true),
      vector.int("counter"),
      "K3",
    );
    const box = { key: vector.bytes("key"), nonce, aad: vector.bytes("aad") };
    const plaintext = vector.bytes("plaintext");
    const ciphertext = vector.bytes("ciphertext");
    const tag = vector.bytes("tag");
    const sealed = await peer.call("cryptor.encrypt", { ...box, plaintext });
    check.equal("sealing succeeds", sealed.success, true, "F1");
    check.bytes("ciphertext", sealed.ciphertext, ciphertext, "F1", "K3");
    check.bytes("tag", sealed.tag, tag, "F1", "K3");
    const opened = await peer.call("cryptor.decrypt", { ...box, ciphertext, tag });
    check.equal("opening succeeds", opened.success, true, "F1");
    check.bytes("plaintext", opened.plaintext, plaintext, "F1");
    const wrongTag = Uint8Array.from(tag, (byte, index) => (index === 7 ? byte ^ 1 : byte));
    const forged = await peer.call("cryptor.decrypt", { ...box, ciphertext, tag: wrongTag });
    check.equal("a tag with one bit changed is refused", forged.success, false, "F1");
    const wrongAad = Uint8Array.of(...box.aad, 0);
    const other = await peer.call("cryptor.decrypt", { ...box, aad: wrongAad, ciphertext, tag });
    check.equal("other authenticated data is refused", other.success, false, "F1");
  },
};

export const frameSplit: Suite = {
  name: "frame-split",
  title: "What stays clear, by codec",
  rules: ["F2", "C0", "C1", "C2", "C3", "C4", "C5", "C6"],
  about: aboutSplit,
  async run({ subject: { peer }, vector, check, about: { rules } }) {
    const codec = vector.text("codec");
    const split = await peer.call("process_frame", { codec, frame: vector.bytes("frame") });
    check.bytes("transformed frame", split.transformed, vector.bytes("transformed"), ...rules);
    check.same("clear ranges", split.unencrypted_ranges, rangesOf(vector, "ranges"), ...rules, "F2");
    check.bytes("clear bytes", split.unencrypted, vector.bytes("clear"), ...rules);
    check.bytes("bytes to encrypt", split.encrypted, vector.bytes("encrypted"), ...rules);
  },
};

export const frameParse: Suite = {
  name: "frame-parse",
  title: "The receiver's frame check",
  rules: ["F1", "F2", "F3", "F5"],
  about: aboutParse,
  async run({ subject: { peer }, vector, check, about: { rules } }) {
    const parsed = await peer.call("parse_frame", { frame: vector.bytes("frame") });
    check.equal("is a protocol frame", parsed.is_encrypted, vector.bool("protocolFrame"), ...rules);
    if (!vector.bool("protocolFrame")) return;
    check.bytes("tag", parsed.tag, vector.bytes("tag"), "F2");
    check.equal("nonce", parsed.nonce, vector.int("nonce"), "F2", "F3");
    check.same("clear ranges", parsed.ranges, rangesOf(vector, "ranges"), "F2", "F3");
    check.bytes("authenticated bytes", parsed.authenticated, vector.bytes("aad"), "F1");
    check.bytes("ciphertext", parsed.ciphertext, vector.bytes("ciphertext"), "F1");
  },
};

async function encryptStep(
  { subject: { peer }, check, about: { rules } }: CaseContext,
  frame: Fields,
): Promise<void> {
  const codec = frame.text("codec");
  await peer.call("encryptor.assign_ssrc_codec", { name: "case", ssrc: SSRC, codec });
  const sealed = await peer.call("encryptor.encrypt", {
    name: "case",
    media_type: mediaTypeOf(codec),
    ssrc: SSRC,
    frame: frame.bytes("frame"),
  });
  check.equal(`${frame.path}: code`, sealed.code, ENCRYPT_CODES.ok, "F6");
  check.bytes(`${frame.path}: frame`, sealed.out, frame.bytes("protected"), ...rules);
  if (typeof sealed.nonce === "number")
    check.equal(`${frame.path}: counter`, sealed.nonce, frame.int("counter"), "K3");
  if (typeof sealed.generation === "number")
    check.equal(`${frame.path}: generation`, sealed.generation, frame.int("generation"), "K3");
  if (typeof sealed.attempts === "number")
    check.equal(`${frame.path}: attempts`, sealed.attempts, frame.int("attempts"), "F7");
}

export const frameEncrypt: Suite = {
  name: "frame-encrypt",
  title: "The encryptor: counters, generations, start codes, trailer",
  rules: ["K3", "F6", "F7"],
  about: aboutEncrypt,
  async run(context) {
    const { vector } = context;
    const { peer } = context.subject;
    await peer.call("encryptor.create", { name: "case" });
    await peer.call("encryptor.set_key_ratchet", { name: "case", base_secret: vector.bytes("baseSecret") });
    await peer.call("encryptor.set_nonce", { name: "case", nonce: vector.int("counterBefore") });
    for (const frame of vector.maps("frames")) await encryptStep(context, frame);
  },
};

const RESULTS: Readonly<Record<string, number>> = {
  ok: DECRYPT_CODES.ok,
  failed: DECRYPT_CODES.failed,
  "no-key": DECRYPT_CODES.noKey,
  replayed: DECRYPT_CODES.replayed,
  "no-cipher": DECRYPT_CODES.noCipher,
};
const FAILURES = Object.values(RESULTS).filter((code) => code !== DECRYPT_CODES.ok);

async function decryptStep(
  peer: Peer,
  step: Fields,
  keys: number,
  { check, about: { rules } }: CaseContext,
): Promise<void> {
  const expected = RESULTS[step.text("result")];
  if (expected === undefined) throw new VectorError(`malformed vector: ${step.path}.result: unknown`);
  const media_type = step.has("media") ? step.text("media") : "audio";
  const opened = await peer.call("decryptor.decrypt", {
    name: "case",
    media_type,
    frame: step.bytes("frame"),
  });
  if (expected === DECRYPT_CODES.ok) {
    check.equal(`${step.path}: code`, opened.code, expected, ...rules);
    check.bytes(`${step.path}: frame`, opened.out, step.bytes("plain"), ...rules, "F9");
    return;
  }
  // Where two reasons apply any of them is right: with several keys in play each may have its own.
  check.oneOf(`${step.path}: code`, opened.code, keys > 1 ? FAILURES : [expected], ...rules);
  check.absent(`${step.path}: no frame comes out`, opened.out, "F8");
}

async function decryptorStep(peer: Peer, step: Fields): Promise<void> {
  const name = "case";
  switch (step.text("do")) {
    case "key":
      await peer.call("decryptor.transition_to_key_ratchet", {
        name,
        base_secret: step.bytes("baseSecret"),
        expiry_s: step.int("expiry"),
      });
      return;
    case "passthrough":
      await peer.call("decryptor.transition_to_passthrough", {
        name,
        passthrough: step.bool("on"),
        expiry_s: step.int("expiry"),
      });
      return;
    case "advance":
      await peer.call("decryptor.advance_clock", { name, ms: step.int("ms") });
      return;
    default:
      throw new VectorError(`malformed vector: ${step.path}.do: unknown`);
  }
}

export const frameDecrypt: Suite = {
  name: "frame-decrypt",
  title: "Decryptor scripts: replay, generations, expiry, plaintext, silence",
  rules: ["M3", "M6", "K3", "K4", "K5", "K6", "K7", "F5", "F8", "F9", "F10"],
  about: aboutDecrypt,
  async run(context) {
    const { vector } = context;
    const { peer } = context.subject;
    await peer.call("decryptor.create", { name: "case", s: 0, floor: "first" });
    let keys = 0;
    for (const step of vector.maps("steps")) {
      if (step.text("do") === "decrypt") await decryptStep(peer, step, keys, context);
      else await decryptorStep(peer, step);
      if (step.text("do") === "key") keys++;
    }
  },
};
