// What a conversation needs of the server that it belongs to.
import type { TransportMode } from "@puredave/dave/voice";
import type { Timeline } from "../sim/clock.ts";
import type { Session } from "../sim/gateway/call.ts";
import type { GatewayKnobs } from "../sim/gateway/knobs.ts";
import type { DelayKnobs, WireMessage } from "../sim/network.ts";
import type { SeededRandom } from "../sim/random.ts";
import type { Caller, Identified } from "./caller.ts";
import type { Limits } from "./options.ts";

export interface Host {
  readonly clock: Timeline;
  readonly random: SeededRandom;
  readonly limits: Limits;
  readonly knobs: GatewayKnobs;
  /** Delay of a websocket until op 0 tells whose it is. */
  readonly control: DelayKnobs;
  readonly heartbeatIntervalMs: number;
  readonly channelId: string;
  readonly media: { readonly ip: string; readonly port: number; readonly modes: readonly TransportMode[] };
  /** Delay of a user's websocket. */
  controlOf(userId: string): DelayKnobs;
  nextNumber(): number;
  /** Op 0. */
  admit(identified: Identified, channelId: string): Caller;
  /** Op 1: the caller has a session of the gateway. */
  entered(caller: Caller, session: Session): void;
  /** By what op 0 said. */
  callerOf(serverId: string, sessionId: string): Caller | undefined;
  forget(caller: Caller): void;
  record(caller: Caller, direction: "in" | "out", message: WireMessage): void;
}
