// §2 Voice gateway opcodes that concern DAVE, and the heartbeat and resume around them (O2, O3).

/** Opcode numbers by the names of the protocol. */
export const OPCODES = /* @__PURE__ */ Object.freeze({
  identify: 0,
  heartbeat: 3,
  sessionDescription: 4,
  resume: 7,
  resumed: 9,
  clientsConnect: 11,
  clientDisconnect: 13,
  prepareTransition: 21,
  executeTransition: 22,
  readyForTransition: 23,
  prepareEpoch: 24,
  mlsExternalSender: 25,
  mlsKeyPackage: 26,
  mlsProposals: 27,
  mlsCommitWelcome: 28,
  mlsAnnounceCommitTransition: 29,
  mlsWelcome: 30,
  mlsInvalidCommitWelcome: 31,
} as const);

/** A message from the voice gateway. `seq` is absent where the server sent none. */
export type ServerMessage = { readonly seq?: number | undefined } & (
  | { readonly op: 4; readonly protocolVersion: number }
  | { readonly op: 9 }
  | { readonly op: 11; readonly userIds: readonly string[] }
  | { readonly op: 13; readonly userId: string }
  | { readonly op: 21; readonly protocolVersion: number; readonly transitionId: number }
  | { readonly op: 22; readonly transitionId: number }
  | { readonly op: 24; readonly protocolVersion: number; readonly epoch: bigint }
  /** A bare `ExternalSender`. */
  | { readonly op: 25; readonly externalSender: Uint8Array }
  /** From the operation byte on: 0 append `MLSMessage<V>`, 1 revoke `ProposalRef<V>`. */
  | { readonly op: 27; readonly body: Uint8Array }
  /** An `MLSMessage`. */
  | { readonly op: 29; readonly transitionId: number; readonly commit: Uint8Array }
  /** A bare `Welcome`. */
  | { readonly op: 30; readonly transitionId: number; readonly welcome: Uint8Array }
  | { readonly op: "unknown"; readonly opcode: number }
);

/** A message to the voice gateway. */
export type ClientMessage =
  | { readonly op: 0; readonly maxProtocolVersion: number; readonly data?: Readonly<Record<string, unknown>> }
  | { readonly op: 23; readonly transitionId: number }
  /** A bare `KeyPackage`; a gateway accepts one wrapped in an `MLSMessage` too. */
  | { readonly op: 26; readonly keyPackage: Uint8Array }
  /** An `MLSMessage`, and the bare `Welcome` when the commit adds anyone. */
  | { readonly op: 28; readonly commit: Uint8Array; readonly welcome?: Uint8Array | undefined }
  | { readonly op: 31; readonly transitionId: number }
  | { readonly op: "unknown"; readonly opcode: number };

/**
 * A message as a websocket hands it out: text, or bytes in any wrapping. A list of byte arrays is one message in
 * pieces, as `ws` gives it under `binaryType: "fragments"`. JSON text may come as bytes (O2).
 */
export type GatewayData =
  | string
  | Uint8Array
  | ArrayBuffer
  | SharedArrayBuffer
  | ArrayBufferView
  | readonly Uint8Array[];

/** A message that has to be read first: a `Blob`, which the web's `WebSocket` hands out by default. */
export interface AsyncGatewayData {
  /** Reads the whole. */
  arrayBuffer(): Promise<ArrayBuffer>;
}

/**
 * What a client sends: text for JSON opcodes, bytes for MLS. The bytes lie in an `ArrayBuffer`, as the `send` of the web's
 * WebSocket demands since TypeScript 6; in compilers before 5.7 the type is plain `Uint8Array`.
 */
export type SentMessage = string | ReturnType<Uint8ArrayConstructor["of"]>;
