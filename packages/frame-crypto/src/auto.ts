// The usual door: the backend is chosen by name, `auto` if nothing is said.
import { type BackendOptions, selectBackend } from "./aead/select.ts";
import { FrameDecryptor } from "./decryptor.ts";
import { FrameEncryptor } from "./encryptor.ts";

/**
 * Turns codec frames into DAVE frames for one user: one key, one counter, any number of SSRCs.
 *
 * @example
 * ```ts
 * const encryptor = new Encryptor();
 * encryptor.setKey(new SenderKey(ratchet));
 * const result = encryptor.encrypt({ mediaType: "audio", ssrc: 1, frame });
 * if (result.outcome === "encrypted") send(result.frame);
 * ```
 */
export class Encryptor extends FrameEncryptor {
  /**
   * @param options which backend, see {@link BackendOptions}
   * @throws {@link FrameCryptoError} `invalid-argument`; `not-available` when `platform` is asked for and missing
   */
  constructor(options: BackendOptions = {}) {
    super(selectBackend(options));
  }
}

/**
 * Turns one user's DAVE frames back into codec frames.
 *
 * @example
 * ```ts
 * const decryptor = new Decryptor();
 * decryptor.install(new ReceiverKey(ratchet, { preparedAt: now }));
 * const result = decryptor.decrypt({ mediaType: "audio", frame, now });
 * if (result.outcome === "decrypted") play(result.frame);
 * ```
 */
export class Decryptor extends FrameDecryptor {
  /**
   * @param options which backend, see {@link BackendOptions}; `confirmReplays` as in {@link FrameDecryptor}, default false
   * @throws {@link FrameCryptoError} `invalid-argument`; `not-available` when `platform` is asked for and missing
   */
  constructor(options: BackendOptions & { readonly confirmReplays?: boolean } = {}) {
    super(selectBackend(options), options);
  }
}
