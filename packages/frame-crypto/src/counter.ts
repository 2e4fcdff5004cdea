// K3 the counter of a sender key, and what of it travels.
import { GENERATION_BITS, GENERATION_SPAN } from "./constants.ts";

/** K3: the generation of a counter: its bits from the 24th on, for any safe integer. */
export const generationOf = (counter: number): number => Math.floor(counter / GENERATION_SPAN);

/** K3: the nonce on the wire: the low 32 bits. A shift by nothing is that remainder, without a division. */
export const nonceOf = (counter: number): number => counter >>> 0;

/** K5: the low 8 bits of the generation, as a nonce carries them. */
export const cycleOf = (nonce: number): number => nonce >>> GENERATION_BITS;

/** K3: what a nonce says of the place within the generation. */
export const placeOf = (nonce: number): number => nonce & (GENERATION_SPAN - 1);
