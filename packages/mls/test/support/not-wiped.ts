// The secrets that nobody can overwrite, because @noble/curves makes arrays of them and hands these to nobody: where it does.
// docs/security.md lists them by name, with its BigInts and strings.

export const NOT_WIPED: readonly { readonly name: string; readonly site: RegExp }[] = [
  {
    name: "the private key as bytes, and the seed of RFC 6979 that begins with it",
    site: /\bprepSig @noble\/curves/,
  },
  {
    name: "the keys, states and inputs of the generator of RFC 6979, and the nonce",
    site: /\bgenUntil @noble\/curves/,
  },
  {
    name: "the coordinates of a shared point",
    site: /\bpointToBytes @noble\/curves.*\bgetSharedSecret @noble\/curves/,
  },
];
