// For runtimes other than Node: the suites, this project's own peer and the simulated gateway, without any I/O.
// No stability promise; `npm run test:runtimes` is made of it.
export { compareBytes, concatBytes, fromHex, toHex } from "./bytes.ts";
export type { Peer } from "./peers/peer.ts";
export { selfPeer } from "./peers/self/index.ts";
export { type MlsSubject, mlsInternals } from "./runner/mls-subject.ts";
export { type RunOptions, runVectors } from "./runner/run.ts";
export type { Subject, Suite } from "./runner/suite.ts";
export type { CaseResult, Finding, Verdict } from "./runner/verdict.ts";
export { VirtualClock } from "./sim/clock.ts";
export { DeliveryMls } from "./sim/gateway/delivery.ts";
export { VoiceGateway } from "./sim/gateway/gateway.ts";
export { SeededRandom } from "./sim/random.ts";
export { Seat, type SeatClient } from "./sim/seat.ts";
export { type MediaPacket, PLAIN_SFU, Sfu } from "./sim/sfu.ts";
export { SUITE_NAMES, SUITES } from "./suites/index.ts";
export { decodeCbor, isTree, type Value } from "./vectors/cbor.ts";
export { type VectorFile, vectorFile } from "./vectors/file.ts";
