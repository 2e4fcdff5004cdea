// The options of the command `server` that turn its knobs, and what was given of them.
import { type Command, InvalidArgumentError, Option } from "commander";
import { LIMITS, PLAIN_RTP, type VoiceServerOptions } from "../server/options.ts";
import { CONTROL, GATEWAY, LIMIT, MEDIA, type Range, RTP } from "../server/ranges.ts";
import { PLAIN_KNOBS } from "../sim/gateway/knobs.ts";
import { PLAIN_SFU } from "../sim/sfu.ts";
import { UsageError } from "./context.ts";
import { CONTROL_WORDS, GATEWAY_WORDS, LIMIT_WORDS, MEDIA_WORDS, RTP_WORDS } from "./knob-words.ts";

const NO_DELAY = { minDelayMs: 0, maxDelayMs: 0 };

interface Group {
  readonly title: string;
  readonly standard: object;
  readonly ranges: Readonly<Record<string, Range>>;
  readonly words: Readonly<Record<string, string>>;
}

/** The groups of knobs, by the prefix of their options. */
const GROUPS = {
  "": {
    title: "Knobs of the gateway (chances are for each message and receiver):",
    ...{ standard: PLAIN_KNOBS, ranges: GATEWAY, words: GATEWAY_WORDS },
  },
  control: {
    title: "The way of the websockets:",
    ...{ standard: NO_DELAY, ranges: CONTROL, words: CONTROL_WORDS },
  },
  media: {
    title: "The way of media from the SFU to a client (chances are for each packet and receiver):",
    ...{ standard: { ...PLAIN_SFU, ...NO_DELAY }, ranges: MEDIA, words: MEDIA_WORDS },
  },
  rtp: { title: "RTP packets of the SFU:", standard: PLAIN_RTP, ranges: RTP, words: RTP_WORDS },
  limit: { title: "Limits of a client:", standard: LIMITS, ranges: LIMIT, words: LIMIT_WORDS },
} as const satisfies Readonly<Record<string, Group>>;

type Prefix = keyof typeof GROUPS;

const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const camel = (flag: string): string => flag.replaceAll(/-[a-z]/g, (pair) => pair[1]!.toUpperCase());
const flagOf = (prefix: string, name: string): string => `${prefix === "" ? "" : `${prefix}-`}${kebab(name)}`;

/** A switch or a number, within its range. */
function readValue(text: string, { holds, expected }: Range, isSwitch: boolean): number | boolean {
  if (isSwitch) {
    if (text !== "on" && text !== "off") throw new InvalidArgumentError("It must be on or off.");
    return text === "on";
  }
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (!holds(value)) throw new InvalidArgumentError(`It must be ${expected}.`);
  return value;
}

/** Reads the number of an option that is no knob. */
export const numberWithin =
  (range: Range) =>
  (text: string): number =>
    readValue(text, range, false) as number;

const shown = (value: unknown): string =>
  typeof value === "boolean" ? (value ? "on" : "off") : String(value);

/** An option for each knob of each group, with what it does and its plain value. */
export function addKnobs(command: Command): void {
  for (const [prefix, { title, standard, ranges, words }] of Object.entries<Group>(GROUPS))
    for (const [name, value] of Object.entries(standard)) {
      const range = ranges[name]!;
      const isSwitch = typeof value === "boolean";
      const placeholder = isSwitch ? "on|off" : range.expected.startsWith("a chance") ? "0…1" : "n";
      const option = new Option(
        `--${flagOf(prefix, name)} <${placeholder}>`,
        `${words[name]} (plain: ${shown(value)})`,
      );
      option.helpGroup(title).argParser<unknown>((text) => readValue(text, range, isSwitch));
      command.addOption(option);
    }
}

/** What was given of a group. */
export function given(prefix: Prefix, flags: Readonly<Record<string, unknown>>): Record<string, never> {
  const named = Object.keys(GROUPS[prefix].standard).map((name) => [
    name,
    flags[camel(flagOf(prefix, name))],
  ]);
  return Object.fromEntries(named.filter(([, value]) => value !== undefined));
}

type Paths = { readonly control: Record<string, unknown>; readonly media: Record<string, unknown> };

/** `USER:name=value,…`, names of the groups media and control with their prefixes. */
export function clientPaths(texts: readonly string[]): NonNullable<VoiceServerOptions["clients"]> {
  const clients: Record<string, Paths> = {};
  for (const text of texts) {
    const [userId, list] = text.split(/:(.*)/s) as [string, string?];
    if (!/^\d+$/.test(userId) || !list)
      throw new UsageError(`--client: expected USER:media-loss=0.1,…: ${text}`);
    const paths = (clients[userId] ??= { control: {}, media: {} });
    for (const pair of list.split(",")) setPath(paths, pair);
  }
  return clients;
}

function setPath(paths: Paths, pair: string): void {
  const [flag, text] = pair.split("=") as [string, string?];
  for (const prefix of ["control", "media"] as const)
    for (const [name, range] of Object.entries<Range>(GROUPS[prefix].ranges))
      if (flagOf(prefix, name) === flag && text !== undefined) {
        if (text.trim() === "" || !range.holds(Number(text)))
          throw new UsageError(`--client: ${flag} must be ${range.expected}: ${text}`);
        paths[prefix][name] = Number(text);
        return;
      }
  throw new UsageError(`--client: unknown ${pair}; names begin with control- or media-, as the options do`);
}
