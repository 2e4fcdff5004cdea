// What the peers broken on purpose are made with: this project's own handlers with one command changed
import type { Handlers } from "../../../src/peers/peer.ts";
import type { Answer, CommandName, Request } from "../../../src/peers/protocol.ts";
import { selfHandlers } from "../../../src/peers/self/index.ts";

export interface BrokenPeer {
  readonly name: string;
  /** The rule it breaks: a finding must name it. */
  readonly rule: string;
  /** Where it has to be caught. */
  readonly suite: string;
  make(): Handlers;
}

export type Handler<C extends CommandName> = (request: Request<C>) => Answer<C>;
type Change<C extends CommandName> = (request: Request<C>, right: Handler<C>, all: Handlers) => Answer<C>;

/** The right handlers with one command changed; `right` is what it would have done. */
export function change<C extends CommandName>(command: C, act: Change<C>): () => Handlers {
  return () => {
    const all = selfHandlers("broken");
    const right = all[command] as Handler<C>;
    return { ...all, [command]: (request: Request<C>) => act(request, right, all) };
  };
}

export const broken = (name: string, rule: string, suite: string, make: () => Handlers): BrokenPeer => ({
  name,
  rule,
  suite,
  make,
});

/** Ends as a protocol frame does. */
export const isMarked = (frame: Uint8Array): boolean => frame.at(-1) === 0xfa && frame.at(-2) === 0xfa;
