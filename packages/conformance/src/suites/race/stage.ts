// A scene: the peer under test in the bot's seat, this project in all others
import type { Peer } from "../../peers/peer.ts";
import type { Check } from "../../runner/check.ts";
import { Conductor, Seat } from "./conductor.ts";

export interface Stage {
  readonly call: Conductor;
  readonly check: Check;
  /** The client under test. */
  readonly bot: Seat;
  readonly anna: Seat;
  readonly ben: Seat;
  readonly carl: Seat;
}

export interface Scene {
  readonly name: string;
  readonly shows: string;
  readonly rules: readonly string[];
  play(stage: Stage): Promise<void>;
}

const user = (number: number): string => String(1_600_000_000_000_000_000n + BigInt(number));

export function makeStage(peer: Peer, self: Peer, check: Check): Stage {
  const call = new Conductor(check);
  const [bot, anna, ben, carl] = [
    new Seat(user(1), peer),
    new Seat(user(2), self),
    new Seat(user(3), self),
    new Seat(user(4), self),
  ];
  return { call, check, bot, anna, ben, carl };
}

let counter = 0;
/** A frame that is like no other. */
export const frame = (): Uint8Array => {
  counter++;
  return Uint8Array.from({ length: 40 }, (_, at) => (counter * 31 + at * 7 + (counter >> 8)) & 0xff);
};

export const SILENCE = Uint8Array.of(0xf8, 0xff, 0xfe);

/** Bot and Anna in a call; Ben joins under `id`, up to the announcement. The bot commits. */
export async function benJoins({ call, bot, anna, ben }: Stage, id: number) {
  await call.connect(ben, [bot, anna]);
  const proposals = call.proposals([ben]);
  const commit = await call.askForCommit(bot, proposals);
  await call.send(anna, proposals.op27);
  await call.announce([bot, anna], commit, proposals, id);
  call.advance(proposals);
}
