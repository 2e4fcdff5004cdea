// What real gateways were seen to do in different ways: the knobs of voice-gateway.md, chosen by name.

/** Choices that the gateway makes. The comment says what *yes* means. */
export type Choice =
  /** G6: a commit wins although a later append of its epoch is out. */
  | "lenient"
  /** G7: several transitions may be pending at once. */
  | "overlap"
  /** G7: 29 goes to pending members, too. */
  | "commit-to-pending"
  /** G8: the first group has an id other than 0. */
  | "first-id-not-0"
  /** G10: a Remove is committed before the sole member is reset. */
  | "remove-before-reset"
  /** G12: one receiver gets its 22 before the 29 or 30. */
  | "early-execute"
  /** G12: JSON messages are sent twice, the second time without a number. */
  | "repeat-unnumbered"
  /** G12: messages are sent twice under one number. */
  | "repeat-numbered"
  /** G15: 24 and 21 id 0 come before the 13 of the last other member. */
  | "late-disconnect"
  /** G15: the pair of 24 and 21 is sent twice. */
  | "race-twice"
  /** G15: the group after a race of all has an id other than 0. */
  | "race-id-not-0"
  /** G17: 25 before 4. */
  | "sender-first"
  /** G17: no 25 while version 0 is executed. */
  | "no-sender-at-version-0"
  /** G5: each proposal has a message of its own. */
  | "one-by-one"
  /** O3: op 9 comes behind the backlog of a resume. */
  | "resumed-last";

/** Durations, ms. */
export type Duration =
  /** G5: how long proposals are collected. */
  | "propose"
  /** G15: how late the 13 is. */
  | "disconnect"
  /** G15: how late the proposals after a race are. */
  | "race";

/** What the gateway asks when the rules leave something open. */
export interface Choices {
  /** Whether the gateway does it this time. */
  flip(choice: Choice): boolean;
  /** How long it takes this time, ms. */
  duration(duration: Duration): number;
}

/** A gateway without surprises. */
export const CALM: Choices = { flip: () => false, duration: () => 0 };

/** A gateway that makes exactly these choices. */
export const always = (
  choices: readonly Choice[],
  durations: { readonly [K in Duration]?: number } = {},
): Choices => ({ flip: (choice) => choices.includes(choice), duration: (name) => durations[name] ?? 0 });
