// The worker's side of one session: a DaveClient, what it is told, and what it tells.

import { DaveClient } from "../../client/client.ts";
import type { DaveClientOptions } from "../../client/options.ts";
import { snapshotOf } from "../../client/snapshot.ts";
import { DaveError } from "../../errors.ts";
import { pairwiseCodeWith } from "../../verification.ts";
import type { FrameCounters } from "../passage.ts";
import {
  type FromWorker,
  type MediaOptions,
  postable,
  type Question,
  type ToWorker,
  type WorkerStatus,
} from "./messages.ts";

/** Frames of one attached sender or receiver. */
export interface MediaReport extends Omit<MediaOptions, "payloadTypes"> {
  /** Frames by outcome. */
  readonly counters: FrameCounters;
}

export type OpenMessage = Extract<ToWorker, { type: "open" }>;

const sameCode = (a: WorkerStatus["privacyCode"], b: WorkerStatus["privacyCode"]): boolean =>
  a?.code === b?.code && a?.stale === b?.stale;

const sameStatus = (a: WorkerStatus, b: WorkerStatus): boolean =>
  a.state === b.state &&
  a.ready === b.ready &&
  a.seqAck === b.seqAck &&
  a.epoch === b.epoch &&
  a.executedVersion === b.executedVersion &&
  sameCode(a.privacyCode, b.privacyCode);

export class ServedSession {
  readonly client: DaveClient;
  readonly #post: (message: FromWorker) => void;
  readonly #media: () => readonly MediaReport[];
  #link = 0;
  #told: { readonly link: number; readonly status: WorkerStatus } | undefined;

  constructor(parts: {
    readonly open: OpenMessage;
    readonly options: Partial<DaveClientOptions>;
    readonly post: (message: FromWorker) => void;
    readonly onFault: (fault: unknown) => void;
    readonly media: () => readonly MediaReport[];
  }) {
    const { open, options, post, onFault } = parts;
    this.#post = post;
    this.#media = parts.media;
    this.client = new DaveClient({
      ...options,
      userId: open.userId,
      channelId: open.channelId,
      policy: open.policy,
      backend: open.backend,
      recoverFromMedia: open.recoverFromMedia,
      send: (data) => post({ type: "send", link: this.#link, data }),
      onEvent: (event) => {
        // whoever hears the event sees the state that it tells of
        this.#tellStatus();
        post({ type: "event", event });
        options.onEvent?.(event);
      },
      onFault,
    });
    this.#tellStatus();
  }

  /** Everything but what concerns the session as a whole, or its media. */
  apply(message: Exclude<ToWorker, { type: "open" | "close" | "user" }>): void {
    switch (message.type) {
      case "receive":
        this.client.receive(message.data, message.connection);
        break;
      case "lost":
        this.#link = message.link;
        this.client.connectionLost();
        break;
      case "identify":
        this.#link = message.link;
        this.client.beginConnection();
        break;
      case "recover":
        this.client.recover();
        break;
      case "codec":
        this.client.assignSsrcToCodec(message.ssrc, message.codec);
        break;
      case "ask":
        this.#answer(message.id, message.question);
        break;
    }
    this.#tellStatus();
  }

  #answer(id: number, question: Question): void {
    try {
      this.#post({ type: "answer", id, value: this.#lookUp(question) });
    } catch (error) {
      this.#post({ type: "refusal", id, ...postable(error) });
      if (!(error instanceof DaveError)) throw error;
    }
  }

  #lookUp(question: Question): unknown {
    switch (question.about) {
      case "snapshot":
        return snapshotOf(this.client);
      case "media":
        return this.#media();
      case "public-key":
        return this.client.publicKey;
      case "pairwise-code":
        return pairwiseCodeWith(this.client, question.userId);
      case "verification":
        return this.client.verificationOf(question.userId);
      case "verify":
        return this.client.markVerified(question.userId, question.compared);
    }
  }

  #tellStatus(): void {
    const { state, ready, seqAck, epoch, executedVersion, privacyCode } = this.client;
    const status: WorkerStatus = { state, ready, seqAck, epoch, executedVersion, privacyCode };
    const told = this.#told;
    if (told !== undefined && told.link === this.#link && sameStatus(told.status, status)) return;
    this.#told = { link: this.#link, status };
    this.#post({ type: "status", link: this.#link, status });
  }

  close(): void {
    this.client.close();
    this.#post({ type: "closed", error: undefined });
  }
}
