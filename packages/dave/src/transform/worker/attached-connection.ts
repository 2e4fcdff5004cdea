// A peer connection all of whose media pass through a session: senders and receivers of now and of later.

import { call, type Fault } from "../../callbacks.ts";
import type { Snowflake } from "../../snowflake.ts";
import { startTimer } from "../ports.ts";
import type { PeerConnection, RtpReceiver, RtpSender, RtpTransceiver } from "../shapes.ts";

/** Options of `attachConnection`. */
export interface AttachConnectionOptions {
  /**
   * Who sends: of a connection to one user, that user; else a function that says whose a receiver is, `undefined` while
   * nobody knows. Frames of an unknown user are dropped.
   */
  readonly userId: Snowflake | ((receiver: RtpReceiver) => Snowflake | undefined);
}

/** A connection that is attached. */
export interface AttachedConnection {
  /** Asks `userId` again for every receiver, once more is known. */
  refresh(): void;
  /** Follows the connection no more. What is attached stays attached. */
  detach(): void;
}

/** Why media is not protected, or not decrypted. */
export type MediaAlarmReason =
  /** No transform could be attached in time. A sender's track has been taken away: nothing is sent. */
  | "not-attached"
  /** Packets pass, but no frame of them was ever seen. A sender's track has been taken away; a receiver's decoder gets ciphertext. */
  | "no-frames";

/** What a session does for its attached connections. */
export interface AttachedParts {
  /** Attaches a sender; resolves with its id when frames pass through the worker. */
  readonly sender: (sender: RtpSender, kind: string) => Promise<number>;
  /** The same of a receiver. */
  readonly receiver: (receiver: RtpReceiver, userId: Snowflake | undefined) => Promise<number>;
  /** Frames seen by the worker so far, by id. */
  readonly frames: () => Promise<ReadonlyMap<number, number>>;
  readonly alarm: (reason: MediaAlarmReason, direction: "send" | "receive", kind: string) => void;
  readonly fault: Fault;
}

/** How long negotiation waits for the worker. */
const ATTACH_MS = 5_000;
/** How often packets and frames are compared. */
const WATCH_MS = 2_000;
/** Fewer packets may still be on their way through the worker. */
const MIN_PACKETS = 25;

const EVENTS = ["track", "negotiationneeded", "signalingstatechange"] as const;
const NEGOTIATING = ["setLocalDescription", "setRemoteDescription"] as const;
const ADDING = ["addTrack", "addTransceiver"] as const;

interface Attachment {
  readonly end: RtpSender | RtpReceiver;
  readonly direction: "send" | "receive";
  readonly kind: string;
  /** Settles when frames pass through the worker, or when it is clear that they will not. Never rejects. */
  readonly done: Promise<void>;
  id: number | undefined;
  alarmed: boolean;
}

/**
 * A browser starts the streams of a transceiver while a description is set. A transform that is not in place by then
 * is never called (measured in Chromium 156): the sender sends plaintext, and the decoder gets ciphertext. So new
 * transceivers are attached at once, and descriptions are set only when the worker has said that it is in place.
 */
export class ConnectionAttachment implements AttachedConnection {
  readonly #connection: PeerConnection;
  readonly #options: AttachConnectionOptions;
  readonly #parts: AttachedParts;
  readonly #attachments = new Map<RtpSender | RtpReceiver, Attachment>();
  readonly #stops: (() => void)[] = [];

  constructor(connection: PeerConnection, options: AttachConnectionOptions, parts: AttachedParts) {
    this.#connection = connection;
    this.#options = options;
    this.#parts = parts;
    for (const name of ADDING) this.#wrap(name, (original) => this.#adding(original));
    for (const name of NEGOTIATING) this.#wrap(name, (original) => this.#negotiating(original));
    const heard = (): void => this.#scan();
    for (const type of EVENTS) {
      connection.addEventListener(type as never, heard as never);
      this.#stops.push(() => connection.removeEventListener(type as never, heard as never));
    }
    this.#scan();
    this.#watch();
  }

