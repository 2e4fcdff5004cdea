// Peer protocol 1, frames: `ratchet`, `cryptor`, `process_frame`, `parse_frame`, `encryptor.*`, `decryptor.*`

import { HashRatchet } from "@puredave/dave/protocol";
import {
  CODECS,
  type Codec,
  Decryptor,
  Encryptor,
  MEDIA_TYPES,
  type MediaType,
  openAead,
  parseFrame,
  ReceiverKey,
  SenderKey,
  sealAead,
  splitFrame,
} from "@puredave/frame-crypto";
import { createCryptoProvider } from "@puredave/mls";
import { toHex } from "../../bytes.ts";
import { type Handlers, Named, PeerRefusal } from "../peer.ts";
import { DECRYPT_CODES, ENCRYPT_CODES } from "../protocol.ts";
import { ratchetKeys, type Sessions } from "./session.ts";

const NONCE_LENGTH = 12;

export function codecOf(name: string): Codec {
  const codec = CODECS.find((known) => known === name);
  if (!codec) throw new PeerRefusal(`no codec ${JSON.stringify(name)}`);
  return codec;
}

export function mediaTypeOf(name: string): MediaType {
  const mediaType = MEDIA_TYPES.find((known) => known === name);
  if (!mediaType) throw new PeerRefusal(`no media type ${JSON.stringify(name)}`);
  return mediaType;
}

/** K3: the nonce is 8 zero bytes, then the counter, little endian. */
function counterOf(nonce: Uint8Array): number {
  if (nonce.length !== NONCE_LENGTH || nonce.subarray(0, 8).some((byte) => byte !== 0))
    throw new PeerRefusal("a nonce is 8 zero bytes and a 32-bit counter");
  return new DataView(nonce.buffer, nonce.byteOffset, nonce.byteLength).getUint32(8, true);
}

interface EncryptorSlot {
  readonly encryptor: Encryptor;
  /** K4: the counter belongs to the base secret, so a base installed again is the same key. */
  readonly keys: Map<string, SenderKey>;
  base: Uint8Array | undefined;
  /** A nonce set before there was a key, for the first one. */
  nonce: number | undefined;
}

interface DecryptorSlot {
  readonly decryptor: Decryptor;
  readonly floor: "first" | "start";
  /** K4: state belongs to the base secret, so a base installed again is the same key. */
  readonly keys: Map<string, ReceiverKey>;
  now: number;
  plaintextUntil: number;
}

interface KeySource {
  readonly base_secret?: Uint8Array | undefined;
  readonly session?: string | undefined;
  readonly user_id?: string | undefined;
}

function encryptCode(outcome: string, reason: string | undefined): number {
  if (outcome === "encrypted" || outcome === "plain") return ENCRYPT_CODES.ok;
  if (reason === "no-key") return ENCRYPT_CODES.noKey;
  return reason === "too-many-attempts" ? ENCRYPT_CODES.tooManyAttempts : ENCRYPT_CODES.failed;
}

function decryptCode(reason: string): number {
  if (reason === "no-key") return DECRYPT_CODES.noKey;
  if (reason === "replayed") return DECRYPT_CODES.replayed;
  return reason === "generation" ? DECRYPT_CODES.noCipher : DECRYPT_CODES.failed;
}

export class Frames {
  readonly #crypto = createCryptoProvider();
  readonly #sessions: Sessions;
  readonly #encryptors = new Named<EncryptorSlot>("encryptor");
  readonly #decryptors = new Named<DecryptorSlot>("decryptor");

  constructor(sessions: Sessions) {
    this.#sessions = sessions;
  }

