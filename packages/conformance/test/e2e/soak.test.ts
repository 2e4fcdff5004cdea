// What the soak says about memory, from the figures of its minutes.
import { describe, expect, it } from "vitest";
import { isFlat } from "../../src/e2e/soak.ts";

const heaps = (count: number, heap: (minute: number) => number) =>
  Array.from({ length: count }, (_, minute) => ({ heapMiB: heap(minute) }));

describe("memory over a soak", () => {
  it("is not judged before 10 minutes are over", () => {
    expect(isFlat(heaps(9, () => 20))).toBeUndefined();
  });

  it("is flat when it goes up and down around one level, and when only the first minutes grow", () => {
    expect(isFlat(heaps(60, (minute) => 20 + 5 * (minute % 4)))).toBe(true);
    expect(isFlat(heaps(60, (minute) => Math.min(5 + minute, 20)))).toBe(true);
  });

  it("grows when a leak of a quarter of a mebibyte a minute lies under the ups and downs", () => {
    expect(isFlat(heaps(60, (minute) => 20 + 5 * (minute % 4) + minute / 4))).toBe(false);
  });
});
