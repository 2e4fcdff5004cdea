// R1: transport encryption between client and SFU, beneath DAVE: the two modes `*_rtpsize`.

import { checkBytes, checkOptionNames, DaveError, expectOneOf, expectThat } from "../errors.ts";
import { rtpHeaderLength } from "../rtp.ts";
import { type Aead, aesGcm, TAG_LENGTH, workingPlatformAes, xchacha } from "./aead.ts";
import { checkBits } from "./checks.ts";

/** A mode of transport encryption, as op 2 offers it and op 1 selects it. */
export type TransportMode = "aead_aes256_gcm_rtpsize" | "aead_xchacha20_poly1305_rtpsize";

/** The modes of this kit, the preferred one first. */
export const TRANSPORT_MODES: readonly TransportMode[] = /* @__PURE__ */ Object.freeze([
  "aead_aes256_gcm_rtpsize",
  "aead_xchacha20_poly1305_rtpsize",
] as const);

/** Bytes that a packet grows by: a tag of 16 and a counter of 4. */
export const TRANSPORT_OVERHEAD = 20;

const KEY_LENGTH = 32;
const COUNTER_LENGTH = 4;
const COUNTER_END = 0x1_0000_0000;

/**
 * The mode to select with op 1: the first of {@link TRANSPORT_MODES} that op 2 offers; `undefined` when it offers none.
 *
 * @throws {@link DaveError} `invalid-argument` when `offered` is no list
 * @example
 * ```ts
 * selectTransportMode(["aead_xchacha20_poly1305_rtpsize"]) // "aead_xchacha20_poly1305_rtpsize"
 * ```
 */
export function selectTransportMode(offered: readonly unknown[]): TransportMode | undefined {
  expectThat(Array.isArray(offered), "offered", "the list of modes of op 2", offered);
  return TRANSPORT_MODES.find((mode) => offered.includes(mode));
}

/** What became of a packet that was to be sent. */
export type SealOutcome =
  /** RTP header, ciphertext, tag and counter. Remedy: none, send it. */
  | { readonly outcome: "sealed"; readonly packet: Uint8Array }
  /**
   * `exhausted`: the key has sealed 2^32 packets, and one more would repeat a nonce. `closed`: the cipher was closed.
   * Remedy: identify anew; op 4 brings a new key.
   */
  | { readonly outcome: "refused"; readonly reason: "exhausted" | "closed" };

/** What became of a received packet. */
export type OpenOutcome =
  /** The payload: the body of a header extension first, padding last. Remedy: give it to `readRtp`. */
  | { readonly outcome: "opened"; readonly payload: Uint8Array }
  /**
   * `not-rtp`: no RTP packet. `too-short`: no room for header, tag and counter. `not-authentic`: another key or mode
   * sealed it, or it was changed on its way. `closed`: the cipher was closed. Remedy: drop the packet and count it.
   */
  | { readonly outcome: "failed"; readonly reason: "not-rtp" | "too-short" | "not-authentic" | "closed" };

/** Options of {@link TransportCipher}. */
export interface TransportCipherOptions {
  /** `auto` (default) takes the platform's AES-256-GCM where it works. XChaCha20-Poly1305 is always noble's. */
  readonly backend?: "auto" | "portable" | "platform" | undefined;
  /** The counter of the first packet, 0 to 2^32 - 1; default 0. Only for a key that has sealed packets before. */
  readonly counter?: number | undefined;
}

const BACKENDS = ["auto", "portable", "platform"] as const;
const OPTION_NAMES: { readonly [K in keyof TransportCipherOptions]-?: true } = {
  backend: true,
  counter: true,
};

function aeadOf(mode: TransportMode, key: Uint8Array, backend: string): Aead {
  if (mode === "aead_xchacha20_poly1305_rtpsize") return xchacha(key);
  const node = backend === "portable" ? undefined : workingPlatformAes();
  if (backend === "platform" && node === undefined)
    throw new DaveError("unsupported-runtime", "this runtime has no synchronous AES-256-GCM");
  return aesGcm(key, node);
}

