// O2: one 16-bit sequence for JSON and binary messages, compared in serial arithmetic.

/** The part of a sequence number that is compared: JSON numbers may be larger. */
export const low16 = (seq: number): number => seq % 0x10000;

/** How far `seq` is ahead of `last` on the 16-bit circle. */
const ahead = (last: number, seq: number): number => low16(low16(seq) - low16(last) + 0x10000);

/** Whether `seq` is newer than `last` (-1: nothing applied yet) within half the 16-bit circle. */
export const isNewer = (seq: number, last: number): boolean =>
  last < 0 || (ahead(last, seq) !== 0 && ahead(last, seq) < 0x8000);

/** Whether messages between `last` and the newer `seq` are missing. */
export const missedBetween = (last: number, seq: number): boolean => last >= 0 && ahead(last, seq) > 1;
