// A strict consumer compiled against the unpacked tarballs, its libraries' declarations checked as well.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { entriesOf, LIBRARIES } from "./pack.ts";
import { run } from "./root.ts";

export interface Resolution {
  readonly module: string;
  readonly moduleResolution: string;
  /** Whose extension says whether the imports become `import` or `require`. */
  readonly file: "consumer.mts" | "consumer.cts";
  /** The first TypeScript that knows it; TypeScript 5.2 is the oldest supported. */
  readonly since?: number;
  /** The first TypeScript that has dropped it. */
  readonly until?: number;
}

/** TypeScript's `node16` is missing for CommonJS: it models Node 16, whose `require` knew no ES modules. */
const RESOLUTIONS: readonly Resolution[] = [
  { moduleResolution: "bundler", module: "esnext", file: "consumer.mts" },
  { moduleResolution: "node16", module: "node16", file: "consumer.mts" },
  { moduleResolution: "nodenext", module: "nodenext", file: "consumer.mts" },
  // since TypeScript 5.8 a CommonJS file may import an ES module, as `require` of every supported Node can
  { moduleResolution: "nodenext", module: "nodenext", file: "consumer.cts", since: 5.8 },
  { moduleResolution: "node16", module: "node20", file: "consumer.cts", since: 5.9 },
  // what a bot's tsconfig.json says when it says only "module": "commonjs"
  { moduleResolution: "node10", module: "commonjs", file: "consumer.cts", until: 7 },
  { moduleResolution: "bundler", module: "commonjs", file: "consumer.cts", since: 6 },
];

/** The ways of resolving modules that a version of TypeScript has. */
export const resolutionsOf = (version: number): readonly Resolution[] =>
  RESOLUTIONS.filter(({ since = 0, until = Infinity }) => since <= version && version < until);

export const titleOf = ({ module, moduleResolution, file }: Resolution): string =>
  `${file}, module ${module}, moduleResolution ${moduleResolution}`;

/** What a program of a user says, doors and errors included. */
const CONSUMER = `import { DaveClient, DaveError, type DaveClientOptions, type EncryptOutcome } from "@puredave/dave";
import { Encryptor, FrameCryptoError, selectBackend, type Codec } from "@puredave/frame-crypto";
import { createCryptoProvider, Group, MlsError, type KeyPackage } from "@puredave/mls";
import { deriveKeyPair } from "@puredave/mls/internals";
import { SessionMedia, transition, type TransitionState } from "@puredave/dave/protocol";
import { encryptTransform } from "@puredave/dave/transform";

declare const send: DaveClientOptions["send"];
const client = new DaveClient({ userId: "1", channelId: 2n.toString(), send });
const sent: EncryptOutcome = client.encrypt({ mediaType: "audio", ssrc: 1, frame: new Uint8Array(3) });
export const frame: Uint8Array | undefined = sent.outcome === "encrypted" ? sent.frame : undefined;
client.on("privacyCode", ({ current }) => current?.code.toUpperCase());
export const codec: Codec = "opus";
export const names: string[] = [selectBackend().name, createCryptoProvider().backend];
export const why = (error: DaveError | FrameCryptoError | MlsError): string => error.code;
export const parts = [Encryptor, Group, deriveKeyPair, encryptTransform, SessionMedia, transition] as const;
export type State = TransitionState;
export type Package = KeyPackage;
// @ts-expect-error a user id is text
new DaveClient({ userId: 1, channelId: "2", send });
`;

/** The first lines of the READMEs: a client, a worker and a bot on the sockets that the web declares. */
const ON_THE_WEB = `import { DaveClient } from "@puredave/dave";
import { createDaveWorker } from "@puredave/dave/transform";
import { VoiceConnection } from "@puredave/dave/voice";

declare const socket: WebSocket, worker: Worker, opus: Uint8Array;
const userId = "158049329150427136";
const channelId = "927310423890473011";
const client = new DaveClient({ userId, channelId, send: (message) => socket.send(message) });
socket.onmessage = ({ data }) => client.receive(data);
client.encrypt({ mediaType: "audio", ssrc: 1, frame: opus });

const dave = createDaveWorker(worker, { userId, channelId, send: (message) => socket.send(message) });
socket.onmessage = ({ data }) => dave.receive(data);

const voice: VoiceConnection = new VoiceConnection({
  client: new DaveClient({ userId, channelId, send: (message) => voice.send(message) }),
  credentials: { serverId: channelId, sessionId: "s", token: "t" },
  connect: (delayMs) => setTimeout(connect, delayMs),
  sendPacket: () => {},
});
function connect() {
  const opened = new WebSocket("wss://localhost/?v=9");
  const link = voice.open(opened);
  opened.onmessage = ({ data }) => link.message(data, performance.now());
  opened.onclose = ({ code }) => link.closed(code);
}
`;

/** Compiles what a web page says, with the DOM of this compiler; a complaint throws. */
export function typecheckOnTheWeb(folder: string, tsc: string): void {
  const place = join(folder, "types-web");
  mkdirSync(place, { recursive: true });
  const compilerOptions = {
    ...{ target: "es2022", lib: ["es2022", "dom"], types: [], module: "nodenext" },
    ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, noEmit: true },
  };
  const files = ["page.mts"];
  writeFileSync(join(place, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
  writeFileSync(join(place, "page.mts"), ON_THE_WEB);
  run(process.execPath, [tsc, "-p", place]);
}

/** Every entry that the libraries' manifests name: its declarations are found and checked too. */
const DOORS = LIBRARIES.flatMap(entriesOf)
  .map((entry, i) => `export * as door${i} from "${entry}";\n`)
  .join("");

/** Compiles the consumer under one way of resolving modules; a complaint throws. */
export function typecheck(folder: string, tsc: string, { moduleResolution, module, file }: Resolution): void {
  const place = join(folder, `types-${moduleResolution}-${module}-${file.slice(-3)}`);
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
  writeFileSync(join(place, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [file] }));
  writeFileSync(join(place, file), `${CONSUMER}${DOORS}`);
  run(process.execPath, [tsc, "-p", place]);
}
