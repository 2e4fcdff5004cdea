// The usual way to an encryptor: the backend is chosen, `auto` if nothing is said.
import { type BackendOptions, selectBackend } from "./aead/select.ts";
import { FrameEncryptor } from "./frame-encryptor.ts";

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
