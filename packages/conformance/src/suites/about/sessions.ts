// What the cases over sessions are about: what is refused, and at which stage
import type { Describe } from "../../runner/about.ts";
import { isTree } from "../../vectors/cbor.ts";
import { byKind, type Row } from "./kinds.ts";

const LARGE = 8;
const WELCOME_RULES = ["P1", "P2", "P3", "E29", "E30", "K1", "K2", "RFC 9420 §7.8", "RFC 9420 §8.2"];

const memberCount = (after: unknown): number => {
  const members = typeof after === "object" && after !== null && "members" in after ? after.members : [];
  return Array.isArray(members) ? members.length : 0;
};

export const aboutWelcome: Describe = ({ after }) => ({
  rules: WELCOME_RULES,
  flags: memberCount(after) > LARGE ? ["large"] : [],
});

/** A member who is gone from one epoch to the next. */
function removes(epochs: readonly unknown[]): boolean {
  const counts = epochs.map((epoch) => memberCount((epoch as { after?: unknown } | null)?.after));
  return counts.some((count, at) => at > 0 && count < (counts[at - 1] ?? 0));
}

export const aboutCommits: Describe = ({ after, epochs }) => ({
  rules: [...WELCOME_RULES, "E27"],
  flags: removes([{ after }, ...(Array.isArray(epochs) ? epochs.filter(isTree) : [])]) ? ["removal"] : [],
});

const malformed = (...rules: string[]) => ({ rules, flags: ["malformed"], stage: "decode" }) as const;
const forged = (...rules: string[]) => ({ rules, flags: ["forged"], stage: "verify" }) as const;
const hostile = (...rules: string[]) => ({ rules, flags: ["hostile"], stage: "policy" }) as const;
const elsewhere = (...rules: string[]) => ({ rules, flags: ["hostile"], stage: "context" }) as const;

const UNREADABLE = /operation|empty|cut short|not an? |other bytes|belongs|no point/;

const PROPOSALS: readonly Row[] = [
  [/epoch|another group|wrong group|bad half|one bad/, elsewhere("E27")],
  [/signature|another external/, forged("E27")],
  [UNREADABLE, malformed("E27")],
  [/index 1|external sender 1|psk|reinit|pre-shared|context|member sends|extensions/, hostile("E27", "P3")],
  [/./, hostile("E27")],
];

const COMMITS: readonly Row[] = [
  [/good commit/, { rules: ["E29"] }],
  [/tag|signature/, forged("E29")],
  [UNREADABLE, malformed("E29")],
  [/by value|external commit/, hostile("E29", "P3")],
];

const WELCOMES: readonly Row[] = [
  [/someone else/, elsewhere("E30")],
  [/broken/, forged("E30")],
  [UNREADABLE, malformed("E30")],
  [/another external sender/, hostile("E30")],
];

const prefixed = (prefix: RegExp, rows: readonly Row[]): readonly Row[] =>
  rows.map(([pattern, about]) => [new RegExp(`${prefix.source}.*(?:${pattern.source})`), about]);

export const aboutReject: Describe = byKind([
  ...prefixed(/^proposals /, PROPOSALS),
  ...prefixed(/^commit /, COMMITS),
  ...prefixed(/^welcome /, WELCOMES),
]);

export const aboutRefusal: Describe = byKind([...prefixed(/^a commit /, COMMITS), ...PROPOSALS]);
