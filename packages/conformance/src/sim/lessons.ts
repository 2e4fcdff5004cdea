// Which story stands for which item of field-lessons.md, and which items are no matter of this layer.
import { SCENARIOS } from "./scenarios.ts";

const numbered = (prefix: string, count: number, digits: number): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}-${String(i + 1).padStart(digits, "0")}`);

/** The items that concern sessions, gateways and the cross-checks. */
export const ITEMS: readonly string[] = [
  ...numbered("SES", 35, 2),
  ...numbered("GW", 28, 2),
  ...numbered("Cross", 12, 1),
];

/** Items that no call can show, and why. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  "GW-12": "op 5 is no part of DAVE: recognised users come from op 11",
  "GW-15": "the gateway's version belongs to the caller's websocket",
  "GW-20": "padding is taken off before DAVE: the RTP helper of @puredave/dave and its tests",
  "GW-24": "a remark on a log of the official client",
  "GW-27": "the transport below the SFU is not modelled",
  "GW-28": "voice states belong to the main gateway",
  "Cross-7": "nothing here is asynchronous: there are no promises in flight when a session is closed",
};

/** One line an item: where it is shown, or why not. */
export function lessonRows(): { readonly item: string; readonly shown: string }[] {
  return ITEMS.map((item) => {
    const stories = SCENARIOS.filter(({ covers }) => covers.includes(item)).map(({ name }) => `\`${name}\``);
    return { item, shown: stories.length > 0 ? stories.join(", ") : (ELSEWHERE[item] ?? "") };
  });
}

/** The table of `LESSONS.md`. */
export function lessonTable(): string {
  const rows = lessonRows().map(({ item, shown }) => `| ${item} | ${shown} |`);
  return [
    "# Field lessons and the stories that show them",
    "",
    "Each name is a scenario: `npm run conformance -- sim --scenario NAME`. A test keeps this table in step with them.",
    "",
    "| item | shown by |",
    "| --- | --- |",
    ...rows,
    "",
  ].join("\n");
}
