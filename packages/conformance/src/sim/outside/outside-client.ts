// A client seen from outside: whoever answers `client.*` takes a seat of the simulator. What it does inside is never
// asked; the referee hears of its transitions and epochs by what it says to the gateway and by what the gateway said to it.
import type { DaveEvents, DecryptOutcome, EncryptOutcome } from "@puredave/dave";
import { parseFrame } from "@puredave/frame-crypto";
import type { SentMessage } from "../../peers/kinds.ts";
import type { Answer, CommandName, Request } from "../../peers/protocol.ts";
import { SkewedClock } from "../clock.ts";
import { isNewer, readMessage } from "../referee/watch.ts";
import type { SeatClient } from "../seat.ts";
import type { ClientOptions } from "../world.ts";
import { Inference } from "./inference.ts";

/** A command answered at once. */
export type CallNow = <C extends CommandName>(command: C, request: Request<C>) => Answer<C>;

type Outcome = Pick<Answer<"client.receive">, "sent" | "state" | "ready">;
type Listener = (event: never) => void;

/** Milliseconds of virtual time between two looks at the client when nothing else happens. */
const TICK_MS = 100;
/** A sealed frame may find the client's clock so far behind: half of what the referee allows. */
const BEHIND_MS = 25;
const MARKER = 0xfa;
const CODECS = { opus: "opus", vp8: "vp8" } as const;

export interface Outside {
  readonly call: CallNow;
  /** The newest established epoch under this id that has the user among its members. */
  readonly epochOf: (transitionId: number) => DaveEvents["epoch"] | undefined;
  /** E21: whether the message just delivered makes a right client leave its key, as nobody else in the call knows it. */
  readonly soleResetDue: () => boolean;
}

export class OutsideClient implements SeatClient {
  /** The referee asks such a client for nothing but what the peer protocol shows. */
  readonly outside = true;
  readonly epoch = undefined;
  readonly privacyCode = undefined;
  state: SeatClient["state"] = "negotiating";
  ready = false;
  /** O2: the last message that was newer; a client that applies in order has applied it. */
  seqAck = -1;
  readonly #name: string;
  readonly #options: ClientOptions;
  readonly #call: CallNow;
  readonly #inference: Inference;
  readonly #listeners = new Map<string, Listener[]>();
  readonly #clock: SkewedClock;
  readonly #soleResetDue: () => boolean;
  #shownMs: number;
  #closed = false;
  /** The newest counter on a frame of the peer's under the key that it uses. */
  #newestNonce = 0;

