// Slow twins of C0–C6: arrays, strings and bigints, written from the rules and not from the code under test.

/** One piece of a transformed frame. */
interface Piece {
  clear: boolean;
  bytes: number[];
}

export interface ReferenceSplit {
  transformed: number[];
  /** Clear ranges, adjacent ones merged. */
  ranges: [number, number][];
  clear: number[];
  encrypted: number[];
}

const clear = (bytes: number[]): Piece => ({ clear: true, bytes });
const secret = (bytes: number[]): Piece => ({ clear: false, bytes });

/** F3 over bigint, no limits but those of the rule. */
export function referenceUleb128(bytes: number[]): { value: bigint; length: number } | undefined {
  const last = bytes.findIndex((byte) => byte < 128);
  if (last < 0 || last > 9) return undefined;
  const value = bytes.slice(0, last + 1).reduceRight((sum, byte) => (sum << 7n) | BigInt(byte & 127), 0n);
  return value > 2n ** 53n - 1n ? undefined : { value, length: last + 1 };
}

export function referenceUleb128Bytes(value: bigint): number[] {
  const low = Number(value & 127n);
  return value < 128n ? [low] : [low | 128, ...referenceUleb128Bytes(value >> 7n)];
}

/** C3: units without their start codes; undefined is C0. */
export function referenceUnits(frame: number[]): number[][] | undefined {
  const codes = frame.flatMap((_, i) =>
    frame[i] === 0 && frame[i + 1] === 0 && frame[i + 2] === 1 ? [i] : [],
  );
  if (codes.length === 0 || frame.slice(0, codes[0]).some((byte) => byte !== 0)) return undefined;
  const units = codes.map((code, i) => {
    const next = codes[i + 1];
    if (next === undefined) return frame.slice(code + 3);
    const unit = frame.slice(code + 3, next);
    return unit.at(-1) === 0 ? unit.slice(0, -1) : unit;
  });
  return units.some((unit) => unit.length === 0) ? undefined : units;
}

/** C4: clear bytes of a slice's payload, by a string of its bits. */
export function referenceSliceHeader(payload: number[]): number {
  const isEscape = (i: number) => i >= 2 && payload[i] === 3 && payload[i - 1] === 0 && payload[i - 2] === 0;
  const kept = payload.map((byte, i) => ({ byte, i })).filter(({ i }) => !isEscape(i));
  const text = kept.map(({ byte }) => byte.toString(2).padStart(8, "0")).join("");
  let at = 0;
  for (let value = 0; value < 3; value++) {
    const zeros = /^0*/.exec(text.slice(at))![0].length;
    if (zeros >= 32) return 0;
    at += zeros + 1 + zeros;
    if (at > text.length) return payload.length;
  }
  // Back from bits read to the bit index as stored: that of the last bit read, and one.
  const lastBit = at - 1;
  const stored = kept[lastBit >> 3]!.i * 8 + (lastBit & 7) + 1;
  return Math.min(payload.length, Math.floor(stored / 8) + 1);
}

function h264(frame: number[]): Piece[] | undefined {
  return referenceUnits(frame)?.flatMap((unit) => {
    const type = unit[0]! % 32;
    let head = unit.length;
    if (type === 1 || type === 5) head = 1 + referenceSliceHeader(unit.slice(1));
    else if ([2, 3, 4, 19, 20, 21].includes(type)) head = 1;
    return [clear([0, 0, 0, 1, ...unit.slice(0, head)]), secret(unit.slice(head))];
  });
}

function h265(frame: number[]): Piece[] | undefined {
  return referenceUnits(frame)?.flatMap((unit) => {
    const type = Math.floor(unit[0]! / 2) % 64;
    const head = type < 32 ? 2 : unit.length;
    return [clear([0, 0, 0, 1, ...unit.slice(0, head)]), secret(unit.slice(head))];
  });
}

function vp8(frame: number[]): Piece[] | undefined {
  const head = frame.length > 0 && frame[0]! % 2 === 0 ? 10 : 1;
  return frame.length < head ? undefined : [clear(frame.slice(0, head)), secret(frame.slice(head))];
}

interface Obu {
  head: number[];
  payload: number[];
}

/** C6: the OBUs of a frame, undefined for a malformed one. */
function obus(frame: number[]): Obu[] | undefined {
  if (frame.length === 0) return [];
  const header = frame[0]!;
  const headLength = header & 4 ? 2 : 1;
  if (header >= 128 || frame.length < headLength) return undefined;
  const head = frame.slice(0, headLength);
  const rest = frame.slice(headLength);
  if (!(header & 2)) return rest.length === 0 ? undefined : [{ head, payload: rest }];
  const size = referenceUleb128(rest.slice(0, 8));
  if (size === undefined || Number(size.value) > rest.length - size.length) return undefined;
  const end = size.length + Number(size.value);
  const others = obus(rest.slice(end));
  return others && [{ head, payload: rest.slice(size.length, end) }, ...others];
}

function av1(frame: number[]): Piece[] | undefined {
  const kept = obus(frame)?.filter(({ head }) => ![2, 8, 15].includes((head[0]! >> 3) % 16));
  return kept?.flatMap(({ head, payload }, i) => {
    const isLast = i === kept.length - 1;
    const size = isLast ? [] : referenceUleb128Bytes(BigInt(payload.length));
    const header = isLast ? head[0]! & ~2 : head[0]!;
    return [clear([header, ...head.slice(1), ...size]), secret(payload)];
  });
}

const SPLITTERS: Record<string, (frame: number[]) => Piece[] | undefined> = { h264, h265, vp8, av1 };

export function referenceSplit(codec: string, frame: Uint8Array): ReferenceSplit {
  const pieces = SPLITTERS[codec]?.([...frame]) ?? [secret([...frame])];
  const transformed: number[] = [];
  const ranges: [number, number][] = [];
  for (const piece of pieces) {
    const last = ranges.at(-1);
    if (piece.clear && piece.bytes.length > 0) {
      if (last !== undefined && last[0] + last[1] === transformed.length) last[1] += piece.bytes.length;
      else ranges.push([transformed.length, piece.bytes.length]);
    }
    transformed.push(...piece.bytes);
  }
  return {
    transformed,
    ranges,
    clear: pieces.filter((p) => p.clear).flatMap((p) => p.bytes),
    encrypted: pieces.filter((p) => !p.clear).flatMap((p) => p.bytes),
  };
}
