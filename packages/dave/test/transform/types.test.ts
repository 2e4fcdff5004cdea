// The types of @puredave/dave/transform against the real ones: the DOM's, a worker's, Node's, and none at all.
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

const file = `${root}packages/dave/test/transform/program.ts`;
const parsed = new Map<string, ts.SourceFile | undefined>();

/** What the compiler says about one program, with these libraries and no others. */
function diagnose(source: string, options: { lib: string[]; types?: string[] }): string[] {
  const compilerOptions: ts.CompilerOptions = {
    ...{ strict: true, noEmit: true, skipLibCheck: true, exactOptionalPropertyTypes: true },
    ...{ allowImportingTsExtensions: true, noUncheckedIndexedAccess: true },
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: options.lib.map((name) => `lib.${name}.d.ts`),
    types: options.types ?? [],
    paths: {
      "@puredave/dave/transform": [`${root}packages/dave/src/transform.ts`],
      "@puredave/*": [`${root}packages/*/src/index.ts`],
    },
  };
  const host = ts.createCompilerHost(compilerOptions);
  const { fileExists, getSourceFile } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.getSourceFile = (name, ...rest) => {
    if (name === file) return ts.createSourceFile(name, source, ts.ScriptTarget.ES2022);
    if (!parsed.has(name)) parsed.set(name, getSourceFile(name, ...rest));
    return parsed.get(name);
  };
  const program = ts.createProgram([file], compilerOptions, host);
  const main = program.getSourceFile(file)!;
  const found = [
    ...program.getOptionsDiagnostics(),
    ...program.getSyntacticDiagnostics(main),
    ...program.getSemanticDiagnostics(main),
  ];
  return found.map(({ messageText, start = 0 }) => {
    const line = main.getLineAndCharacterOfPosition(start).line - LINES_BEFORE;
    return `${line}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
}

const IMPORT = `
import { DaveClient } from "@puredave/dave";
import {
  createDaveWorker, decryptTransform, type EncodedFrame, encryptTransform, serveDaveWorker,
} from "@puredave/dave/transform";
const client = new DaveClient({ userId: "1", channelId: "2", send: () => {} });
`;
/** Lines of `IMPORT`, its last being the first of the program's own. */
const LINES_BEFORE = IMPORT.split("\n").length - 1;
const LIB = ["es2022", "esnext.disposable"];

describe("the DOM's types fit as they are", () => {
  it("on a page: frames, streams, senders, receivers, workers", () => {
    const page = `${IMPORT}
      declare const video: RTCEncodedVideoFrame, audio: RTCEncodedAudioFrame;
      const frames: EncodedFrame[] = [video, audio];
      const dave = createDaveWorker(new Worker("x"), {
        userId: "1", channelId: "2", send: (message) => new WebSocket("ws://x").send(message as Uint8Array<ArrayBuffer>),
        RTCRtpScriptTransform,
      });
      createDaveWorker(new MessageChannel().port1, { userId: 1n, channelId: 2n, send: () => {} });
      const connection = new RTCPeerConnection();
      dave.attachSender(connection.addTrack(new MediaStreamTrack()), { payloadTypes: new Map([[96, "vp8"]]) });
      connection.ontrack = ({ receiver }) => void dave.attachReceiver(receiver, "2");
      const sealed = encryptTransform(client, { mediaType: "audio" });
      declare const frameStream: ReadableStream<RTCEncodedAudioFrame>;
      const counted: number | undefined = sealed.counters.encrypted;
      const piped: ReadableStream<RTCEncodedAudioFrame> = frameStream
        .pipeThrough(sealed).pipeThrough(decryptTransform(client, { mediaType: "audio", userId: "2" }));
      const stream: TransformStream<RTCEncodedAudioFrame, RTCEncodedAudioFrame> = sealed;
      export { counted, frames, piped, stream };`;
    expect(diagnose(page, { lib: [...LIB, "dom", "dom.iterable"] })).toEqual([]);
  });

  it("in a dedicated worker", () => {
    const worker = `${IMPORT}
      declare const self: DedicatedWorkerGlobalScope;
      const served = serveDaveWorker(self, { clientOptions: ({ userId }) => ({ signaturePrivateKey: new Uint8Array(userId.length) }) });
      export const client0: DaveClient | undefined = served.clients[0];
      self.addEventListener("rtctransform", ({ transformer }) => {
        transformer.readable
          .pipeThrough(encryptTransform(client, { mediaType: "video", requestKeyFrame: () => transformer.generateKeyFrame() }))
          .pipeTo(transformer.writable);
      });`;
    expect(diagnose(worker, { lib: [...LIB, "webworker"] })).toEqual([]);
  });
});

it("Node's types fit: worker threads and web streams", () => {
  const node = `${IMPORT}
    import { MessageChannel, parentPort, Worker } from "node:worker_threads";
    import { TransformStream } from "node:stream/web";
    serveDaveWorker(parentPort!);
    serveDaveWorker(new MessageChannel().port1);
    createDaveWorker(new Worker("x"), { userId: "1", channelId: "2", send: () => {} });
    export const stream: TransformStream = encryptTransform(client, { mediaType: "audio" });`;
  expect(diagnose(node, { lib: LIB, types: ["node"] })).toEqual([]);
});

describe("without DOM and Node", () => {
  it("it compiles, and says what it has", () => {
    const bare = `${IMPORT}
      const sealed = encryptTransform(client, { mediaType: "audio", ssrc: 5 });
      const ends: { readable: unknown; writable: unknown } = sealed;
      export { ends };`;
    expect(diagnose(bare, { lib: LIB })).toEqual([]);
  });

  it("misuse is found by the compiler, line for line", () => {
    const misuse = [
      `encryptTransform(client, { mediaType: "text" });`,
      `decryptTransform(client, { mediaType: "audio" });`,
      `encryptTransform({}, { mediaType: "audio" });`,
      `createDaveWorker({ postMessage() {} }, { userId: "1", channelId: "2", send() {} });`,
      `encryptTransform(client, { mediaType: "audio", onFrame: ({ outcome }) => outcome === "decrypted" });`,
    ];
    const found = diagnose(`${IMPORT}${misuse.join("\n")}\nexport {};`, { lib: LIB });
    expect(found.map((text) => Number.parseInt(text, 10))).toEqual([0, 1, 2, 3, 4]);
  });
});
