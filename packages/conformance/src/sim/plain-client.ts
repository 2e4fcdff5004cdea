// A client without DAVE: it speaks in the clear and plays whatever is no protocol frame (G2, G11, S2).
import type { SeatClient } from "./seat.ts";

const MARKER = [0xfa, 0xfa] as const;

/** Stands where a `DaveClient` would. */
export const plainClient = (): SeatClient => ({
  state: "plain",
  ready: true,
  seqAck: -1,
  epoch: undefined,
  privacyCode: undefined,
  receive() {},
  connectionLost() {},
  beginConnection: () => 0,
  recover() {},
  close() {},
  on: () => () => {},
  encrypt: ({ frame }) => ({ outcome: "plain", frame }),
  decrypt({ frame }) {
    const sealed = frame.at(-2) === MARKER[0] && frame.at(-1) === MARKER[1];
    return sealed ? { outcome: "failed", reason: "not-protocol-frame" } : { outcome: "plain", frame };
  },
});
