// Peer protocol 1, seen from the runner: one typed call for every command, whoever answers
import type { OutsideRun } from "../sim/outside/run.ts";
import type { Answer, CommandName, Request } from "./protocol.ts";

/** Any DAVE implementation under test. */
export interface Peer {
  readonly label: string;
  /**
   * @throws {@link Unsupported} the peer lacks the command
   * @throws {@link PeerRefusal} the peer answered `ok: false`
   * @throws {@link PeerFault} the peer died, hung or answered something else than the protocol says
   */
  call<C extends CommandName>(command: C, request: Request<C>): Promise<Answer<C>>;
  /** The same, answered before it returns; only peers in this process can. */
  callNow?<C extends CommandName>(command: C, request: Request<C>): Answer<C>;
  /** Where answers come later: plays a named scenario with this peer in one seat. */
  playScenario?(scenario: string, seat: number): Promise<OutsideRun>;
  close(): Promise<void>;
}

/** What an implementation in this process provides: a function for each command it has. */
export type Handlers = {
  readonly [C in CommandName]?: (request: Request<C>) => Answer<C> | Promise<Answer<C>>;
};

export class Unsupported extends Error {
  override readonly name = "Unsupported";
}

export class PeerRefusal extends Error {
  override readonly name = "PeerRefusal";
}

/** `absent`: the program could not even be started; `threw`: a peer in this process. */
export type FaultKind = "absent" | "died" | "hung" | "rubbish" | "threw";

export class PeerFault extends Error {
  override readonly name = "PeerFault";
  readonly kind: FaultKind;
  constructor(kind: FaultKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

const OURS = [Unsupported, PeerRefusal, PeerFault];

/** A peer in this process. What a handler throws beyond the protocol's own refusals is a fault of the peer. */
export function localPeer(label: string, handlers: Handlers): Peer {
  const told = (command: CommandName, error: unknown): Error => {
    if (OURS.some((kind) => error instanceof kind)) return error as Error;
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return new PeerFault("threw", `${command}: ${message}`);
  };
  return {
    label,
    async call<C extends CommandName>(command: C, request: Request<C>): Promise<Answer<C>> {
      const handler = handlers[command];
      if (!handler) throw new Unsupported(command);
      try {
        return await handler(request);
      } catch (error) {
        throw told(command, error);
      }
    },
    callNow<C extends CommandName>(command: C, request: Request<C>): Answer<C> {
      const handler = handlers[command];
      if (!handler) throw new Unsupported(command);
      try {
        const answer = handler(request);
        if (answer instanceof Promise) throw new Unsupported(`${command} at once`);
        return answer;
      } catch (error) {
        throw told(command, error);
      }
    },
    async close() {},
  };
}

/** Objects that a peer keeps under names; asking for one that was never created is a refusal. */
export class Named<T> {
  readonly #kind: string;
  readonly #objects = new Map<string, T>();
  constructor(kind: string) {
    this.#kind = kind;
  }
  set(name: string, value: T): void {
    this.#objects.set(name, value);
  }
  get(name: string): T {
    const found = this.#objects.get(name);
    if (found === undefined) throw new PeerRefusal(`no ${this.#kind} named ${JSON.stringify(name)}`);
    return found;
  }
}