/**
 * Transport encryption with the key of one op 4, in both directions.
 *
 * Keep one cipher for each key: two of them would use the same nonces. After a resume the key is the same, and so is
 * the cipher; after an op 4 with a new key it is closed and replaced.
 *
 * @example
 * ```ts
 * const cipher = new TransportCipher("aead_aes256_gcm_rtpsize", new Uint8Array(32));
 * const { header, payload } = writeRtp({ payloadType: 120, sequenceNumber: 1, timestamp: 960, ssrc: 7, frame });
 * const sealed = cipher.seal(header, payload);
 * if (sealed.outcome === "sealed") cipher.open(sealed.packet).outcome; // "opened"
 * ```
 */
export class TransportCipher {
  /** The mode of this cipher. */
  readonly mode: TransportMode;
  readonly #key: Uint8Array;
  readonly #aead: Aead;
  #counter: number;
  #closed = false;

  /**
   * @param secretKey 32 bytes, `secret_key` of op 4; copied
   * @throws {@link DaveError} `invalid-argument`; `unsupported-runtime` for the backend `platform` where there is none
   */
  constructor(mode: TransportMode, secretKey: Uint8Array, options: TransportCipherOptions = {}) {
    expectOneOf(TRANSPORT_MODES, mode, "mode");
    checkBytes(secretKey, "secretKey", KEY_LENGTH);
    checkOptionNames(options, OPTION_NAMES);
    const { backend = "auto", counter = 0 } = options;
    expectOneOf(BACKENDS, backend, "backend");
    checkBits(counter, 32, "counter");
    this.mode = mode;
    this.#key = Uint8Array.from(secretKey);
    this.#aead = aeadOf(mode, this.#key, backend);
    this.#counter = counter;
  }

  /**
   * Seals a payload: what goes over UDP is header, ciphertext, tag and counter.
   *
   * @param header the RTP header in the clear: 12 bytes, 4 for each CSRC, 4 more with an extension ({@link writeRtp})
   * @param payload the body of a header extension first, then the DAVE frame
   * @throws {@link DaveError} `invalid-argument`
   */
  seal(header: Uint8Array, payload: Uint8Array): SealOutcome {
    checkBytes(header, "header");
    checkBytes(payload, "payload");
    const exact = rtpHeaderLength(header) === header.length;
    expectThat(exact, "header", "an RTP header and nothing behind it", header);
    if (this.#closed) return { outcome: "refused", reason: "closed" };
    if (this.#counter >= COUNTER_END) return { outcome: "refused", reason: "exhausted" };
    const nonce = new Uint8Array(this.#aead.nonceLength);
    new DataView(nonce.buffer).setUint32(0, this.#counter++);
    const sealed = this.#aead.seal(nonce, header, payload);
    const packet = new Uint8Array(header.length + sealed.length + COUNTER_LENGTH);
    packet.set(header);
    packet.set(sealed, header.length);
    packet.set(nonce.subarray(0, COUNTER_LENGTH), header.length + sealed.length);
    return { outcome: "sealed", packet };
  }

  /**
   * Opens a received packet. Whatever its bytes are, it does not throw.
   *
   * @throws {@link DaveError} `invalid-argument` when `packet` is no Uint8Array
   */
  open(packet: Uint8Array): OpenOutcome {
    checkBytes(packet, "packet");
    if (this.#closed) return { outcome: "failed", reason: "closed" };
    if (packet.length === 0 || packet[0]! >> 6 !== 2) return { outcome: "failed", reason: "not-rtp" };
    const headerLength = rtpHeaderLength(packet);
    const end = packet.length - COUNTER_LENGTH;
    if (headerLength === undefined || end - TAG_LENGTH < headerLength)
      return { outcome: "failed", reason: "too-short" };
    const nonce = new Uint8Array(this.#aead.nonceLength);
    nonce.set(packet.subarray(end));
    const payload = this.#aead.open(
      nonce,
      packet.subarray(0, headerLength),
      packet.subarray(headerLength, end),
    );
    return payload === undefined
      ? { outcome: "failed", reason: "not-authentic" }
      : { outcome: "opened", payload };
  }

  /** Wipes the key. From then on `seal` answers `refused` and `open` answers `failed`. */
  close(): void {
    this.#closed = true;
    this.#key.fill(0);
  }

  /** The same as `close`. */
  [Symbol.dispose](): void {
    this.close();
  }
}
