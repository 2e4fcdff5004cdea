// C4 first_mb_in_slice, slice_type, pic_parameter_set_id: three exp-Golomb values over emulation-prevented bytes.

const VALUES = 3;
const MAX_LEADING_ZEROS = 32;
/** What a value may end in instead of a bit index. */
const CUT_SHORT = -1;
const TOO_LONG = -2;

/**
 * Where the next bit of the payload [start, end) is, given a bit index behind the one before: H.264 §7.4.1, a 03
 * after 00 00 carries no bits; it is stepped over when one beyond it is read. `CUT_SHORT` at the unit's end.
 */
function nextBit(bytes: Uint8Array, start: number, end: number, index: number): number {
  let at = start + (index >>> 3);
  let next = index;
  const isEscape = (index & 7) === 0 && at - 2 >= start && at < end && bytes[at] === 3;
  if (isEscape && bytes[at - 1] === 0 && bytes[at - 2] === 0) {
    next += 8;
    at++;
  }
  return at < end ? next : CUT_SHORT;
}

/** H.264 §9.1: n zeros, a one, n bits. Returns the bit index behind the value. */
function skipValue(bytes: Uint8Array, start: number, end: number, from: number): number {
  let index = from;
  let zeros = 0;
  // Bits behind the one; -1 until it is there.
  for (let rest = -1; rest !== 0; ) {
    const bit = nextBit(bytes, start, end, index);
    if (bit < 0) return CUT_SHORT;
    index = bit + 1;
    if (rest > 0) rest--;
    else if ((bytes[start + (bit >>> 3)]! >>> (7 - (bit & 7))) & 1) rest = zeros;
    else if (++zeros === MAX_LEADING_ZEROS) return TOO_LONG;
  }
  return index;
}

/** Bytes of the slice payload [start, end) that hold the three values: what stays clear of it. */
export function sliceHeaderBytes(bytes: Uint8Array, start: number, end: number): number {
  let index = 0;
  for (let i = 0; i < VALUES; i++) {
    index = skipValue(bytes, start, end, index);
    if (index === CUT_SHORT) return end - start;
    if (index === TOO_LONG) return 0;
  }
  return Math.min(end - start, (index >>> 3) + 1);
}
