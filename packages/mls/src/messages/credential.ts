// RFC 9420 §5.3 Credentials.
import { type Codec, enumeration, opaque, struct, u16, variant, vector } from "../codec/codec.ts";

/**
 * §5.3 Who a member is: a discriminated union on `credentialType`.
 *
 * `basic` has an `identity` of any length, `x509` the DER `certificates`, which are carried and not parsed.
 */
export type Credential =
  | { readonly credentialType: "basic"; readonly identity: Uint8Array }
  | { readonly credentialType: "x509"; readonly certificates: readonly Uint8Array[] };

export const CREDENTIAL_TYPES = { basic: 1, x509: 2 } as const;

/** §5.3 `Credential` on the wire. `decode` throws {@link MlsError} `malformed`, `too-large`, `unsupported`. */
export const credentialCodec: Codec<Credential> = /* @__PURE__ */ variant<Credential>(
  "credentialType",
  /* @__PURE__ */ enumeration(u16, CREDENTIAL_TYPES),
  {
    basic: /* @__PURE__ */ struct({ identity: opaque }),
    x509: /* @__PURE__ */ struct({ certificates: /* @__PURE__ */ vector(opaque) }),
  },
);
