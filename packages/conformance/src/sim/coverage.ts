// Which faults met clients in which states: the table at the end of a run.
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

/** The table as lines; `·` is a cell that no seed reached. */
export function renderCoverage(table: CoverageTable): string[] {
  const faults = Object.keys(table).sort();
  const wide = Math.max(5, ...faults.map((fault) => fault.length));
  const columns = STATES.map((state) => Math.max(7, state.length));
  const line = (first: string, cells: readonly string[]) =>
    [first.padEnd(wide), ...cells.map((cell, i) => cell.padStart(columns[i]!))].join("  ");
  const rows = faults.map((fault) =>
    line(
      fault,
      STATES.map((state) => String(table[fault]![state] ?? "·")),
    ),
  );
  return [line("fault", STATES), ...rows];
}
