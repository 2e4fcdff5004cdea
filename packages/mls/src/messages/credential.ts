// RFC 9420 §5.3 Credentials.
import { type Codec, codec, enumeration, opaque, struct, u16, variant, vector } from "../codec/codec.ts";

/**
 * §5.3 Who a member is: a discriminated union on `credentialType`.
 *
 * `basic` has an `identity` of any length, `x509` the DER `certificates`, which are carried and not parsed.
 */
export type Credential =
  | { readonly credentialType: "basic"; readonly identity: Uint8Array }
  | { readonly credentialType: "x509"; readonly certificates: readonly Uint8Array[] };

export const CREDENTIAL_TYPES = { basic: 1, x509: 2 } as const;

/** Bytes that no DER encoding of an X.509 certificate does without: two names, two dates, a key, a signature. */
const SHORTEST_CERTIFICATE = 32;

const certificateCodec = /* @__PURE__ */ codec((r) => {
  const certificate = opaque.read(r);
  // An X.509 certificate has at least 32 bytes.
  if (certificate.length < SHORTEST_CERTIFICATE) r.fail("5.3-1");
  return certificate;
}, opaque.write);

/** §5.3 `Credential` on the wire. `decode` throws {@link MlsError} `malformed`, `too-large`, `unsupported`. */
export const credentialCodec: Codec<Credential> = /* @__PURE__ */ variant<Credential>(
  "credentialType",
  /* @__PURE__ */ enumeration(u16, CREDENTIAL_TYPES),
  {
    basic: /* @__PURE__ */ struct({ identity: opaque }),
    x509: /* @__PURE__ */ struct({ certificates: /* @__PURE__ */ vector(certificateCodec) }),
  },
);
