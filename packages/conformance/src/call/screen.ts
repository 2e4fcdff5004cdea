// What a person sees: a live table on a terminal, plain lines elsewhere.
import { createLogUpdate } from "log-update";
import pc from "picocolors";
import type { RelayCall } from "./relay-call.ts";
import { formatTime } from "./timeline.ts";

const COLUMNS = [
  "member",
  "epoch",
  "sent",
  "received",
  "not entitled",
  "undecryptable",
  "plaintext",
] as const;

/** The table as lines. */
export function renderTable(call: RelayCall): string[] {
  const rows = [...call.seats].map(([name, seat]) => {
    const account = call.ledger.accounts.get(seat.userId)!;
    const epoch = seat.present ? (seat.client?.epoch?.toString() ?? "–") : "–";
    const { sent, received, notEntitled, lost, plaintext } = account;
    return [name, epoch, ...[sent, received, notEntitled, lost, plaintext].map(String)];
  });
  const widths = COLUMNS.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  ");
  return [pc.bold(line(COLUMNS)), ...rows.map(line)];
}

export interface Screen {
  /** Shows how the call stands. */
  update(): void;
  /** Leaves the last state standing. */
  done(): void;
}

type Output = Pick<NodeJS.WriteStream, "write"> & { readonly isTTY?: boolean };

const entryLine = ({ atMs, text }: { atMs: number; text: string }): string =>
  `${pc.dim(formatTime(atMs))}  ${text}`;

/** A terminal redraws; a pipe gets each new line of the timeline, and the table once at the end. */
export function openScreen(call: RelayCall, output: Output): Screen {
  if (output.isTTY !== true) {
    let shown = 0;
    const update = () => {
      for (; shown < call.timeline.length; shown++) output.write(`${entryLine(call.timeline[shown]!)}\n`);
    };
    return {
      update,
      done() {
        update();
        output.write(`\n${renderTable(call).join("\n")}\n`);
      },
    };
  }
  const draw = createLogUpdate(output as NodeJS.WriteStream);
  const update = () => draw([...call.timeline.map(entryLine), "", ...renderTable(call)].join("\n"));
  return {
    update,
    done() {
      update();
      draw.done();
    },
  };
}