  constructor(options: ClientOptions, { call, epochOf, soleResetDue }: Outside, name: string) {
    const { clock } = options;
    if (!(clock instanceof SkewedClock)) throw new TypeError("a seat of the simulator has its own clock");
    this.#options = options;
    this.#call = call;
    this.#name = name;
    this.#soleResetDue = soleResetDue;
    this.#clock = clock;
    this.#shownMs = clock.now();
    this.#inference = new Inference(
      () => clock.now(),
      epochOf,
      (type, event) => {
        if (type === "transition" && "phase" in event && event.phase === "executed") this.#newestNonce = 0;
        this.#emit(type, event);
      },
    );
    const ids = { user_id: String(options.userId), channel_id: String(options.channelId) };
    this.#take(call("client.create", { name, ...ids, clock_ms: this.#shownMs }));
    this.#tick();
  }

  // ── what a seat asks of a client ──

  receive(message: string | Uint8Array | ArrayBuffer | ArrayBufferView): void {
    if (typeof message !== "string" && !(message instanceof Uint8Array)) throw new TypeError("text or bytes");
    this.#keepTime();
    const field = typeof message === "string" ? { text: message } : { binary: message };
    const outcome = this.#call("client.receive", { name: this.#name, ...field });
    const read = readMessage(message);
    const fresh = read.seq === undefined || isNewer(read.seq, this.seqAck);
    if (fresh && read.seq !== undefined) this.seqAck = read.seq;
    if (fresh) this.#inference.given(read, message, this.#soleResetDue());
    this.#take(outcome);
  }

  encrypt({ mediaType, ssrc, frame }: Parameters<SeatClient["encrypt"]>[0]): EncryptOutcome {
    this.#keepTime();
    const answer = this.#call("client.encrypt", { name: this.#name, media_type: mediaType, ssrc, frame });
    const { outcome, out } = answer;
    if (outcome === "encrypted" && out) this.#sealed(out);
    this.#take(answer);
    return { outcome, ...(out ? { frame: out } : { reason: outcome }) } as EncryptOutcome;
  }

  /** K3, E22: counters begin anew with a key; without an op 22 that is the transition whose 22 is missing. */
  #sealed(frame: Uint8Array): void {
    const parsed = parseFrame(frame);
    if (parsed.outcome === "failed") return;
    const nonce = Number(parsed.nonce);
    if (nonce <= this.#newestNonce) this.#inference.switched();
    this.#newestNonce = nonce;
  }

  decrypt({ userId, mediaType, frame }: Parameters<SeatClient["decrypt"]>[0]): DecryptOutcome {
    // M6 is exact to the millisecond, expiries of keys are not looked at that closely.
    this.#keepTime(frame.at(-1) === MARKER ? BEHIND_MS : 0);
    const request = { name: this.#name, user_id: String(userId), media_type: mediaType, frame };
    const answer = this.#call("client.decrypt", request);
    this.#take(answer);
    const { outcome, out } = answer;
    // The peer protocol says `ok` for a frame that was authentic, and the reason alone for one that failed.
    if (!out) return { outcome: "failed", reason: outcome } as DecryptOutcome;
    return { outcome: outcome === "ok" ? "decrypted" : outcome, frame: out } as DecryptOutcome;
  }

  connectionLost(): void {
    this.#connection("lost");
  }

  beginConnection(): number {
    this.seqAck = -1;
    this.#inference.identified();
    this.#connection("identify");
    return 0;
  }

  recover(): void {
    this.#keepTime();
    this.#take(this.#call("client.recover", { name: this.#name }));
  }

  /** The protocol has no such command; another `client.create` replaces the client. */
  close(): void {
    this.#closed = true;
  }

  assignSsrcToCodec(ssrc: number, codec: keyof typeof CODECS): void {
    this.#take(this.#call("client.assign_ssrc_codec", { name: this.#name, ssrc, codec }));
  }

  on(type: string, listener: Listener): () => void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
    return () =>
      this.#listeners.set(
        type,
        (this.#listeners.get(type) ?? []).filter((one) => one !== listener),
      );
  }

  // ── between the two ──

  #connection(state: "lost" | "identify"): void {
    this.#keepTime();
    this.#take(this.#call("client.connection", { name: this.#name, state }));
  }

  /** First what the answer means, then its messages: the referee judges a message knowing what led to it. */
  #take({ sent, state, ready }: Outcome): void {
    this.state = state as SeatClient["state"];
    this.ready = ready;
    for (const message of sent) this.#inference.said(message);
    this.#inference.settled();
    for (const message of sent) this.#options.send(dataOf(message));
  }

  /** The client's clock stands still but for this. */
  #keepTime(behind = 0): void {
    const ms = this.#clock.now() - this.#shownMs;
    if (ms <= behind) return;
    this.#shownMs += ms;
    this.#take(this.#call("client.advance_clock", { name: this.#name, ms }));
  }

  #tick(): void {
    this.#clock.setTimer(TICK_MS, () => {
      if (this.#closed) return;
      this.#keepTime();
      this.#tick();
    });
  }

  #emit(type: string, event: unknown): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event as never);
  }
}

const dataOf = (message: SentMessage): string | Uint8Array<ArrayBuffer> =>
  "text" in message ? message.text : new Uint8Array(message.binary);
