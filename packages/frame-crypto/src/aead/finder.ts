// F7 the platform's search for start codes, where there is one.
import { type FindStartCode, findStartCode } from "../codec/start-codes.ts";
import { ask, type NodeIndexOf } from "./ports.ts";

const START_CODE = Uint8Array.of(0, 0, 1);
/** Bytes below which a call into the platform takes longer than the portable search. */
const SEARCH_FROM = 256;

export const platformFinder =
  (indexOf: NodeIndexOf): FindStartCode =>
  (bytes, from, to) => {
    if (to - from < SEARCH_FROM) return findStartCode(bytes, from, to);
    // The platform's search goes on to the end of the bytes: it is not shown much that lies behind.
    const shown = bytes.length - to < SEARCH_FROM ? bytes : bytes.subarray(0, to);
    const at = indexOf.call(shown, START_CODE, from);
    return at > to - 3 ? -1 : at;
  };

/** True when it finds what is there, where it was told to look. */
export function finds(find: FindStartCode): boolean {
  const bytes = new Uint8Array(3 * SEARCH_FROM).fill(2);
  const end = bytes.length;
  bytes.set([0, 0, 1], 4);
  bytes.set([0, 0, 0, 1], end - 8);
  const found = ask(
    () =>
      find(bytes, 0, end) === 4 &&
      find(bytes, 4, end) === 4 &&
      find(bytes, 5, end) === end - 7 &&
      find(bytes, 5, end - 5) === -1 &&
      find(bytes.subarray(8, end - 5), 0, end - 13) === -1,
  );
  return found === true;
}