  refresh(): void {
    for (const { end, direction } of this.#attachments.values())
      if (direction === "receive") void this.#receiving(end as RtpReceiver).catch(this.#parts.fault);
  }

  detach(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** Puts a method of this one connection's in front of the platform's. */
  #wrap(
    name: (typeof ADDING)[number] | (typeof NEGOTIATING)[number],
    wrapped: (original: (...args: unknown[]) => unknown) => (...args: unknown[]) => unknown,
  ): void {
    const connection = this.#connection as unknown as Record<string, (...args: unknown[]) => unknown>;
    const original = connection[name];
    if (typeof original !== "function") return;
    const method = wrapped(original.bind(connection));
    connection[name] = method;
    this.#stops.push(() => {
      if (connection[name] === method) delete connection[name];
    });
  }

  #adding(original: (...args: unknown[]) => unknown) {
    return (...args: unknown[]): unknown => {
      const added = original(...args);
      this.#scan();
      return added;
    };
  }

  /** Before, for what was added; after, for what the other side has brought. */
  #negotiating(original: (...args: unknown[]) => unknown) {
    return async (...args: unknown[]): Promise<unknown> => {
      await this.#scanned();
      const result = await original(...args);
      await this.#scanned();
      return result;
    };
  }

  async #scanned(): Promise<void> {
    this.#scan();
    await Promise.all([...this.#attachments.values()].map(({ done }) => done));
  }

  #scan(): void {
    for (const transceiver of this.#connection.getTransceivers()) this.#attach(transceiver);
  }

  #attach({ sender, receiver }: RtpTransceiver): void {
    // A sender may have no track yet: it is of its receiver's kind.
    const { kind } = receiver.track;
    if (!this.#attachments.has(sender))
      this.#add("send", sender, kind, () => this.#parts.sender(sender, kind));
    if (!this.#attachments.has(receiver))
      this.#add("receive", receiver, kind, () => this.#receiving(receiver));
  }

  #receiving(receiver: RtpReceiver): Promise<number> {
    const { userId } = this.#options;
    return this.#parts.receiver(receiver, typeof userId === "function" ? userId(receiver) : userId);
  }

  #add(
    direction: Attachment["direction"],
    end: Attachment["end"],
    kind: string,
    attach: () => Promise<number>,
  ): void {
    const attachment = { end, direction, kind, id: undefined as number | undefined, alarmed: false };
    const inTime = async (): Promise<void> => {
      try {
        attachment.id = await before(ATTACH_MS, attach());
      } catch (fault) {
        this.#parts.fault(fault);
        this.#alarm(attachment as Attachment, "not-attached");
      }
    };
    this.#attachments.set(end, Object.assign(attachment, { done: inTime() }));
  }

  /** Once for each: a sender that is not protected loses its track, and sends nothing. */
  #alarm(attachment: Attachment, reason: MediaAlarmReason): void {
    if (attachment.alarmed) return;
    attachment.alarmed = true;
    const { direction, end, kind } = attachment;
    if (direction === "send") call(() => (end as RtpSender).replaceTrack?.(null), this.#parts.fault);
    this.#parts.alarm(reason, direction, kind);
  }

  #watch(): void {
    let stopTimer = startTimer(WATCH_MS, () => void round());
    const round = async (): Promise<void> => {
      try {
        await this.#compare();
      } catch (fault) {
        this.#parts.fault(fault);
      }
      if (this.#stops.length > 0) stopTimer = startTimer(WATCH_MS, () => void round());
    };
    this.#stops.push(() => stopTimer());
  }

  async #compare(): Promise<void> {
    if (this.#connection.connectionState === "closed") return this.detach();
    const frames = await this.#parts.frames();
    for (const attachment of [...this.#attachments.values()]) {
      const { id, end, alarmed } = attachment;
      if (id === undefined || alarmed || (frames.get(id) ?? 0) > 0) continue;
      if ((await packetsOf(end)) >= MIN_PACKETS) this.#alarm(attachment, "no-frames");
    }
  }
}

/** Packets that a sender has sent, or a receiver received. */
async function packetsOf(end: RtpSender | RtpReceiver): Promise<number> {
  let packets = 0;
  const stats = await end.getStats?.();
  stats?.forEach((report) => {
    const { type, packetsSent, packetsReceived } = report as {
      readonly type?: string;
      readonly packetsSent?: number;
      readonly packetsReceived?: number;
    };
    if (type === "outbound-rtp") packets += packetsSent ?? 0;
    if (type === "inbound-rtp") packets += packetsReceived ?? 0;
  });
  return packets;
}

/** What a promise resolves with, unless that takes longer. */
function before<T>(ms: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = startTimer(ms, () => reject(new Error("the worker did not attach the transform in time")));
    promise.then(resolve, reject).finally(stop);
  });
}
