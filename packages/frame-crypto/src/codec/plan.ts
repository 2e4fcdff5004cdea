// C0–C6 what a sender leaves clear: one plan per frame, filled by the codec's planner.
import { EMPTY } from "../constants.ts";
import { Ranges } from "../format/ranges.ts";
import { type FindStartCode, findStartCode } from "./start-codes.ts";

/** Fills the plan; false means C0: encrypt the whole frame, its original bytes. */
export type Planner = (frame: Uint8Array, plan: Plan) => boolean;

/** The frame as the receiver will get it, and what of it stays clear. Reused for every frame. */
export class Plan {
  /** Bytes of the transformed frame are the first `length` of `media`. */
  media = EMPTY;
  length = 0;
  readonly clear = new Ranges();
  readonly findStartCode: FindStartCode;
  /** For planners: starts and ends of the frame's `units` units, overwritten from the front. */
  readonly bounds: number[] = [];
  units = 0;
  #workspace = EMPTY;

  constructor(find: FindStartCode = findStartCode) {
    this.findStartCode = find;
  }

  /** The frame as it is, nothing clear yet. */
  keep(frame: Uint8Array): void {
    this.media = frame;
    this.length = frame.length;
    this.clear.clear();
  }

  /**
   * A copy of the frame that a planner may rearrange, `room` bytes into the workspace: moving pieces
   * only towards the front, front to back, needs neither a second buffer nor views.
   */
  copyBehind(room: number, frame: Uint8Array): Uint8Array {
    if (this.#workspace.length < room + frame.length) {
      // The old workspace holds plaintext of earlier frames.
      this.#workspace.fill(0);
      this.#workspace = new Uint8Array(room + frame.length * 2);
    }
    this.#workspace.set(frame, room);
    this.media = this.#workspace;
    return this.#workspace;
  }

  /** Wipes the plaintext that a rearranged frame left behind. */
  wipe(): void {
    this.#workspace.fill(0);
    this.keep(EMPTY);
  }
}
