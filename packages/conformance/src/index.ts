// @puredave/conformance: vectors, peers and verdicts for implementations of DAVE. The public names.
export { type CapturedMessage, CaptureError, captureLine, parseCapture } from "./capture/capture.ts";
export { type ReplayOptions, type ReplayStep, replay } from "./capture/replay.ts";
export { inspectBytes, inspectKind, KINDS, type Kind } from "./inspect/inspect.ts";
export type { Inspected, Node } from "./inspect/trace.ts";
export { daveyPeer } from "./peers/davey.ts";
export {
  type FaultKind,
  type Handlers,
  localPeer,
  type Peer,
  PeerFault,
  PeerRefusal,
  Unsupported,
} from "./peers/peer.ts";
export { type Answer, COMMANDS, type CommandName, type Request } from "./peers/protocol.ts";
export { selfHandlers, selfPeer } from "./peers/self/index.ts";
export { answerLine, serve } from "./peers/serve.ts";
export { type StdioOptions, stdioPeer } from "./peers/stdio.ts";
export { htmlReport } from "./report/html.ts";
export { markdownReport } from "./report/markdown.ts";
export type { PeerRun, Report } from "./report/report.ts";
export { runVectors } from "./runner/run.ts";
export type { CaseContext, Subject, Suite } from "./runner/suite.ts";
export { type SuiteCounts, type Summary, summarize } from "./runner/summary.ts";
export type { CaseResult, Finding, Verdict } from "./runner/verdict.ts";
export { ALL_SUITES, liveFiles, SUITES } from "./suites/index.ts";
export { readVectorFile, readVectorFolder, type VectorFile, vectorsFolder } from "./vectors/files.ts";
