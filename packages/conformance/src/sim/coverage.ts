// Which faults met clients in which states: the table at the end of a run, and why some cells must stay empty.
import type { Watch } from "./referee/watch.ts";

export const STATES = [
  "negotiating",
  "alone",
  "plain",
  "encrypted",
  "encrypted, transition pending",
  "recovering",
  "socket down",
  "absent",
] as const;
export type ClientCondition = (typeof STATES)[number];

export function conditionOf(watch: Watch): ClientCondition {
  const { seat } = watch;
  if (!seat.present || seat.client === undefined) return "absent";
  if (seat.link === undefined) return "socket down";
  if (watch.recovering) return "recovering";
  const { state } = seat.client;
  if (state === "encrypted" && watch.mind.pendingCount > 0) return "encrypted, transition pending";
  return state;
}

/** Counts by fault, then by state. Plain data, so that workers can send it. */
export type CoverageTable = Record<string, Partial<Record<ClientCondition, number>>>;

export class Coverage {
  readonly table: CoverageTable = {};

  note(fault: string, watch: Watch): void {
    if (watch.seat.options.maxVersion === 0) return;
    const row = (this.table[fault] ??= {});
    const condition = conditionOf(watch);
    row[condition] = (row[condition] ?? 0) + 1;
  }
}

export function mergeCoverage(into: CoverageTable, from: CoverageTable): void {
  for (const [fault, counts] of Object.entries(from)) {
    const row = (into[fault] ??= {});
    for (const [condition, count] of Object.entries(counts)) {
      const key = condition as ClientCondition;
      row[key] = (row[key] ?? 0) + count;
    }
  }
}

type Reasons = Partial<Record<ClientCondition, string>>;

/** What the gateway sends to one connection. */
const SENT: Reasons = {
  "socket down": "it is counted when it arrives, after the resume",
  absent: "there is no connection to send it to",
};
/** What comes by UDP. */
const MEDIA: Reasons = { absent: "an SFU sends nothing to who has left" };
const PENDING = "a transition is pending: that is the next column";
const NO_GROUP = "at version 0 there is no group";
const OTHERS_GET_IT = "a message is lost only where others get it";

/** Cells that cannot be reached, by fault and state. */
const UNREACHABLE: Readonly<Record<string, Reasons>> = {
  "commit passes a pending group": SENT,
  "damaged commit": SENT,
  "damaged welcome": {
    ...SENT,
    encrypted: "a member has consumed its key package: no welcome is on its way",
    "encrypted, transition pending": "as encrypted",
  },
  "downgrade prepared": SENT,
  "duplicate with its old seq": SENT,
  "duplicate without seq": SENT,
  "epoch 1 (reset)": SENT,
  "media: duplicate": MEDIA,
  "media: silence": MEDIA,
  "media: tampered": MEDIA,
  "op 21 id 0": SENT,
  "op 22 late": { ...SENT, encrypted: PENDING },
  "op 22 lost": { alone: OTHERS_GET_IT },
  "op 22 without its transition": SENT,
  "op 27 lost": { alone: OTHERS_GET_IT, plain: NO_GROUP },
  "op 29 lost": {
    alone: OTHERS_GET_IT,
    plain: NO_GROUP,
    negotiating: "a member of the epoch that ends has a key",
  },
  "op 31": {
    alone: "alone there is nothing to recover, and whoever sends one is recovering",
    plain: "E31: not at version 0",
    negotiating: "whoever sends one is recovering",
    encrypted: "whoever sends one is recovering",
    "socket down": "it is sent after op 9",
    absent: "nobody is there to send it",
  },
  "op 31 for a valid commit": {
    ...SENT,
    alone: "it answers a commit, and then somebody else is there",
    plain: NO_GROUP,
  },
  "proposal before its op 11": SENT,
  "proposals revoked": SENT,
  "race to all": {
    plain: "only a call with a group is meant",
    absent: "there is no connection to send it to",
  },
  "race to one": {
    alone: "whoever is alone is told the truth by it",
    plain: "only a call with a group is meant",
    absent: "there is no connection to send it to",
  },
  resume: { "socket down": "it is what ends that state", absent: "it is refused to who has left" },
  "resume refused": {
    negotiating: "the session is gone: its owner is absent until it identifies anew",
    alone: "as negotiating",
    plain: "as negotiating",
    encrypted: "as negotiating",
    "encrypted, transition pending": "as negotiating",
    recovering: "as negotiating",
    "socket down": "as negotiating",
  },
  "somebody joins": SENT,
  "somebody leaves": SENT,
  "stranger in the roster": {
    ...SENT,
    negotiating: "it is told with an epoch, under which the client is about to encrypt",
    alone: "a stranger is somebody else",
    plain: NO_GROUP,
  },
  "text as bytes": SENT,
  "transitions overlap": { ...SENT, encrypted: PENDING },
  "version announced anew": SENT,
  "welcome for an old key package": {
    ...SENT,
    alone: "E30: without a key package out a welcome is ignored unread",
    plain: "as alone",
    encrypted: "as alone",
  },
};

/** Why the empty cells of a row are empty; a cell that could be reached and was not is chance. */
function reasons(fault: string, row: CoverageTable[string]): string {
  const empty = STATES.filter((state) => row[state] === undefined);
  const known = empty.filter((state) => UNREACHABLE[fault]?.[state] !== undefined);
  const chance = empty.filter((state) => !known.includes(state));
  const told = known.map((state) => `${state}: ${UNREACHABLE[fault]![state]}`);
  if (chance.length > 0) told.push(`${chance.join(", ")}: could be, was not in these seeds`);
  return told.join("; ");
}

/** The table as lines; `·` is a cell that no seed reached, and the last column says why. */
export function renderCoverage(table: CoverageTable): string[] {
  const faults = Object.keys(table).sort();
  const wide = Math.max(5, ...faults.map((fault) => fault.length));
  const columns = STATES.map((state) => Math.max(7, state.length));
  const line = (first: string, cells: readonly string[], why: string) =>
    [first.padEnd(wide), ...cells.map((cell, i) => cell.padStart(columns[i]!)), why].join("  ").trimEnd();
  const rows = faults.map((fault) =>
    line(
      fault,
      STATES.map((state) => String(table[fault]![state] ?? "·")),
      reasons(fault, table[fault]!),
    ),
  );
  return [line("fault", STATES, "not reached, because"), ...rows];
}
