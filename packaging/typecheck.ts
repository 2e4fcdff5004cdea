// A strict consumer compiled against the unpacked tarballs, its libraries' declarations checked as well.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./root.ts";

export const RESOLUTIONS = [
  ["bundler", "esnext"],
  ["node16", "node16"],
  ["nodenext", "nodenext"],
] as const;

/** What a program of a user says, doors and errors included. */
const CONSUMER = `import { DaveClient, DaveError, type DaveClientOptions, type EncryptOutcome } from "@puredave/dave";
import { Encryptor, FrameCryptoError, selectBackend, type Codec } from "@puredave/frame-crypto";
import { createCryptoProvider, Group, MlsError, type KeyPackage } from "@puredave/mls";
import { deriveKeyPair } from "@puredave/mls/internals";

declare const send: DaveClientOptions["send"];
const client = new DaveClient({ userId: "1", channelId: 2n.toString(), send });
const sent: EncryptOutcome = client.encrypt({ mediaType: "audio", ssrc: 1, frame: new Uint8Array(3) });
export const frame: Uint8Array | undefined = sent.outcome === "encrypted" ? sent.frame : undefined;
client.on("privacyCode", ({ privacyCode }) => privacyCode?.code.toUpperCase());
export const codec: Codec = "opus";
export const names: string[] = [selectBackend().name, createCryptoProvider().backend];
export const why = (error: DaveError | FrameCryptoError | MlsError): string => error.code;
export const parts = [Encryptor, Group, deriveKeyPair] as const;
export type Package = KeyPackage;
// @ts-expect-error a user id is text
new DaveClient({ userId: 1, channelId: "2", send });
`;

/** Compiles the consumer under one way of resolving modules; a complaint throws. */
export function typecheck(
  folder: string,
  tsc: string,
  [moduleResolution, module]: (typeof RESOLUTIONS)[number],
): void {
  const place = join(folder, `types-${moduleResolution}`);
  mkdirSync(place, { recursive: true });
  const compilerOptions = {
    target: "es2022",
    // no DOM, no @types/node: the declarations stand alone
    lib: ["es2022"],
    types: [],
    module,
    moduleResolution,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
  };
  writeFileSync(join(place, "package.json"), '{ "type": "module" }\n');
  writeFileSync(join(place, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["consumer.ts"] }));
  writeFileSync(join(place, "consumer.ts"), CONSUMER);
  run(process.execPath, [tsc, "-p", place]);
}
