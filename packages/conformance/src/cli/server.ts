// `server`: a voice server on real sockets, every knob an option.
import { createWriteStream, mkdirSync, type WriteStream, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { DaveError, TRANSPORT_MODES } from "@puredave/dave/voice";
import { type Command, Option } from "commander";
import type { VoiceServerOptions } from "../server/options.ts";
import { DEFAULT_CHANNEL, DEFAULT_HEARTBEAT_MS } from "../server/options.ts";
import { PLAIN } from "../server/ranges.ts";
import { VoiceServer } from "../server/voice-server.ts";
import { EXIT, print, UsageError } from "./context.ts";
import { COMMANDS_HELP, obey } from "./server-commands.ts";
import { addKnobs, clientPaths, given, numberWithin } from "./server-knobs.ts";

interface Flags {
  readonly port: number;
  readonly udpPort: number;
  readonly channel: string;
  readonly seed: number;
  readonly heartbeatMs: number;
  readonly mode?: (typeof TRANSPORT_MODES)[number][];
  readonly repeatSpeaking: boolean;
  readonly client?: readonly string[];
  readonly certificate: string;
  readonly capture?: string;
  readonly events?: boolean;
  readonly [knob: string]: unknown;
}

/** Writes each user's capture into a file of their own. */
function captureInto(folder: string): (userId: string, line: string) => void {
  mkdirSync(folder, { recursive: true });
  const files = new Map<string, WriteStream>();
  return (userId, line) => {
    const file = files.get(userId) ?? createWriteStream(join(folder, `${userId}.jsonl`));
    files.set(userId, file);
    file.write(`${line}\n`);
  };
}

function optionsOf(flags: Flags): VoiceServerOptions {
  return {
    port: flags.port,
    udpPort: flags.udpPort,
    channelId: flags.channel,
    seed: flags.seed,
    heartbeatIntervalMs: flags.heartbeatMs,
    ...(flags.mode === undefined ? {} : { modes: flags.mode }),
    repeatSpeaking: flags.repeatSpeaking,
    knobs: given("", flags),
    paths: { control: given("control", flags), media: given("media", flags) },
    clients: clientPaths(flags.client ?? []),
    rtp: given("rtp", flags),
    limits: given("limit", flags),
    ...(flags.capture === undefined ? {} : { capture: captureInto(flags.capture) }),
    ...(flags.events
      ? { observe: (channel, event) => console.log(JSON.stringify({ channel, ...printable(event) })) }
      : {}),
  };
}

/** Events hold epochs as bigint. */
const printable = (event: object): object =>
  Object.fromEntries(
    Object.entries(event).map(([name, value]) => [name, typeof value === "bigint" ? Number(value) : value]),
  );

const introduction = (
  server: VoiceServer,
  file: string,
): string => `voice server on this machine, until Ctrl+C

  websocket    ${server.url}
  UDP          ${server.media.ip}:${server.media.port}
  certificate  ${file}

Point a client at it: give it the websocket's address as its voice endpoint, any ids (in digits) for user, server and
channel, any session id and token, and trust the certificate. For programs on Node, before they start:

  export NODE_EXTRA_CA_CERTS=${file}

Deno: deno run --cert ${file} …   Bun: new WebSocket(url, { tls: { ca: Bun.file("${file}") } })

${COMMANDS_HELP}`;

const finished = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });

/** Starts; an option that the server refuses is a mistake on the command line. */
async function started(options: VoiceServerOptions): Promise<VoiceServer> {
  try {
    return await VoiceServer.start(options);
  } catch (error) {
    throw error instanceof DaveError ? new UsageError(error.message) : error;
  }
}

async function runServer(flags: Flags): Promise<void> {
  const server = await started(optionsOf(flags));
  const file = resolve(flags.certificate);
  writeFileSync(file, server.certificate);
  process.stdout.write(introduction(server, file));
  const stop = obey(server, print);
  await finished();
  stop();
  await server.close();
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

const EXAMPLES = `
Examples:
  npm run conformance -- server --port 4430                    a plain server
  npm run conformance -- server --seed 7 --lose 0.05 --execute-early 0.3
                                                               trouble, the same again with the same seed
  npm run conformance -- server --client 158049329150427136:media-loss=0.1,control-max-delay-ms=300
                                                               a bad network for one client alone
  npm run conformance -- server --capture calls --events       what was said, for npm run conformance -- replay

From a script: import { VoiceServer } from "@puredave/conformance/server"; VoiceServer.start() takes the same knobs,
and its breakSocket, kick and race trouble one user, as do the lines "break USER", "kick USER CODE" and "race USER" that are
typed while the command runs. How to write a client: docs/bots.md.`;

export function addServer(program: Command, exit: (code: number) => void): void {
  const command = program
    .command("server")
    .description(
      "a voice server on the loopback interface: the simulated gateway on TLS websockets, the SFU on UDP",
    )
    .option("--port <n>", "port of the websocket; 0: a free one", numberWithin(PLAIN.port), 0)
    .option("--udp-port <n>", "port of the SFU; 0: a free one", numberWithin(PLAIN.udpPort), 0)
    .option("--channel <id>", "the channel of clients that name none (gateway version 8)", DEFAULT_CHANNEL)
    .option(
      "--seed <n>",
      "decides every choice that is left to chance: the same trouble again; keys are never the seed's",
      numberWithin(PLAIN.seed),
      1,
    )
    .option(
      "--heartbeat-ms <n>",
      "interval of op 8",
      numberWithin(PLAIN.heartbeatIntervalMs),
      DEFAULT_HEARTBEAT_MS,
    )
    .addOption(
      new Option("--mode <name...>", "modes that op 2 offers; default: both").choices([...TRANSPORT_MODES]),
    )
    .option("--no-repeat-speaking", "op 5 of those who speak is not repeated to newcomers")
    .addOption(
      new Option(
        "--client <user:name=value,…>",
        "the way to one client, in names of the options --control-… and --media-…; may be given again",
      ).argParser(collect),
    )
    .option("--certificate <file>", "where the certificate is written", "voice-server.pem")
    .option("--capture <dir>", "write a capture of each user there, secrets left out")
    .option("--events", "print what happens in the calls, one JSON object a line")
    .addHelpText("after", EXAMPLES);
  addKnobs(command);
  command.action(async (flags: Flags) => {
    await runServer(flags);
    exit(EXIT.ok);
  });
}
