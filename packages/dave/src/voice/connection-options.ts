// What a voice connection is told, and what is refused.

import type { DaveClient } from "../client/client.ts";
import { CORES, type Core } from "../client/core.ts";
import { checkCallbacks, checkOptionNames, DaveError, expectThat, isFunction } from "../errors.ts";
import { checkCount } from "./checks.ts";
import { checkCredentials, type VoiceCredentials } from "./messages.ts";
import type { VoiceAddress, VoiceEnd } from "./shapes.ts";

/** Options of `VoiceConnection`. */
export interface VoiceConnectionOptions {
  /** The client of this call, not closed. Its option `send` must lead to `VoiceConnection.send`. */
  readonly client: DaveClient;
  /** What the main gateway told. */
  readonly credentials: VoiceCredentials;
  /** Asks for a websocket to the voice server, `delayMs` from now; give it to `VoiceConnection.open`. */
  readonly connect: (delayMs: number) => void;
  /** Sends a packet over UDP. */
  readonly sendPacket: (packet: Uint8Array, to: VoiceAddress) => void;
  /** Told once, when the connection is over for good. */
  readonly ended?: ((end: VoiceEnd) => void) | undefined;
  /** Attempts that may fail in a row, 1 or more; default 8. */
  readonly maxFailures?: number | undefined;
  /** A number from 0 to 1 for each delay; default: 0.5. */
  readonly random?: (() => number) | undefined;
  /** Told what one of these functions, or a websocket's, has thrown. Default: it is ignored. */
  readonly onFault?: ((fault: unknown) => void) | undefined;
}

const OPTION_NAMES: { readonly [K in keyof VoiceConnectionOptions]-?: true } = {
  client: true,
  credentials: true,
  connect: true,
  sendPacket: true,
  ended: true,
  maxFailures: true,
  random: true,
  onFault: true,
};

/**
 * Checks the options; returns what the client is made of.
 *
 * @throws {@link DaveError} `invalid-argument`, `invalid-snowflake`; `closed` for a client that was closed
 */
export function checkConnectionOptions(options: VoiceConnectionOptions): Core {
  checkOptionNames(options, OPTION_NAMES);
  const { client, credentials, connect, sendPacket, ended, maxFailures, random, onFault } = options;
  const core = CORES.get(client);
  expectThat(core !== undefined, "client", "a DaveClient", client);
  checkCredentials(credentials);
  expectThat(isFunction(connect), "connect", "a function", connect);
  expectThat(isFunction(sendPacket), "sendPacket", "a function", sendPacket);
  checkCallbacks({ ended, random, onFault });
  if (maxFailures !== undefined) checkCount(maxFailures, 1, "maxFailures");
  if (core.closing) throw new DaveError("closed", "client: it was closed; make a new one");
  return core;
}
