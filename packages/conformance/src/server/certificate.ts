// A certificate for this run: self-signed, for the loopback interface, good for a week.
import { generate } from "selfsigned";

export interface Certificate {
  /** PEM; what a client has to trust. */
  readonly certificate: string;
  /** PEM. */
  readonly privateKey: string;
}

const WEEK_MS = 7 * 86_400_000;

/** Makes key and certificate for `localhost` and 127.0.0.1. */
export async function makeCertificate(): Promise<Certificate> {
  const now = Date.now();
  const made = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    curve: "P-256",
    // the default is SHA-1, which Deno and other strict clients refuse
    algorithm: "sha256",
    notBeforeDate: new Date(now - 3_600_000),
    notAfterDate: new Date(now + WEEK_MS),
    extensions: [
      // Deno refuses a certificate authority's certificate as a server's
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
        ],
      },
    ],
  });
  return { certificate: made.cert, privateKey: made.private };
}
