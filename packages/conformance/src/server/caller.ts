// A user's voice session on this server: what op 0 and op 1 said, and the transport that came of it.
import { randomBytes } from "node:crypto";
import { TransportCipher, type TransportMode } from "@puredave/dave/voice";
import type { Session } from "../sim/gateway/call.ts";
import type { Link } from "../sim/network.ts";
import type { Participant, Room } from "./room.ts";

/** What op 0 said. */
export interface Identified {
  readonly userId: string;
  readonly serverId: string;
  readonly sessionId: string;
  readonly token: string;
  /** G2: absent = 0. */
  readonly maxVersion: number;
}

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export class Caller implements Participant {
  readonly identified: Identified;
  readonly room: Room<Caller>;
  /** Of audio; the next number is the video's. */
  readonly ssrc: number;
  /** Since op 1. */
  session: Session | undefined;
  link: Link | undefined;
  endpoint: Endpoint | undefined;
  /** As IP discovery saw it. */
  discovered: Endpoint | undefined;
  /** What op 5 said last. */
  speaking: { readonly speaking: number; readonly ssrc: number } | undefined;
  /** Packets in the running second. */
  packets = { second: 0, count: 0 };
  private transport: { readonly cipher: TransportCipher; readonly key: Uint8Array } | undefined;

  constructor(identified: Identified, room: Room<Caller>, ssrc: number) {
    this.identified = identified;
    this.room = room;
    this.ssrc = ssrc;
  }

  get cipher(): TransportCipher | undefined {
    return this.transport?.cipher;
  }

  /** Op 1: a new key, from the platform's cryptographic source. */
  renewKey(mode: TransportMode): void {
    this.close();
    const key = new Uint8Array(randomBytes(32));
    this.transport = { cipher: new TransportCipher(mode, key), key };
  }

  /** The fields of op 4 that the gateway does not know of. */
  secrets(): { readonly mode: string; readonly secret_key: readonly number[] } | undefined {
    return this.transport && { mode: this.transport.cipher.mode, secret_key: [...this.transport.key] };
  }

  close(): void {
    this.transport?.cipher.close();
    this.transport?.key.fill(0);
    this.transport = undefined;
  }
}
