// K7 replay: once each, the 1000 newest skipped, an arrival frees its place, two floors.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ReplayWindow } from "../../src/replay-window.ts";
import { ReferenceWindow } from "../reference/window.ts";

const take = (window: ReplayWindow, counter: number): boolean => {
  const accepted = window.accepts(counter);
  if (accepted) window.arrived(counter);
  return accepted;
};

describe("K7", () => {
  it("each counter once", () => {
    const window = new ReplayWindow("start");
    expect([1, 1, 2, 2, 1].map((c) => take(window, c))).toEqual([true, false, true, false, false]);
  });
  it("asking changes nothing", () => {
    const window = new ReplayWindow("start");
    expect([window.accepts(5), window.accepts(5), take(window, 5), window.accepts(4)]).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(window.accepts(4)).toBe(true);
  });
  it('floor "start": what came before the first is not lost, 0 included', () => {
    const window = new ReplayWindow("start");
    expect([7, 0, 1, 6, 0].map((c) => take(window, c))).toEqual([true, true, true, true, false]);
  });
  it('floor "first": what came before the first is refused', () => {
    const window = new ReplayWindow("first");
    expect([7, 0, 6, 9, 8].map((c) => take(window, c))).toEqual([true, false, false, true, true]);
  });
  it("a first counter of 0 is a counter", () => {
    for (const floor of ["start", "first"] as const) {
      expect([0, 0, 1].map((c) => take(new ReplayWindow(floor), c))).toEqual([true, true, true]);
      const window = new ReplayWindow(floor);
      expect([0, 0, 1].map((c) => take(window, c))).toEqual([true, false, true]);
    }
  });
  it("a jump of 2^24 leaves the 1000 newest, at once", () => {
    const window = new ReplayWindow("start");
    take(window, 1);
    take(window, 2 ** 24);
    expect([2 ** 24 - 1001, 2 ** 24 - 1000, 2 ** 24 - 1, 0].map((c) => take(window, c))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
  it("a jump across all generations is as quick", () => {
    const window = new ReplayWindow("start");
    take(window, 1);
    expect(take(window, 2 ** 52)).toBe(true);
    expect([2 ** 52 - 1001, 2 ** 52 - 1000].map((c) => take(window, c))).toEqual([false, true]);
  });
  it("an arrival frees its place", () => {
    const window = new ReplayWindow("start");
    take(window, 1000);
    // 0…999 are skipped: the list is full. 500 arrives, 1001 is skipped: 0 keeps its place.
    take(window, 500);
    take(window, 1002);
    expect(window.accepts(0)).toBe(true);
    take(window, 1004);
    expect(window.accepts(0)).toBe(false);
    expect(window.accepts(1)).toBe(true);
  });
  it("distance does not matter", () => {
    const window = new ReplayWindow("start");
    take(window, 0);
    take(window, 2);
    for (let c = 3; c < 100_000; c++) take(window, c);
    expect(take(window, 1)).toBe(true);
  });
  it.each(["start", "first"] as const)("as the twin, floor %s", (floor) => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: -1200, max: 3 }) },
      { weight: 2, arbitrary: fc.integer({ min: 1, max: 600 }) },
      { weight: 1, arbitrary: fc.integer({ min: 900, max: 3000 }) },
    );
    fc.assert(
      fc.property(fc.nat(1500), fc.array(step, { maxLength: 120 }), (first, steps) => {
        const [window, twin] = [new ReplayWindow(floor), new ReferenceWindow(floor)];
        for (const distance of [first, ...steps]) {
          const counter = Math.max(0, Math.max(0, twin.newest) + distance);
          expect(take(window, counter)).toBe(twin.take(counter));
        }
      }),
      { numRuns: 300 },
    );
  });
});
