// The little that is used of WebRTC and of streams: the DOM's own types fit, and none of them is needed to compile.

/** `getMetadata()` of an encoded frame, as far as it is read. Each field may be absent. */
export interface EncodedFrameMetadata {
  /** The SSRC, 32 bits. */
  readonly synchronizationSource?: number | undefined;
  /** RTP payload type, 7 bits. */
  readonly payloadType?: number | undefined;
  /** As in SDP: `audio/opus`, `video/VP8`. Case does not matter. */
  readonly mimeType?: string | undefined;
}

/** An encoded frame on its way through a transform; `RTCEncodedAudioFrame` and `RTCEncodedVideoFrame` are such. */
export interface EncodedFrame {
  /** One whole frame of the codec, or what DAVE made of it. Read once, and replaced by a buffer of its own. */
  data: ArrayBuffer;
  /** Of video: `key`, `delta` or `empty`. */
  readonly type?: string | undefined;
  /** What the platform says of the frame; a new object each time. */
  getMetadata(): EncodedFrameMetadata;
}

/**
 * The runtime's `TransformStream`, by its own type where there is one: the DOM's, Node's, Deno's. Without any such
 * type in the compilation: its two ends.
 */
export type FrameTransformStream = typeof globalThis extends {
  readonly TransformStream: { readonly prototype: infer Stream };
}
  ? Stream
  : { readonly readable: unknown; readonly writable: unknown };

/** What is used of an `RTCRtpScriptTransformer`. */
export interface ScriptTransformer {
  /** What `new RTCRtpScriptTransform(worker, options)` was given. */
  readonly options: unknown;
  /** Frames as they come. */
  readonly readable: { pipeThrough(transform: never): { pipeTo(sink: never): Promise<void> } };
  /** Where they go on. */
  readonly writable: unknown;
  /** A sender's: has its encoder make a key frame. Not in every browser. */
  generateKeyFrame?(): Promise<unknown>;
  /** A receiver's: asks the other side for one. */
  sendKeyFrameRequest?(): Promise<unknown>;
}

/** What is used of an `RTCRtpSender`. */
export interface RtpSender {
  /** What it sends: `audio` or `video`. */
  readonly track: { readonly kind: string } | null;
  /** The platform's `RTCRtpScriptTransform`, once attached. */
  transform: unknown;
  /** Takes its track away, when it cannot be protected. */
  replaceTrack?(track: null): Promise<void>;
  /** Tells how many packets it has sent. */
  getStats?(): Promise<StatsReport>;
}

/** What is used of an `RTCStatsReport`. */
export interface StatsReport {
  /** Calls back with every part. */
  forEach(each: (part: unknown) => void): void;
}

/** What is used of an `RTCRtpTransceiver`. */
export interface RtpTransceiver {
  /** Its sender, with or without a track. */
  readonly sender: RtpSender;
  /** Its receiver. */
  readonly receiver: RtpReceiver;
}

/** What is used of an `RTCPeerConnection`. */
export interface PeerConnection {
  /** `closed` at the end. */
  readonly connectionState: string;
  /** Senders and receivers, in pairs. */
  getTransceivers(): readonly RtpTransceiver[];
  /** As of an `EventTarget`. */
  addEventListener(type: never, listener: never): void;
  /** As of an `EventTarget`. */
  removeEventListener(type: never, listener: never): void;
}

/** What is used of an `RTCRtpReceiver`. */
export interface RtpReceiver {
  /** What it receives: `audio` or `video`. */
  readonly track: { readonly kind: string };
  /** The platform's `RTCRtpScriptTransform`, once attached. */
  transform: unknown;
  /** Tells how many packets it has received. */
  getStats?(): Promise<StatsReport>;
}

/** The constructor `RTCRtpScriptTransform`. */
export type ScriptTransformConstructor = new (worker: never, options: unknown) => object;

/**
 * One end of a channel of messages: a `Worker`, a worker's own scope, a `MessagePort`; of browsers, Deno and Bun by
 * events, of Node's `worker_threads` by emitters. `never` fits however its listeners are typed.
 */
export type MessageEnd = {
  postMessage(message: unknown): void;
} & (
  | {
      addEventListener(type: never, listener: never): void;
      removeEventListener(type: never, listener: never): void;
    }
  | { on(type: never, listener: never): unknown; off(type: never, listener: never): unknown }
);
