// @puredave/dave/transform: encoded frames in browsers. The public names, listed by hand.

export { DaveError, type DaveErrorCode } from "./errors.ts";
export {
  type DecryptedFrameOutcome,
  type DecryptingClient,
  type DecryptTransformOptions,
  decryptTransform,
} from "./transform/decrypt.ts";
export {
  type EncryptedFrameOutcome,
  type EncryptingClient,
  type EncryptTransformOptions,
  encryptTransform,
} from "./transform/encrypt.ts";
export type { CountingTransform, FrameCounters, FrameReport, TransformOptions } from "./transform/passage.ts";
export type {
  EncodedFrame,
  EncodedFrameMetadata,
  FrameTransformStream,
  MessageEnd,
  PeerConnection,
  RtpReceiver,
  RtpSender,
  RtpTransceiver,
  ScriptTransformConstructor,
  ScriptTransformer,
  StatsReport,
} from "./transform/shapes.ts";
export type {
  AttachConnectionOptions,
  AttachedConnection,
  MediaAlarmReason,
} from "./transform/worker/attached-connection.ts";
export { createDaveWorker } from "./transform/worker/create.ts";
export type { DaveWorker, DaveWorkerEvents } from "./transform/worker/dave-worker.ts";
export type { AttachSenderOptions, DaveWorkerOptions } from "./transform/worker/options.ts";
export {
  type ServeDaveWorkerOptions,
  type ServedDaveWorker,
  serveDaveWorker,
  type WorkerClientOptions,
} from "./transform/worker/serve.ts";
export type { MediaReport } from "./transform/worker/served-session.ts";
