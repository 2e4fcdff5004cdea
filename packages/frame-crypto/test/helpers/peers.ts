// A sender and a receiver under one key, without a ratchet behind it.
import {
  type BackendChoice,
  type Codec,
  Decryptor,
  Encryptor,
  type KeyRatchet,
  ReceiverKey,
  SenderKey,
} from "../../src/index.ts";

/** The same 16 bytes for every generation. */
export const fixedRatchet = (byte = 0x42): KeyRatchet => ({
  key: () => new Uint8Array(16).fill(byte),
  erase: () => undefined,
});

export const FIXED_KEY = new Uint8Array(16).fill(0x42);
export const SSRC = 7;

export function senderFor(codec: Codec, counter = 0, backend: BackendChoice = "portable") {
  const encryptor = new Encryptor({ backend });
  const key = new SenderKey(fixedRatchet(), { counter });
  encryptor.setKey(key);
  encryptor.assignSsrcToCodec(SSRC, codec);
  const mediaType = codec === "opus" ? "audio" : "video";
  const encrypt = (frame: Uint8Array) => encryptor.encrypt({ mediaType, ssrc: SSRC, frame });
  return { encryptor, key, mediaType, encrypt } as const;
}

export function receiver(backend: BackendChoice = "portable") {
  const decryptor = new Decryptor({ backend });
  const key = new ReceiverKey(fixedRatchet(), { preparedAt: 0 });
  decryptor.install(key);
  const decrypt = (frame: Uint8Array, now = 0) => decryptor.decrypt({ mediaType: "video", frame, now });
  return { decryptor, key, decrypt } as const;
}

/** Encrypts and decrypts; what the receiver gets, or the outcome that says why there is nothing. */
export function throughCall(codec: Codec, frame: Uint8Array): Uint8Array | string {
  const sent = senderFor(codec).encrypt(frame);
  if (sent.outcome !== "encrypted") return sent.outcome === "failed" ? sent.reason : sent.outcome;
  const got = receiver().decrypt(sent.frame);
  return got.outcome === "decrypted" ? got.frame : got.outcome;
}

/** M1, M3: the key becomes the newest, and every other key is valid until `until` at most. */
export function transitionTo(decryptor: Decryptor, key: ReceiverKey, until: number): void {
  for (const other of decryptor.keys) decryptor.expire(other, until);
  decryptor.install(key);
  decryptor.revive(key);
}
