// RFC 9420 §8.4, §12.1.4 Pre-shared keys: proposals, and the keys by their ids.
import { asKey, hex } from "../bytes.ts";
import { type CryptoProvider, NH } from "../crypto/provider.ts";
import { enforce } from "../errors.ts";
import type { ProposalHandler } from "../group/state.ts";
import type { GroupContext } from "../messages/group-context.ts";
import { type PreSharedKeyId, preSharedKeyIdCodec } from "../messages/proposal.ts";
import { pskSecret } from "../schedule/psk.ts";

/** Where keys come from; `undefined` for one that is not at hand. */
export interface PskStore {
  readonly external?: (pskId: Uint8Array) => Uint8Array | undefined;
  readonly resumption?: (groupId: Uint8Array, epoch: bigint) => Uint8Array | undefined;
}

/** `psk_secret` of ids in order. @throws MlsError `unknown-psk` */
export const pskSecretFrom =
  (store: PskStore) =>
  (crypto: CryptoProvider, ids: readonly PreSharedKeyId[]): Uint8Array => {
    // The number of PSKs fits the 16 bits in which it is hashed.
    enforce(ids.length <= 0xffff, "8.4-1", "too-large");
    const psks = ids.map((id) => {
      const psk =
        id.pskType === "external"
          ? store.external?.(id.pskId)
          : store.resumption?.(id.pskGroupId, id.pskEpoch);
      // Every PSK named is at hand.
      enforce(psk !== undefined, "12.4.2-7", "unknown-psk");
      return { id, psk };
    });
    return pskSecret(crypto, psks);
  };

/** §12.4.3.1 */
export function validateWelcomePsks(psks: readonly PreSharedKeyId[], { epoch }: GroupContext): void {
  const special = psks.filter((id) => id.pskType === "resumption" && id.usage !== "application");
  // Of PSKs for reinit or branch there is one at most.
  enforce(special.length <= 1, "12.4.3.1-16", "invalid-welcome");
  // A PSK for reinit or branch belongs to epoch 1 of a group.
  enforce(special.length === 0 || epoch === 1n, "12.4.3.1-17", "invalid-welcome");
}

export const pskHandler: ProposalHandler<"psk"> = {
  validate(_state, { psk }) {
    // A PSK's nonce has KDF.Nh bytes.
    enforce(psk.pskNonce.length === NH, "12.1.4-1", "invalid-proposal");
    const usual = psk.pskType === "external" || psk.usage === "application";
    // PSKs for reinit or branch belong to the first commit of the group that follows.
    enforce(usual, "12.1.4-2", "invalid-proposal");
  },
  apply(draft, { psk }) {
    const key = asKey(preSharedKeyIdCodec.encode(psk));
    // No PSK is named twice in a commit.
    enforce(!draft.psks.has(key), "12.2-4", "invalid-commit");
    draft.psks.set(key, psk);
  },
};

/** Remembers resumption PSKs of the epochs a member was in. */
export class ResumptionKeys {
  readonly #keys = new Map<string, Uint8Array>();

  /** Keeps the PSK of a group's epoch. */
  remember(groupId: Uint8Array, epoch: bigint, psk: Uint8Array): void {
    this.#keys.set(`${hex(groupId)}/${epoch}`, new Uint8Array(psk));
  }

  readonly find = (groupId: Uint8Array, epoch: bigint): Uint8Array | undefined =>
    this.#keys.get(`${hex(groupId)}/${epoch}`);
}
