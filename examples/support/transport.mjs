// What RTP needs beneath DAVE: a header of 12 bytes, and transport encryption in Discord's aead_aes256_gcm_rtpsize
// mode: payload sealed, header authenticated, then the tag and a 32-bit counter as nonce.
import { createCipheriv, createDecipheriv } from "node:crypto";
import { OPUS_PAYLOAD_TYPE, rtpHeaderLength } from "@puredave/dave";

export const TRANSPORT_MODE = "aead_aes256_gcm_rtpsize";
const TAG = 16;
const COUNTER = 4;
/** 20 ms at 48 kHz. */
const SAMPLES = 960;

/** The counter, big-endian, in the first 4 of 12 bytes. */
const nonceOf = (counter) => Buffer.concat([counter, Buffer.alloc(8)]);

export class TransportCipher {
  #key;
  #sent = 0;

  /** @param key 32 bytes, `secret_key` of op 4 */
  constructor(key) {
    this.#key = Uint8Array.from(key);
  }

  seal(header, payload) {
    const counter = Buffer.alloc(COUNTER);
    counter.writeUInt32BE(++this.#sent);
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonceOf(counter)).setAAD(header);
    return Buffer.concat([header, cipher.update(payload), cipher.final(), cipher.getAuthTag(), counter]);
  }

  /** The payload; undefined when the packet is none of ours. */
  open(packet) {
    const header = rtpHeaderLength(packet);
    const end = packet.length - COUNTER - TAG;
    if (header === undefined || end < header) return undefined;
    const nonce = nonceOf(packet.subarray(end + TAG));
    const decipher = createDecipheriv("aes-256-gcm", this.#key, nonce, { authTagLength: TAG });
    decipher.setAAD(packet.subarray(0, header)).setAuthTag(packet.subarray(end, end + TAG));
    try {
      return Buffer.concat([decipher.update(packet.subarray(header, end)), decipher.final()]);
    } catch {
      return undefined;
    }
  }
}

/** RTP headers of one sender of Opus, 12 bytes each. */
export function* opusHeaders(ssrc) {
  for (let sequence = 0; ; sequence = (sequence + 1) & 0xffff) {
    const header = Buffer.alloc(12);
    header.set([0x80, OPUS_PAYLOAD_TYPE]);
    header.writeUInt16BE(sequence, 2);
    header.writeUInt32BE((sequence * SAMPLES) >>> 0, 4);
    header.writeUInt32BE(ssrc, 8);
    yield header;
  }
}
