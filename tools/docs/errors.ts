// docs/errors.md: every code, outcome and event, with cause and remedy as they stand beside it in the source.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/** One name with what is said about it. */
export interface Entry {
  readonly name: string;
  readonly cause: string;
  readonly remedy: string;
}

interface Told {
  readonly name: string;
  readonly comment: string;
}

const parse = (root: string, path: string): ts.SourceFile =>
  ts.createSourceFile(path, readFileSync(join(root, path), "utf8"), ts.ScriptTarget.Latest, true);

/** The words of the last doc comment in a piece of source. */
function commentIn(text: string): string {
  const [last] = [...text.matchAll(/\/\*\*([\s\S]*?)\*\//g)].slice(-1);
  return (last?.[1] ?? "")
    .replaceAll(/^\s*\* ?/gm, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
}

const literals = (node: ts.TypeNode): string[] => {
  if (ts.isUnionTypeNode(node)) return node.types.flatMap(literals);
  return ts.isLiteralTypeNode(node) && ts.isStringLiteral(node.literal) ? [node.literal.text] : [];
};

/** Names that one arm of a union stands for: a literal, or the literals of an object's `outcome`, else of its `reason`. */
function namesOf(arm: ts.TypeNode): string[] {
  if (!ts.isTypeLiteralNode(arm)) return literals(arm);
  const named = (name: string) => arm.members.find((member) => member.name?.getText() === name);
  const outcome = named("outcome") ?? named("reason");
  return outcome !== undefined && ts.isPropertySignature(outcome) && outcome.type
    ? literals(outcome.type)
    : [];
}

/** The arms of a union with the comment in front of each. */
function armsOf(union: ts.TypeNode, source: ts.SourceFile): Told[] {
  const arms = ts.isUnionTypeNode(union) ? [...union.types] : [union];
  let from = union.getFullStart();
  return arms.flatMap((arm) => {
    const comment = commentIn(source.text.slice(from, arm.getStart(source)));
    from = arm.end;
    return namesOf(arm).map((name) => ({ name, comment }));
  });
}

function unionOf(source: ts.SourceFile, name: string): Told[] {
  for (const statement of source.statements)
    if (ts.isTypeAliasDeclaration(statement) && statement.name.text === name)
      return armsOf(statement.type, source);
  throw new Error(`${source.fileName}: no type ${name}`);
}

function membersOf(source: ts.SourceFile, name: string): ts.PropertySignature[] {
  for (const statement of source.statements)
    if (ts.isInterfaceDeclaration(statement) && statement.name.text === name)
      return statement.members.filter(ts.isPropertySignature);
  throw new Error(`${source.fileName}: no interface ${name}`);
}

const eventsOf = (source: ts.SourceFile): Told[] =>
  membersOf(source, "DaveEvents").map((member) => ({
    name: member.name.getText(source),
    comment: commentIn(source.text.slice(member.getFullStart(), member.getStart(source))),
  }));

/** Reasons that stand inside an event. */
function reasonsOf(source: ts.SourceFile, event: string): Told[] {
  const member = membersOf(source, "DaveEvents").find(({ name }) => name.getText(source) === event);
  if (member?.type === undefined || !ts.isTypeLiteralNode(member.type)) throw new Error(`no event ${event}`);
  const reason = member.type.members.find(({ name }) => name?.getText(source) === "reason");
  return reason !== undefined && ts.isPropertySignature(reason) && reason.type
    ? armsOf(reason.type, source)
    : [];
}

interface Section {
  readonly title: string;
  readonly intro: string;
  readonly column: string;
  readonly entries: readonly Entry[];
}

const TITLES: readonly (readonly [title: string, path: string, type: string, intro: string])[] = [
  [
    "`DaveError`",
    "packages/dave/src/errors.ts",
    "DaveErrorCode",
    "Thrown by `@puredave/dave` for misuse, and by its decoders for malformed messages.",
  ],
  [
    "`FrameCryptoError`",
    "packages/frame-crypto/src/errors.ts",
    "FrameCryptoErrorCode",
    "Thrown by `@puredave/frame-crypto` for misuse.",
  ],
  [
    "`MlsError`",
    "packages/mls/src/errors.ts",
    "MlsErrorCode",
    "Thrown by `@puredave/mls` for misuse and for whatever the wire brings; [rules.md](rules.md) says which rule gives which code. In a\n`DaveClient` the codes arrive as reasons of events.",
  ],
  [
    "Outcomes of `encrypt`",
    "packages/dave/src/client/options.ts",
    "EncryptOutcome",
    "Of `DaveClient`. An `Encryptor` of frame-crypto has `encrypted`, `plain` and `failed`.",
  ],
  ["Reasons of `not-ready` and `dropped`", "packages/dave/src/client/options.ts", "NotReadyReason", ""],
  [
    "Reasons of `failed` when encrypting",
    "packages/frame-crypto/src/frame-encryptor.ts",
    "EncryptFailure",
    "",
  ],
  [
    "Outcomes of `decrypt`",
    "packages/dave/src/client/options.ts",
    "DecryptOutcome",
    "Of `DaveClient`, and of a `Decryptor` of frame-crypto.",
  ],
  [
    "Reasons of `failed` when decrypting, of `DaveClient` alone",
    "packages/dave/src/client/options.ts",
    "DecryptRefusal",
    "",
  ],
  [
    "Reasons of `failed` when decrypting",
    "packages/frame-crypto/src/frame-decryptor.ts",
    "DecryptFailure",
    "",
  ],
  [
    "Likely causes in the event `undecryptable`",
    "packages/dave/src/client/likely-cause.ts",
    "LikelyCause",
    "Guesses from one frame of a sender whose frames have all failed for a second.",
  ],
];

const LATER: readonly (readonly [string, string, string, string])[] = [
  [
    "Reasons from the group",
    "packages/dave/src/session/outcomes.ts",
    "SessionReason",
    "In `commitWaiting`, `invalid` and `ignored`, and in the outcomes of `DaveSession`, beside the codes of `MlsError`.",
  ],
  ["Reasons from transitions", "packages/dave/src/transitions/events.ts", "IgnoredReason", "In `ignored`."],
];

/** Of `@puredave/dave/voice`. */
const VOICE: typeof TITLES = [
  ["Outcomes of `VoiceConnection.speak`", "packages/dave/src/voice/shapes.ts", "SpeakOutcome", ""],
  ["Outcomes of `VoiceConnection.packet`", "packages/dave/src/voice/shapes.ts", "HeardOutcome", ""],
  [
    "Why a `VoiceConnection` ended",
    "packages/dave/src/voice/shapes.ts",
    "VoiceEnd",
    "The `reason` given to `ended`.",
  ],
  ["Outcomes of `readVoiceMessage`", "packages/dave/src/voice/read-message.ts", "VoiceMessage", ""],
  ["Outcomes of `TransportCipher.seal`", "packages/dave/src/voice/transport.ts", "SealOutcome", ""],
  ["Outcomes of `TransportCipher.open`", "packages/dave/src/voice/transport.ts", "OpenOutcome", ""],
  ["Outcomes of `readIpDiscovery`", "packages/dave/src/voice/ip-discovery.ts", "IpDiscoveryOutcome", ""],
  ["Outcomes of `Heartbeat.due`", "packages/dave/src/voice/heartbeat.ts", "HeartbeatOutcome", ""],
];

const EVENTS = "packages/dave/src/client/events.ts";

/** Cause and remedy of a comment; a comment without either is a fault. */
function entryOf({ name, comment }: Told, title: string, faults: string[]): Entry {
  const [cause = "", remedy = ""] = comment.split(/\s*\bRemedy: /);
  if (cause === "" || remedy === "")
    faults.push(`${title}: ${name} has no ${cause === "" ? "cause" : "remedy"}`);
  return { name, cause, remedy };
}

/** All sections, and what lacks its words. */
export function errorSections(root: string): {
  readonly sections: readonly Section[];
  readonly faults: readonly string[];
} {
  const faults: string[] = [];
  const section = (title: string, intro: string, told: readonly Told[], column = "code"): Section => ({
    title,
    intro,
    column,
    entries: told.map((one) => entryOf(one, title, faults)),
  });
  const unions = (list: typeof TITLES) =>
    list.map(([title, path, type, intro]) => section(title, intro, unionOf(parse(root, path), type)));
  const events = parse(root, EVENTS);
  const sections = [
    ...unions(TITLES),
    section("Events of `DaveClient`", "All are plain data without secrets.", eventsOf(events), "event"),
    ...unions(LATER),
    section("Reasons of `invalid` and `ignored`, beside those", "", [
      ...reasonsOf(events, "invalid"),
      ...reasonsOf(events, "ignored"),
    ]),
    ...unions(VOICE),
  ];
  return { sections, faults };
}

const cell = (text: string): string => text.replaceAll("|", "\\|");
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function render({ title, intro, column, entries }: Section): string[] {
  const rows = entries.map(
    ({ name, cause, remedy }) => `| \`${name}\` | ${cell(cause)} | ${cell(capital(remedy))} |`,
  );
  return [
    "",
    `## ${title}`,
    "",
    ...(intro === "" ? [] : [...intro.split("\n"), ""]),
    `| ${column} | cause | what to do |`,
    "| --- | --- | --- |",
    ...rows,
  ];
}

export function errorsDocument(root: string): string {
  const { sections } = errorSections(root);
  return [
    "# Errors, outcomes and events",
    "",
    "Generated by `npm run docs` from the comments beside each name in the source; do not edit.",
    "",
    "Misuse throws, with a `code` from a closed union. What the gateway, the group or the media bring never throws: it is an",
    "outcome or an event, and where a remedy says *none* the client has done what there is to do. Messages, events and",
    "snapshots hold no secrets. `InternalError` of `@puredave/mls` has no code: it is a defect of that package, to be reported.",
    ...sections.flatMap(render),
    "",
  ].join("\n");
}
