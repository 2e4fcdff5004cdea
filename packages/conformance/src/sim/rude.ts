// Callbacks that misbehave: they throw, return what they must not, and call back into the client (M11).
import type { DaveClient, DaveClientOptions } from "@puredave/dave";
import type { SeededRandom } from "./random.ts";

const fault = (): never => {
  throw new Error("a callback of the caller throws");
};

const RUBBISH: readonly (() => unknown)[] = [
  () => null,
  () => "a string",
  () => Promise.resolve(undefined),
  () => new Uint8Array(3),
  fault,
];

/** Options whose callbacks misbehave; what `send` is given still reaches the gateway. */
export function rudeOptions(
  random: SeededRandom,
  send: DaveClientOptions["send"],
): Partial<DaveClientOptions> {
  return {
    send: (message) => {
      send(message);
      fault();
    },
    onEvent: fault,
    tap: fault,
    onFault: fault,
    knownKeys: { get: () => random.pick(RUBBISH)() as never, set: fault },
  };
}

/** Listeners that change what they are given, call back into the client, then throw. */
export function rudeListeners(client: Pick<DaveClient, "on" | "tick">): void {
  for (const type of ["state", "epoch", "roster", "privacyCode", "transition", "recovery"] as const) {
    client.on(type, (event) => {
      // a frozen array refuses it, which is as good as a copy
      for (const value of Object.values(event)) if (Array.isArray(value)) value.splice(0);
      client.tick();
      fault();
    });
  }
}
