// What to do when the voice gateway closes the websocket.

import { checkOptionNames, expectThat } from "../errors.ts";
import { checkBits, checkCount } from "./checks.ts";

/**
 * What to do after a close.
 *
 * * `resume`: open a websocket to the same endpoint and send op 7 after op 8. Do not call `client.beginConnection()`.
 * * `reconnect`: the session is lost. Open a websocket and identify anew (op 0, with `client.beginConnection()`). When that is
 *   refused too, ask the main gateway for the channel again (its op 4) and use what it answers.
 * * `never`: do not come back by yourself. With 4014 and 4022 a *new* VOICE_STATE_UPDATE and VOICE_SERVER_UPDATE of the
 *   main gateway may follow, after a move for instance: connect with those.
 */
export type CloseAction = "resume" | "reconnect" | "never";

/** What a close code means. */
export interface CloseMeaning {
  /** What to do. */
  readonly action: CloseAction;
  /** What happened, as a sentence for a log. */
  readonly meaning: string;
}

const MEANINGS: Readonly<Record<number, CloseMeaning>> = {
  1000: { action: "never", meaning: "The connection was closed on purpose: the call has been left." },
  4001: { action: "reconnect", meaning: "The gateway does not know an opcode that was sent." },
  4002: { action: "reconnect", meaning: "The gateway could not read a message that was sent." },
  4003: { action: "reconnect", meaning: "A message was sent before op 0." },
  4004: { action: "never", meaning: "The token of op 0 is wrong." },
  4005: { action: "reconnect", meaning: "Op 0 was sent twice on one connection." },
  4006: { action: "reconnect", meaning: "The session is no longer valid." },
  4009: { action: "reconnect", meaning: "The session timed out." },
  4011: { action: "reconnect", meaning: "The server was not found." },
  4012: { action: "never", meaning: "The gateway does not know the protocol that op 1 selected." },
  4014: { action: "never", meaning: "The user was disconnected or moved, or the channel was deleted." },
  4015: { action: "resume", meaning: "The voice server crashed." },
  4016: { action: "never", meaning: "The gateway does not know the mode that op 1 selected." },
  4017: { action: "never", meaning: "The call requires DAVE, and op 0 announced no version of it." },
  4020: { action: "reconnect", meaning: "The gateway refused a message as a bad request." },
  4021: { action: "never", meaning: "Too many messages were sent." },
  4022: { action: "never", meaning: "The call was ended, or moved to another voice server." },
};

const BROKEN: CloseMeaning = { action: "resume", meaning: "The connection broke." };
/** A code that is not known yet: of the codes above 4016 all but one forbid to come back. */
const UNKNOWN: CloseMeaning = {
  action: "never",
  meaning: "The gateway closed with a code that is not known.",
};

/**
 * What a close code of the voice gateway's websocket means.
 *
 * @param code as the websocket tells it; 1006, or `undefined`, when the connection broke without one
 * @throws {@link DaveError} `invalid-argument` when `code` is given and is no integer of 16 bits
 * @example
 * ```ts
 * closeMeaning(4017).action // "never"
 * ```
 */
export function closeMeaning(code: number | undefined): CloseMeaning {
  if (code === undefined) return BROKEN;
  checkBits(code, 16, "code");
  return MEANINGS[code] ?? (code < 4000 ? BROKEN : UNKNOWN);
}

/** Whether a value is a number from 0 to 1. */
export const isFraction = (value: unknown): value is number =>
  typeof value === "number" && value >= 0 && value <= 1;

/** Options of {@link reconnectDelay}. */
export interface ReconnectDelayOptions {
  /** How many attempts have failed since the connection was last good. */
  readonly failures: number;
  /** A number from 0 to 1 that spreads many bots over time; default 0.5. */
  readonly random?: number | undefined;
}

const OPTION_NAMES: { readonly [K in keyof ReconnectDelayOptions]-?: true } = {
  failures: true,
  random: true,
};

/**
 * Milliseconds to wait before the next attempt: none at first, then about 1, 2, 4 … s, 60 at most.
 *
 * @throws {@link DaveError} `invalid-argument`
 * @example
 * ```ts
 * reconnectDelay({ failures: 3 }) // 4000
 * ```
 */
export function reconnectDelay(options: ReconnectDelayOptions): number {
  checkOptionNames(options, OPTION_NAMES);
  const { failures, random = 0.5 } = options;
  checkCount(failures, 0, "failures");
  expectThat(isFraction(random), "random", "a number from 0 to 1", random);
  if (failures === 0) return 0;
  return Math.round(Math.min(60_000, 1000 * 2 ** Math.min(failures - 1, 6)) * (0.5 + random));
}