  #base({ base_secret, session, user_id }: KeySource): Uint8Array {
    if (base_secret) return base_secret;
    if (session === undefined || user_id === undefined)
      throw new PeerRefusal("give base_secret, or session and user_id");
    const base = this.#sessions.baseSecret(session, user_id);
    if (!base) throw new PeerRefusal(`session ${JSON.stringify(session)} has no key of user ${user_id}`);
    return base;
  }

  #install(slot: EncryptorSlot, base: Uint8Array, key: SenderKey): void {
    slot.base = base;
    slot.nonce = undefined;
    slot.keys.set(toHex(base), key);
    slot.encryptor.setKey(key);
  }

  #senderKey(base: Uint8Array, counter: number): SenderKey {
    return new SenderKey(new HashRatchet(this.#crypto, base), { counter });
  }

  readonly #plain: Handlers = {
    "ratchet.keys": ({ base_secret, generations }) => ({
      keys: ratchetKeys(this.#crypto, base_secret, generations),
    }),
    "cryptor.encrypt": ({ key, nonce, aad, plaintext }) => {
      const { ciphertext, tag } = sealAead({ key, counter: counterOf(nonce), aad, plaintext });
      return { success: true, ciphertext, tag };
    },
    "cryptor.decrypt": ({ key, nonce, aad, ciphertext, tag }) => {
      const result = openAead({ key, counter: counterOf(nonce), aad, ciphertext, tag });
      return result.outcome === "opened"
        ? { success: true, plaintext: result.plaintext }
        : { success: false };
    },
    process_frame: ({ codec, frame }) => {
      const split = splitFrame(codecOf(codec), frame);
      return {
        unencrypted_ranges: split.ranges,
        unencrypted: split.clear,
        encrypted: split.encrypted,
        transformed: split.transformed,
      };
    },
    parse_frame: ({ frame }) => {
      const parsed = parseFrame(frame);
      if (parsed.outcome === "failed") return { is_encrypted: false };
      const { tag, nonce, ranges, aad, ciphertext } = parsed;
      return { is_encrypted: true, tag, nonce, ranges, authenticated: aad, ciphertext };
    },
  };

  readonly #encrypting: Handlers = {
    "encryptor.create": ({ name }) => {
      this.#encryptors.set(name, {
        encryptor: new Encryptor(),
        keys: new Map(),
        base: undefined,
        nonce: undefined,
      });
      return {};
    },
    "encryptor.set_key_ratchet": ({ name, ...source }) => {
      const slot = this.#encryptors.get(name);
      const base = this.#base(source);
      this.#install(slot, base, slot.keys.get(toHex(base)) ?? this.#senderKey(base, slot.nonce ?? 0));
      return {};
    },
    "encryptor.assign_ssrc_codec": ({ name, ssrc, codec }) => {
      this.#encryptors.get(name).encryptor.assignSsrcToCodec(ssrc, codecOf(codec));
      return {};
    },
    "encryptor.set_nonce": ({ name, nonce }) => {
      const slot = this.#encryptors.get(name);
      if (slot.base) this.#install(slot, slot.base, this.#senderKey(slot.base, nonce));
      else slot.nonce = nonce;
      return {};
    },
    "encryptor.set_passthrough": ({ name, passthrough }) => {
      this.#encryptors.get(name).encryptor.setPassthrough(passthrough);
      return {};
    },
    "encryptor.encrypt": ({ name, media_type, ssrc, frame }) => {
      const { encryptor } = this.#encryptors.get(name);
      const result = encryptor.encrypt({ mediaType: mediaTypeOf(media_type), ssrc, frame });
      const code = encryptCode(result.outcome, result.outcome === "failed" ? result.reason : undefined);
      if (result.outcome === "plain") return { code, out: result.frame };
      if (result.outcome !== "encrypted") return { code, out: null };
      const { nonce, generation, attempts } = result;
      return { code, out: result.frame, nonce, generation, attempts };
    },
  };

  readonly #decrypting: Handlers = {
    "decryptor.create": ({ name, s = 0, floor = "first" }) => {
      if (floor !== "first" && floor !== "start") throw new PeerRefusal(`no floor ${JSON.stringify(floor)}`);
      this.#decryptors.set(name, {
        ...{ decryptor: new Decryptor(), floor, keys: new Map() },
        now: s * 1000,
        plaintextUntil: 0,
      });
      return {};
    },
    "decryptor.transition_to_key_ratchet": ({ name, expiry_s, ...source }) => {
      const slot = this.#decryptors.get(name);
      const base = this.#base(source);
      const known = slot.keys.get(toHex(base));
      const options = { preparedAt: slot.now, floor: slot.floor };
      const key = known ?? new ReceiverKey(new HashRatchet(this.#crypto, base), options);
      slot.keys.set(toHex(base), key);
      for (const other of slot.decryptor.keys) slot.decryptor.expire(other, slot.now + expiry_s * 1000);
      slot.decryptor.install(key);
      slot.decryptor.revive(key);
      return {};
    },
    "decryptor.transition_to_passthrough": ({ name, passthrough, expiry_s }) => {
      const slot = this.#decryptors.get(name);
      // as libdave does: what is switched off never stays open for longer than it would have
      const end = Math.min(slot.plaintextUntil, slot.now + expiry_s * 1000);
      slot.plaintextUntil = passthrough ? Number.POSITIVE_INFINITY : end;
      slot.decryptor.setPlaintext(slot.plaintextUntil);
      return {};
    },
    "decryptor.decrypt": ({ name, media_type, frame }) => {
      const { decryptor, now } = this.#decryptors.get(name);
      const result = decryptor.decrypt({ mediaType: mediaTypeOf(media_type), frame, now });
      if (result.outcome === "failed") return { code: decryptCode(result.reason), out: null };
      return { code: DECRYPT_CODES.ok, out: result.frame };
    },
    "decryptor.advance_clock": ({ name, ms }) => {
      this.#decryptors.get(name).now += ms;
      return {};
    },
  };

  readonly handlers: Handlers = { ...this.#plain, ...this.#encrypting, ...this.#decrypting };
}
