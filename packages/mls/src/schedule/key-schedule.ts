// RFC 9420 §8 Key Schedule; §8.5 exporter; §8.7 epoch authenticator.
//
//   init_secret[n-1] ─ Extract ─ commit_secret           joiner_secret ─ Extract ─ psk_secret ─ welcome_secret
//                         └─ Expand "joiner" GroupContext ──┘               └─ Expand "epoch" GroupContext ─ epoch_secret
import { EMPTY } from "../bytes.ts";
import { extract } from "../crypto/hkdf.ts";
import { deriveSecret, expandWithLabel } from "../crypto/labels.ts";
import { type CryptoProvider, NH, NK, NN } from "../crypto/provider.ts";
import { Secret, wipe, withSecrets } from "../crypto/secret.ts";

/** What each epoch derives from its epoch secret, by the name of Table 4, with the label. */
const LABELS = {
  senderData: "sender data",
  encryption: "encryption",
  exporter: "exporter",
  external: "external",
  confirmation: "confirm",
  membership: "membership",
  resumption: "resumption",
  authentication: "authentication",
  init: "init",
} as const;
export type EpochSecretName = keyof typeof LABELS;
export type EpochSecrets = { readonly [K in EpochSecretName]: Secret<K> };

/** All-zero secret of `KDF.Nh` bytes: no path, no PSK. */
export const zeroSecret = (): Uint8Array => new Uint8Array(NH);

/** `joiner_secret`; `context` is the encoded GroupContext of the new epoch. */
export function joinerSecret(
  crypto: CryptoProvider,
  initSecret: Uint8Array,
  commitSecret: Uint8Array,
  context: Uint8Array,
): Uint8Array {
  const prk = extract(crypto, initSecret, commitSecret);
  const joiner = expandWithLabel(crypto, prk, "joiner", context, NH);
  wipe(prk);
  return joiner;
}

/** `KDF.Extract(joiner_secret, psk_secret)`: the secret between joiner and epoch. */
export const memberSecret = (crypto: CryptoProvider, joiner: Uint8Array, pskSecret: Uint8Array): Uint8Array =>
  extract(crypto, joiner, pskSecret);

/** §12.4.3.1 key and nonce that seal the GroupInfo of a Welcome. */
export function welcomeKey(
  crypto: CryptoProvider,
  member: Uint8Array,
): { key: Uint8Array; nonce: Uint8Array } {
  const welcomeSecret = deriveSecret(crypto, member, "welcome");
  const key = expandWithLabel(crypto, welcomeSecret, "key", EMPTY, NK);
  const nonce = expandWithLabel(crypto, welcomeSecret, "nonce", EMPTY, NN);
  wipe(welcomeSecret);
  return { key, nonce };
}

/** The secrets of an epoch. */
export function epochSecrets(crypto: CryptoProvider, member: Uint8Array, context: Uint8Array): EpochSecrets {
  const epochSecret = expandWithLabel(crypto, member, "epoch", context, NH);
  const secrets = secretsFromEpochSecret(crypto, epochSecret);
  wipe(epochSecret);
  return secrets;
}

/** Table 4: everything derived from `epoch_secret`. */
export const secretsFromEpochSecret = (crypto: CryptoProvider, epochSecret: Uint8Array): EpochSecrets =>
  Object.fromEntries(
    Object.entries(LABELS).map(([name, label]) => [
      name,
      new Secret(deriveSecret(crypto, epochSecret, label)),
    ]),
  ) as unknown as EpochSecrets;

/** §8.5 `MLS-Exporter(label, context, length)`. */
export const exportSecret = (
  crypto: CryptoProvider,
  exporter: Uint8Array,
  label: string,
  context: Uint8Array,
  length: number,
): Uint8Array =>
  withSecrets((toWipe) => {
    const secret = toWipe(deriveSecret(crypto, exporter, label));
    return expandWithLabel(crypto, secret, "exported", crypto.hash(context), length);
  });
