// RFC 9420 §5.3 Credentials.
import { type Codec, enumeration, opaque, struct, u16, variant, vector } from "../codec/codec.ts";

export type Credential =
  | { readonly credentialType: "basic"; readonly identity: Uint8Array }
  | { readonly credentialType: "x509"; readonly certificates: readonly Uint8Array[] };

export const CREDENTIAL_TYPES = { basic: 1, x509: 2 } as const;

export const credentialCodec: Codec<Credential> = /* @__PURE__ */ variant<Credential>(
  "credentialType",
  /* @__PURE__ */ enumeration(u16, CREDENTIAL_TYPES),
  {
    basic: /* @__PURE__ */ struct({ identity: opaque }),
    x509: /* @__PURE__ */ struct({ certificates: /* @__PURE__ */ vector(opaque) }),
  },
);
