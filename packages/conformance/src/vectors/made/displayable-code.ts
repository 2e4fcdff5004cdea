// Vectors of displayable codes (V1): computed digit by digit, as with pencil and paper, from nothing that is tested
import type { Flag } from "../../runner/about.ts";
import type { Tree, Value } from "../cbor.ts";

/** The last `count` decimal digits of a big-endian number, by long multiplication: digits · 256 + byte. */
function lastDigits(bytes: Uint8Array, count: number): string {
  let digits: number[] = [0];
  for (const byte of bytes) {
    let carry = byte;
    digits = digits.map((digit) => {
      const sum = digit * 256 + carry;
      carry = Math.floor(sum / 10);
      return sum % 10;
    });
    for (; carry > 0; carry = Math.floor(carry / 10)) digits.push(carry % 10);
  }
  return Array.from({ length: count }, (_, at) => digits[count - 1 - at] ?? 0).join("");
}

function code(data: Uint8Array, length: number, group: number): string {
  const parts = Array.from({ length: length / group }, (_, at) => data.slice(at * group, (at + 1) * group));
  return parts.map((part) => lastDigits(part, group)).join("");
}

/** Bytes without a pattern: a walk around the byte circle in steps prime to it. */
const walk = (length: number, start: number): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => (start + at * 151 + ((at * at) >> 1) * 29) & 0xff);
const filled = (length: number, byte: number): Uint8Array => new Uint8Array(length).fill(byte);

interface Made {
  readonly rules?: readonly string[];
  readonly flags?: readonly Flag[];
}

const shown = (kind: string, data: Uint8Array, length: number, group: number, made: Made = {}): Tree => ({
  kind,
  data,
  length,
  group,
  code: code(data, length, group),
  rules: made.rules ?? ["V1"],
  flags: made.flags ?? [],
  stage: "accept",
});

const refused = (kind: string, data: Uint8Array, length: number, group: number): Tree => ({
  kind,
  data,
  length,
  group,
  code: null,
  rules: ["V1"],
  flags: ["malformed"],
  stage: "decode",
});

/** What was recorded from the reference: epoch authenticators and pairwise fingerprints. */
export interface Recorded {
  readonly authenticators: readonly Uint8Array[];
  readonly fingerprints: readonly Uint8Array[];
}

export function displayableCodeFile({ authenticators, fingerprints }: Recorded): Value {
  const cases = [
    ...[1, 2, 3, 4, 5, 6, 7].map((group) =>
      shown(`groups of ${group}`, walk(42, group), 42 - (42 % group), group),
    ),
    shown("zeros are kept", filled(30, 0), 30, 5),
    shown("every bit set", filled(35, 255), 35, 7),
    shown("a group just below 10^5", Uint8Array.of(0, 0, 1, 0x86, 0x9f), 5, 5),
    shown("a group of exactly 10^5", Uint8Array.of(0, 0, 1, 0x86, 0xa0), 5, 5),
    shown("the first byte counts most", Uint8Array.of(1, 0, 0, 0, 0), 5, 5),
    shown("the last byte counts least", Uint8Array.of(0, 0, 0, 0, 1), 5, 5),
    shown("leading zeros in every group", Uint8Array.of(0, 7, 0, 8, 0, 9), 6, 2),
    shown("bytes beyond the length do not count", walk(64, 9), 30, 5),
    shown("one group", walk(5, 77), 5, 5),
    ...authenticators.map((data, at) =>
      shown(`voice privacy code of recorded epoch authenticator ${at}`, data, 30, 5, { rules: ["V1", "V4"] }),
    ),
    ...fingerprints.map((data, at) =>
      shown(`pair code of recorded fingerprint ${at}`, data, 45, 5, { rules: ["V1", "V2"] }),
    ),
    refused("a length that is no multiple of the group", walk(64, 3), 32, 5),
    refused("a group of 8", walk(64, 3), 64, 8),
    refused("a group of 0", walk(64, 3), 30, 0),
    refused("one byte too few", walk(29, 3), 30, 5),
    refused("no bytes at all", new Uint8Array(), 30, 5),
  ];
  return {
    format: "puredave-vectors/1",
    suite: "displayable-code",
    source:
      "made by src/vectors/made/displayable-code.ts; authenticators and fingerprints recorded from the reference",
    note: "Displayable codes of `data`, `length` bytes in groups of `group`; `code` null: the arguments must be refused.",
    cases,
  };
}
