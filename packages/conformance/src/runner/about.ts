// What a case is about: the rules it proves, its flags, the stage at which its input is refused
import type { Tree } from "../vectors/cbor.ts";
import type { VectorFile } from "../vectors/file.ts";
import { byRule } from "./rules.ts";

/** What may be remarkable about a case. */
export const FLAGS = {
  malformed: "an input that is not of the form",
  hostile: "an input of the right form that must not be followed",
  forged: "a tag or a signature that does not hold",
  "short-tag": "GCM with a tag of 8 bytes",
  retry: "a start code found, the next counter tried",
  rollover: "a counter, generation or sequence number passes its end",
  replay: "an input that comes a second time",
  reordered: "inputs out of order",
  expiry: "the outcome depends on the clock",
  plaintext: "frames in the clear",
  silence: "the three bytes that stand for silence",
  unknown: "fields, opcodes or types that nobody defined",
  version: "the protocol version changes",
  removal: "a member leaves",
  large: "a group of more than 8 members",
  recovery: "the client recovers by op 31",
  resume: "a connection that broke is resumed",
  race: "messages early, late or several at once",
  encoder: "frames of a real encoder",
  "reference-differs": "the reference implementation does otherwise",
} as const satisfies Readonly<Record<string, string>>;
export type Flag = keyof typeof FLAGS;

/** Where a right implementation refuses the case's input; `accept`: nowhere. */
export const STAGES = {
  accept: "nothing is refused",
  decode: "the bytes are not of the form",
  context: "another group, epoch or recipient than ours",
  policy: "well formed, but not allowed in DAVE",
  verify: "a signature, membership tag or confirmation tag does not hold",
  plaintext: "no protocol frame, and plaintext is not accepted",
  key: "no key for it, or one whose time is over or not come",
  replay: "its counter has been used, or is too old",
  authenticate: "the tag of the frame does not hold",
} as const satisfies Readonly<Record<string, string>>;
export type Stage = keyof typeof STAGES;

export interface About {
  /** Ids of rules, or sections of RFC 9420; never empty. */
  readonly rules: readonly string[];
  readonly flags: readonly Flag[];
  readonly stage: Stage;
}

/** What a suite knows of one vector; what it leaves out is the suite's rules, no flags, `accept`. */
export type Describe = (vector: Tree, head: Tree) => Partial<About>;

/** What is asked of a suite here. */
export interface Described {
  readonly rules: readonly string[];
  readonly about?: Describe;
}

export const caseId = (suite: string, index: number): string => `${suite}/${index}`;

/** A text field of a vector, or nothing: a vector of another's making may hold anything. */
export const textOf = (vector: Tree, field: string): string => {
  const value = vector[field];
  return typeof value === "string" ? value : "";
};

export function aboutCase(suite: Described, vector: Tree, head: Tree): About {
  const { rules = suite.rules, flags = [], stage = "accept" } = suite.about?.(vector, head) ?? {};
  return { rules: [...new Set(rules)].sort(byRule), flags: [...new Set(flags)].sort(), stage };
}

export interface CaseEntry extends About {
  readonly id: string;
  readonly suite: string;
  readonly collection: string;
  readonly title: string;
}

/** What it is called: its codec, kind of message and kind. */
export const titleOf = (vector: Tree): string =>
  ["codec", "message", "kind"]
    .map((field) => textOf(vector, field))
    .filter((word) => word !== "")
    .join(" ");

/** Every case of the files, with what it is about; a suite that is not there has none. */
export const catalog = (
  files: readonly VectorFile[],
  suites: ReadonlyMap<string, Described>,
): readonly CaseEntry[] =>
  files.flatMap(({ suite: name, collection, cases, head }) => {
    const suite = suites.get(name);
    return cases.map((vector, index) => ({
      id: caseId(name, index),
      suite: name,
      collection,
      title: titleOf(vector),
      ...(suite ? aboutCase(suite, vector, head) : { rules: [], flags: [], stage: "accept" as const }),
    }));
  });

/** The case's place in the file, when it belongs to a rule; a section stands for those below it, too. */
export const proves = (about: Pick<About, "rules">, rule: string): boolean =>
  about.rules.some((own) => own === rule || own.startsWith(`${rule}.`));
