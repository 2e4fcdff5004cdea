// O2: one 16-bit sequence for JSON and binary messages, compared in serial arithmetic.

/** Whether `seq` is newer than `last` (-1: nothing applied yet) within half the 16-bit circle. */
export function isNewer(seq: number, last: number): boolean {
  if (last < 0) return true;
  const ahead = (seq - last) & 0xffff;
  return ahead !== 0 && ahead < 0x8000;
}
