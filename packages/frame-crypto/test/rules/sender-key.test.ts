// K3, K4 the sender's counter: used after it is raised, never twice under a key, on past 2^32.
import { describe, expect, it } from "vitest";
import { Encryptor, parseFrame, SenderKey } from "../../src/index.ts";
import { bytes, unhex } from "../helpers/bytes.ts";
import { fixedRatchet } from "../helpers/peers.ts";
import { TestRatchet } from "../helpers/ratchet.ts";

const audio = (ssrc = 1) => ({ mediaType: "audio", ssrc, frame: bytes(1, 2, 3) }) as const;
const baseSecret = unhex("000102030405060708090a0b0c0d0e0f");

describe("K3 counter", () => {
  it("the first frame carries nonce 1", () => {
    const encryptor = new Encryptor();
    encryptor.setKey(new SenderKey(fixedRatchet()));
    const sent = encryptor.encrypt(audio());
    expect(sent).toMatchObject({ nonce: 1, generation: 0, attempts: 1 });
    expect("frame" in sent && parseFrame(sent.frame)).toMatchObject({ outcome: "parsed", nonce: 1 });
  });
  it("one counter over all SSRCs and media", () => {
    const encryptor = new Encryptor();
    encryptor.setKey(new SenderKey(fixedRatchet()));
    encryptor.encrypt(audio(1));
    expect(encryptor.encrypt({ ...audio(2), mediaType: "video" })).toMatchObject({ nonce: 2 });
    expect(encryptor.encrypt(audio(1))).toMatchObject({ nonce: 3 });
  });
  it("generation is counter >> 24, and goes on when 32 bits wrap", () => {
    const encryptor = new Encryptor();
    const key = new SenderKey(fixedRatchet(), { counter: 2 ** 32 - 2 });
    encryptor.setKey(key);
    expect(encryptor.encrypt(audio())).toMatchObject({ nonce: 2 ** 32 - 1, generation: 255 });
    expect(encryptor.encrypt(audio())).toMatchObject({ nonce: 0, generation: 256 });
    expect(encryptor.encrypt(audio())).toMatchObject({ nonce: 1, generation: 256 });
    expect(key.counter).toBe(2 ** 32 + 1);
  });
  it("the tenth attempt's nonce may wrap: the frame still fits what was promised", () => {
    const encryptor = new Encryptor();
    encryptor.setKey(new SenderKey(fixedRatchet(), { counter: 2 ** 32 - 3 }));
    const frame = unhex("00000001650f0102");
    const most = encryptor.maxProtectedLength({ mediaType: "video", codec: "h264", frame });
    encryptor.assignSsrcToCodec(1, "h264");
    const sent = encryptor.encrypt({ mediaType: "video", ssrc: 1, frame });
    expect("frame" in sent && sent.frame.length).toBe(most);
  });
  it("ends where integers end", () => {
    const encryptor = new Encryptor();
    encryptor.setKey(new SenderKey(fixedRatchet(), { counter: Number.MAX_SAFE_INTEGER - 1 }));
    expect(encryptor.encrypt(audio())).toMatchObject({ outcome: "encrypted" });
    expect(encryptor.encrypt(audio())).toEqual({ outcome: "failed", reason: "exhausted" });
    expect(encryptor.encrypt(audio())).toEqual({ outcome: "failed", reason: "exhausted" });
  });
  it("a ratchet without the generation: exhausted", () => {
    const encryptor = new Encryptor();
    encryptor.setKey(new SenderKey({ key: () => undefined, erase: () => undefined }));
    expect(encryptor.encrypt(audio())).toEqual({ outcome: "failed", reason: "exhausted" });
  });
});

describe("K4 the key outlives its installation", () => {
  it("installed again, it goes on counting", () => {
    const encryptor = new Encryptor();
    const [first, second] = [new SenderKey(fixedRatchet(1)), new SenderKey(fixedRatchet(2))];
    encryptor.setKey(first);
    encryptor.encrypt(audio());
    encryptor.setKey(second);
    expect(encryptor.encrypt(audio())).toMatchObject({ nonce: 1 });
    encryptor.setKey(undefined);
    expect(encryptor.encrypt(audio())).toEqual({ outcome: "failed", reason: "no-key" });
    encryptor.setKey(first);
    expect(encryptor.encrypt(audio())).toMatchObject({ nonce: 2 });
    const other = new Encryptor({ backend: "portable" });
    other.setKey(first);
    expect(other.encrypt(audio())).toMatchObject({ nonce: 3 });
  });
  it("derives a key once a generation, and lets older generations go", () => {
    const ratchet = new TestRatchet(baseSecret);
    const encryptor = new Encryptor({ backend: "portable" });
    encryptor.setKey(new SenderKey(ratchet, { counter: 2 ** 24 - 3 }));
    for (let i = 0; i < 5; i++) expect(encryptor.encrypt(audio())).toMatchObject({ outcome: "encrypted" });
    expect(ratchet.derivations).toBe(2);
    expect(ratchet.erased).toBe(0);
  });
  it("closed, it can be neither set nor used", () => {
    const encryptor = new Encryptor();
    const key = new SenderKey(fixedRatchet());
    encryptor.setKey(key);
    encryptor.encrypt(audio());
    key.close();
    expect(key.closed).toBe(true);
    expect(() => encryptor.encrypt(audio())).toThrow(expect.objectContaining({ code: "closed" }));
    expect(() => encryptor.setKey(key)).toThrow(expect.objectContaining({ code: "closed" }));
  });
});

describe("a closed encryptor", () => {
  it("has no key, and the key itself lives on", () => {
    const encryptor = new Encryptor();
    const key = new SenderKey(fixedRatchet());
    encryptor.setKey(key);
    encryptor.assignSsrcToCodec(1, "av1");
    encryptor.encrypt({ mediaType: "video", ssrc: 1, frame: unhex("3202aabb") });
    encryptor.close();
    expect(encryptor.key).toBeUndefined();
    expect(encryptor.encrypt(audio())).toEqual({ outcome: "failed", reason: "no-key" });
    encryptor.setKey(key);
    expect(encryptor.encrypt(audio())).toMatchObject({ nonce: 2 });
  });
});
