// The usual way to a decryptor: the backend is chosen, `auto` if nothing is said.
import { type BackendOptions, selectBackend } from "./aead/select.ts";
import { checkOptions } from "./arguments.ts";
import { FrameDecryptor } from "./frame-decryptor.ts";

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
    checkOptions(options, ["backend", "changeover", "confirmReplays"]);
    const { confirmReplays, ...backend } = options;
    super(selectBackend(backend), confirmReplays === undefined ? {} : { confirmReplays });
  }
}
