// `server`: a voice server on real sockets, every knob an option.
import { createWriteStream, mkdirSync, type WriteStream, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { TRANSPORT_MODES } from "@puredave/dave/voice";
import { type Command, Option } from "commander";
import { LIMITS, PLAIN_RTP, type VoiceServerOptions } from "../server/options.ts";
import { VoiceServer } from "../server/voice-server.ts";
import { PLAIN_KNOBS } from "../sim/gateway/knobs.ts";
import { PLAIN_SFU } from "../sim/sfu.ts";
import { EXIT, UsageError } from "./context.ts";

type Numbers = Readonly<Record<string, number | boolean>>;

const CONTROL = { minDelayMs: 0, maxDelayMs: 0 };
const MEDIA = { ...PLAIN_SFU, ...CONTROL };

/** The groups of knobs, by the prefix of their options. */
const GROUPS = {
  "": ["gateway", PLAIN_KNOBS as unknown as Numbers],
  control: ["websocket", CONTROL],
  media: ["media to clients", MEDIA],
  rtp: ["RTP packets", PLAIN_RTP as unknown as Numbers],
  limit: ["limits", LIMITS as unknown as Numbers],
} as const satisfies Readonly<Record<string, readonly [string, Numbers]>>;

const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const flagOf = (prefix: string, name: string): string => `${prefix === "" ? "" : `${prefix}-`}${kebab(name)}`;

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0)
    throw new UsageError(`not a number of 0 or more: ${text}`);
  return value;
}

function switched(text: string): boolean {
  if (text !== "on" && text !== "off") throw new UsageError(`expected on or off: ${text}`);
  return text === "on";
}

const shown = (value: number | boolean): string =>
  typeof value === "boolean" ? (value ? "on" : "off") : String(value);

/** An option for each knob of each group, with its plain value. */
function addKnobs(command: Command): void {
  for (const [prefix, [title, knobs]] of Object.entries(GROUPS))
    for (const [name, standard] of Object.entries(knobs)) {
      const value = typeof standard === "boolean" ? "on|off" : "n";
      const option = new Option(
        `--${flagOf(prefix, name)} <${value}>`,
        `${title}: ${name} (plain: ${shown(standard)})`,
      );
      command.addOption(option.argParser<unknown>(typeof standard === "boolean" ? switched : number));
    }
}

const camel = (flag: string): string => flag.replaceAll(/-[a-z]/g, (pair) => pair[1]!.toUpperCase());

/** What was given of a group. */
function given(
  prefix: string,
  knobs: Numbers,
  flags: Readonly<Record<string, unknown>>,
): Record<string, never> {
  const named = Object.keys(knobs).map((name) => [name, flags[camel(flagOf(prefix, name))]]);
  return Object.fromEntries(named.filter(([, value]) => value !== undefined));
}

/** `USER:name=value,…`, names of the groups media and control with their prefixes. */
function clientPaths(texts: readonly string[]): VoiceServerOptions["clients"] {
  const clients: Record<string, { control: Record<string, unknown>; media: Record<string, unknown> }> = {};
  for (const text of texts) {
    const [userId, list] = text.split(/:(.*)/s) as [string, string?];
    if (!/^\d+$/.test(userId) || !list)
      throw new UsageError(`--client: expected USER:media-loss=0.1,…: ${text}`);
    const paths = (clients[userId] ??= { control: {}, media: {} });
    for (const pair of list.split(",")) setPath(paths, pair);
  }
  return clients;
}

function setPath(
  paths: { control: Record<string, unknown>; media: Record<string, unknown> },
  pair: string,
): void {
  const [flag, value] = pair.split("=") as [string, string?];
  for (const prefix of ["control", "media"] as const)
    for (const name of Object.keys(GROUPS[prefix][1]))
      if (flagOf(prefix, name) === flag && value !== undefined) {
        paths[prefix][name] = number(value);
        return;
      }
  throw new UsageError(`--client: unknown ${pair}`);
}

interface Flags {
  readonly port: number;
  readonly udpPort: number;
  readonly channel: string;
  readonly seed: number;
  readonly heartbeatMs: number;
  readonly mode: readonly (typeof TRANSPORT_MODES)[number][];
  readonly repeatSpeaking: boolean;
  readonly client: readonly string[];
  readonly certificate: string;
  readonly capture?: string;
  readonly events: boolean;
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
  const group = (prefix: keyof typeof GROUPS) => given(prefix, GROUPS[prefix][1] as Numbers, flags);
  return {
    port: flags.port,
    udpPort: flags.udpPort,
    channelId: flags.channel,
    seed: flags.seed,
    heartbeatIntervalMs: flags.heartbeatMs,
    modes: flags.mode,
    repeatSpeaking: flags.repeatSpeaking,
    knobs: group(""),
    paths: { control: group("control"), media: group("media") },
    clients: clientPaths(flags.client) ?? {},
    rtp: group("rtp"),
    limits: group("limit"),
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

Point a client at it: give it the websocket's address as its voice endpoint, any session id and token, and trust the
certificate. For programs on Node, before they start:

  export NODE_EXTRA_CA_CERTS=${file}

Deno: deno run --cert ${file} …   Bun: new WebSocket(url, { tls: { ca: Bun.file("${file}") } })
`;

const finished = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });

async function runServer(flags: Flags): Promise<void> {
  const server = await VoiceServer.start(optionsOf(flags));
  const file = resolve(flags.certificate);
  writeFileSync(file, server.certificate);
  process.stdout.write(introduction(server, file));
  await finished();
  await server.close();
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export function addServer(program: Command, exit: (code: number) => void): void {
  const command = program
    .command("server")
    .description(
      "a voice server on the loopback interface: the simulated gateway on TLS websockets, the SFU on UDP",
    )
    .option("--port <n>", "of the websocket; 0: a free one", number, 0)
    .option("--udp-port <n>", "of the SFU; 0: a free one", number, 0)
    .option(
      "--channel <id>",
      "the channel of clients that name none (gateway version 8)",
      "927310423890473011",
    )
    .option("--seed <n>", "decides every choice that is left to chance; keys are never the seed's", number, 1)
    .option("--heartbeat-ms <n>", "interval of op 8", number, 5000)
    .addOption(
      new Option("--mode <name...>", "modes that op 2 offers")
        .choices([...TRANSPORT_MODES])
        .default([...TRANSPORT_MODES]),
    )
    .option("--no-repeat-speaking", "op 5 is not repeated to newcomers")
    .option(
      "--client <user:name=value,…>",
      "paths of one client, for instance 1580…:media-loss=0.1",
      collect,
      [],
    )
    .option("--certificate <file>", "where the certificate is written", "voice-server.pem")
    .option("--capture <dir>", "write a capture of each user there, secrets left out")
    .option("--events", "print what happens in the calls, one JSON object a line", false);
  addKnobs(command);
  command.action(async (flags: Flags) => {
    await runServer(flags);
    exit(EXIT.ok);
  });
}
