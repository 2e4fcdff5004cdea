// One field of a structure, replaced by a value at the edge of what its type can hold: what a hostile peer would try.
import fc from "fast-check";

/** Which field of a structure, and which of the values that fit its type. Both are taken modulo what there is. */
export interface Spoiling {
  readonly field: number;
  readonly value: number;
}
export const spoiling: fc.Arbitrary<Spoiling> = fc.record({ field: fc.nat(), value: fc.nat() });

const LENGTHS = [0, 1, 8, 15, 16, 17, 31, 33, 63, 64, 65, 66, 67, 200, 20_000];
const NUMBERS = [0, 1, 2, 3, 0x7f, 0xff, 0xffff, 0x7fffffff, 0xffffffff];
const BIGINTS = [0n, 1n, 2n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 2n, 2n ** 64n - 1n];

/** Names of the tagged unions of RFC 9420: another one changes the type of a structure. */
const NAMES: { readonly [tag: string]: readonly string[] } = {
  senderType: ["member", "external", "new_member_proposal", "new_member_commit"],
  contentType: ["application", "proposal", "commit"],
  proposalType: ["add", "update", "remove", "psk", "reinit", "external_init", "group_context_extensions"],
  leafNodeSource: ["key_package", "update", "commit"],
  credentialType: ["basic", "x509"],
  pskType: ["external", "resumption"],
  usage: ["application", "reinit", "branch"],
};
const empty = new Uint8Array(0);
/** What the other cases of those unions need. */
const FILLING: Readonly<Record<string, unknown>> = {
  ...{ leafIndex: 0, senderIndex: 0, removed: 1, version: 1, cipherSuite: 2 },
  ...{ groupId: empty, kemOutput: empty, parentHash: empty, identity: empty, certificates: [] },
  ...{ pskId: empty, pskGroupId: empty, pskEpoch: 0n, usage: "application" },
  ...{ applicationData: empty, commit: { proposals: [] }, extensions: [] },
  proposal: { proposalType: "remove", removed: 1 },
  lifetime: { notBefore: 0n, notAfter: 0n },
};

function bytesLike(value: Uint8Array): Uint8Array[] {
  const resized = LENGTHS.map((length) => {
    const bytes = new Uint8Array(length);
    bytes.set(value.subarray(0, length));
    return bytes;
  });
  const changed = value.map((byte, i) => (i === value.length - 1 ? byte ^ 1 : byte));
  return [...resized, changed, new Uint8Array(value.length), new Uint8Array(value.length).fill(0xff)];
}

function arraysLike(value: readonly unknown[]): unknown[][] {
  const many = Array.from({ length: 300 }, () => value).flat();
  return [[], value.slice(1), value.slice(0, 1), [...value, ...value], [...value].reverse(), many];
}

type Put = (value: unknown) => unknown;

/** Every field below `value`; `put` gives the whole structure with another value in that place. */
function* fields(value: unknown, put: Put): Generator<() => unknown[]> {
  if (value instanceof Uint8Array) return yield () => bytesLike(value).map(put);
  if (typeof value === "number") return yield () => NUMBERS.map(put);
  if (typeof value === "bigint") return yield () => [...BIGINTS, value + 1n, value - 1n].map(put);
  if (Array.isArray(value)) {
    yield () => arraysLike(value).map(put);
    for (const [i, item] of value.entries())
      yield* fields(item, (other) => put(value.map((old, at) => (at === i ? other : old))));
    return;
  }
  if (typeof value !== "object" || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    const names = NAMES[name];
    if (names) yield () => names.map((other) => put({ ...FILLING, ...value, [name]: other }));
    // without a field that is optional; one that is not cannot be left out by anybody
    else if (typeof inner === "object") yield () => [put({ ...value, [name]: undefined })];
    yield* fields(inner, (other) => put({ ...value, [name]: other }));
  }
}

/** `value` with one field replaced. */
export function spoil<T>(value: T, { field, value: at }: Spoiling): T {
  const places = [...fields(value, (other) => other)];
  const values = places[field % places.length]!();
  return values[at % values.length] as T;
}
