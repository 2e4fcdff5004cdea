// Maps and sets that leave the library: their holder can read them and cannot change them.

const refuse = (): never => {
  throw new TypeError("this collection cannot be changed; make a copy of it");
};
const REFUSED = { value: refuse };

/** Returns a set with these items that refuses `add`, `delete` and `clear`: freezing a set alone does not. */
export const frozenSet = <T>(items: Iterable<T>): ReadonlySet<T> =>
  Object.defineProperties(new Set(items), { add: REFUSED, delete: REFUSED, clear: REFUSED });

/** Returns a map with these entries that refuses `set`, `delete` and `clear`. Its values must be frozen themselves. */
export const frozenMap = <K, V>(entries: Iterable<readonly [K, V]>): ReadonlyMap<K, V> =>
  Object.defineProperties(new Map(entries), { set: REFUSED, delete: REFUSED, clear: REFUSED });

/** Returns a map that cannot be changed, and whose bytes cannot either: each reading gives a copy of them. */
export function frozenBytesMap<K>(entries: Iterable<readonly [K, Uint8Array]>): ReadonlyMap<K, Uint8Array> {
  const inner = new Map(entries);
  const map = frozenMap(inner);
  function* copies(): Iterable<[K, Uint8Array]> {
    for (const [key, bytes] of inner) yield [key, bytes.slice()];
  }
  function* values(): Iterable<Uint8Array> {
    for (const bytes of inner.values()) yield bytes.slice();
  }
  const forEach = (each: (bytes: Uint8Array, key: K, all: typeof map) => void): void => {
    for (const [key, bytes] of copies()) each(bytes, key, map);
  };
  const own = { get: (key: K) => inner.get(key)?.slice(), values, forEach, entries: copies };
  for (const [name, value] of Object.entries(own)) Object.defineProperty(map, name, { value });
  return Object.defineProperty(map, Symbol.iterator, { value: copies });
}
