// What stands around an example that shows a fragment of a bot: the socket, the encoder, the speaker, a second member.
import { DaveClient } from "@puredave/dave";
import { HashRatchet } from "@puredave/dave/protocol";
import type { KeyRatchet } from "@puredave/frame-crypto";
import { createCryptoProvider, generateSignatureKeyPair } from "@puredave/mls";

export const userId = "158049329150427136";
export const channelId = "927310423890473011";
export const ssrc = 1;

/** 20 ms of something, 40 bytes. */
export const opus: Uint8Array = Uint8Array.from({ length: 40 }, (_, i) => i * 7);
export const frame: Uint8Array = opus.slice();
export const now = 0;

interface Socket {
  onmessage: ((event: { readonly data: string | ArrayBuffer }) => void) | undefined;
  onclose: ((event: { readonly code: number }) => void) | undefined;
  send(message: string | Uint8Array): void;
  close(code: number): void;
}
export const socket: Socket = { onmessage: undefined, onclose: undefined, send: () => {}, close: () => {} };
export const udp = { send: (_packet: Uint8Array, _port: number, _address: string): void => {} };
export const send = (message: string | Uint8Array): void => socket.send(message);

export const rtp = { send: (_payload: Uint8Array): void => {} };
export const play = (..._what: readonly unknown[]): void => {};

/** An RTP packet with a transport that leaves it as it is. */
export const packet: Uint8Array = Uint8Array.of(0x80, 120, 0, 1, 0, 0, 3, 192, 0, 0, 0, 1, ...opus);
export const decryptTransport = (received: Uint8Array): Uint8Array => received.subarray(12);

export const crypto = createCryptoProvider();
export const ratchet: KeyRatchet = new HashRatchet(crypto, new Uint8Array(16));
export const signatureKeyPair = generateSignatureKeyPair(crypto);
export const identity: Uint8Array = new TextEncoder().encode("alice");
export const groupId: Uint8Array = new TextEncoder().encode("a group");
export const client: DaveClient = new DaveClient({ userId, channelId, send });

/** A store of secrets in memory. */
let stored: Uint8Array | undefined;
export const store = {
  load: (): Uint8Array | undefined => stored,
  save: (secret: Uint8Array): void => {
    stored = secret;
  },
};

/** A browser's side of media: what a script transform brings into a worker, and a connection. */
export const transformer = {
  // a stream is piped once, and several examples do so
  get readable() {
    return new ReadableStream();
  },
  get writable() {
    return new WritableStream();
  },
  generateKeyFrame: async (): Promise<void> => {},
  sendKeyFrameRequest: async (): Promise<void> => {},
};
const end = { postMessage: () => {}, addEventListener: () => {}, removeEventListener: () => {} };
export const worker = end;
export const self = end;
export const microphone = { kind: "audio" };
export const otherUserId = "158533742254751744";
type Received = (event: { readonly receiver: { track: { kind: string }; transform: unknown } }) => void;
export const connection = {
  connectionState: "new",
  ontrack: undefined as Received | undefined,
  addTrack: (track: { kind: string }) => ({ track, transform: undefined as unknown }),
  getTransceivers: () => [],
  addEventListener: (): void => {},
  removeEventListener: (): void => {},
};
Object.assign(globalThis, { RTCRtpScriptTransform: class {} });
