// A member that streams a recording: one packet every 20 ms, held while the client is not ready (M8, policy `hold`).
import type { Seat } from "../sim/seat.ts";
import type { Ledger } from "./ledger.ts";

/** One SSRC each; the SFU checks the owner (S1). */
export interface Voice {
  readonly seat: Seat;
  readonly ssrc: number;
  readonly packets: readonly Uint8Array[];
}

export class Speaker {
  /** Packets taken from the recording so far. */
  taken = 0;
  /** Encrypt outcomes that must not happen once frames have left (the race of M4). */
  readonly refusals: string[] = [];
  private readonly voice: Voice;
  private readonly ledger: Ledger;
  private held: number[] = [];
  private flowing = false;

  constructor(voice: Voice, ledger: Ledger) {
    this.voice = voice;
    this.ledger = ledger;
  }

  get finished(): boolean {
    return this.taken === this.voice.packets.length && this.held.length === 0;
  }

  /** A new connection has to become ready again (M4). */
  joined(): void {
    this.flowing = false;
  }

  /** The next 20 ms. */
  tick(): void {
    if (!this.voice.seat.present) return;
    if (this.taken < this.voice.packets.length) this.held.push(this.taken++);
    while (this.held.length > 0 && this.offer(this.held[0]!)) this.held.shift();
  }

  /** True when the frame left, or never will. */
  private offer(index: number): boolean {
    const { seat, ssrc, packets } = this.voice;
    const original = packets[index]!;
    const result = seat.client!.encrypt({ mediaType: "audio", ssrc, frame: original });
    if (result.outcome !== "encrypted" && result.outcome !== "plain") {
      if (this.flowing) this.refusals.push(`${result.outcome}: ${result.reason}`);
      return result.outcome !== "not-ready";
    }
    this.flowing = true;
    const frameNumber = this.ledger.sent(seat.userId, original, index, result.outcome === "encrypted");
    seat.send({ from: seat.userId, ssrc, mediaType: "audio", payload: result.frame, frameNumber });
    return true;
  }
}
