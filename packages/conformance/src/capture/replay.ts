// Replays a captured session against a fresh client: what it sends, what it tells, what it throws
import { DaveClient, type DaveEvents } from "@puredave/dave";
import { asJson, EVENT_NAMES, ManualClock } from "../peers/self/manual-client.ts";
import { SeededRandom } from "../sim/random.ts";
import { type CapturedMessage, opcodeOf } from "./capture.ts";

export interface ReplayStep {
  readonly line: number;
  readonly at: number;
  readonly opcode: number | undefined;
  /** Opcodes the fresh client sent in answer. */
  readonly sent: readonly (number | undefined)[];
  /** Opcodes the captured client sent before the next message came. */
  readonly captured: readonly (number | undefined)[];
  readonly events: readonly { readonly type: string }[];
  /** What escaped the client; nothing ever should. */
  readonly thrown?: string;
  readonly state: string;
  readonly ready: boolean;
}

export interface ReplayOptions {
  readonly userId: string;
  readonly channelId: string;
  readonly seed: number;
}

/** Messages that came in, each with what the captured client sent until the next. */
function turns(messages: readonly CapturedMessage[]) {
  const found: { readonly incoming: CapturedMessage; readonly captured: (number | undefined)[] }[] = [];
  for (const message of messages) {
    if (message.direction === "in") found.push({ incoming: message, captured: [] });
    else found.at(-1)?.captured.push(opcodeOf(message));
  }
  return found;
}

/**
 * The fresh client has keys of its own, so what was encrypted to the captured one stays closed to it: what is replayed
 * is the order and the form of things. Key packages, commits and welcomes differ; opcodes and events are comparable.
 */
export function replay(messages: readonly CapturedMessage[], options: ReplayOptions): readonly ReplayStep[] {
  const clock = new ManualClock(messages[0]?.at ?? 0);
  const random = new SeededRandom(options.seed);
  let sent: (number | undefined)[] = [];
  let events: { readonly type: string }[] = [];
  const client = new DaveClient({
    userId: options.userId,
    channelId: options.channelId,
    clock,
    randomBytes: (length) => random.bytes(length),
    send: (data) => void sent.push(opcodeOf({ direction: "out", data })),
  });
  for (const type of EVENT_NAMES)
    client.on(type, (event: DaveEvents[typeof type]) => events.push({ type, ...(asJson(event) as object) }));
  return turns(messages).map(({ incoming, captured }) => {
    [sent, events] = [[], []];
    clock.advance(Math.max(0, incoming.at - clock.now()));
    client.tick();
    const thrown = thrownBy(() => client.receive(incoming.data));
    const { line, at } = incoming;
    const { state, ready } = client;
    const step = { line, at, opcode: opcodeOf(incoming), sent, captured, events, state, ready };
    return thrown === undefined ? step : { ...step, thrown };
  });
}

function thrownBy(act: () => void): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}
