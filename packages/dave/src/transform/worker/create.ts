// The main thread opens a session in a worker.

import type { MessageEnd } from "../shapes.ts";
import { DaveWorker } from "./dave-worker.ts";
import { checkMessageEnd } from "./message-end.ts";
import { checkOptions, type DaveWorkerOptions } from "./options.ts";

/**
 * Opens a session in a worker that calls `serveDaveWorker`: MLS and media live there, in one place, away from the
 * page; gateway messages go in, and messages for the gateway and events come out. No secret is posted either way.
 *
 * Any number of sessions may be open in one worker; each is closed by its owner.
 *
 * @throws DaveError `invalid-argument`, `invalid-snowflake`
 * @example
 * ```ts
 * import { createDaveWorker } from "@puredave/dave/transform";
 * const dave = createDaveWorker(worker, { userId, channelId, send: (message) => socket.send(message) });
 * socket.onmessage = ({ data }) => dave.receive(data);
 * // Before anything is added to the connection or negotiated: it follows all of its senders and receivers.
 * dave.attachConnection(connection, { userId: otherUserId });
 * connection.addTrack(microphone);
 * dave.on("mediaAlarm", ({ reason, direction }) => console.error(reason, direction));
 * dave.on("privacyCode", ({ current }) => console.log(current?.code));
 * ```
 */
export function createDaveWorker(worker: MessageEnd, options: DaveWorkerOptions): DaveWorker {
  checkMessageEnd(worker, "worker");
  checkOptions(options);
  return new DaveWorker(worker, options);
}
