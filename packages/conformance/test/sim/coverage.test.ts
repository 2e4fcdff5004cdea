// The table of faults and states tells in a column of its own why a cell is empty.
import { describe, expect, test } from "vitest";
import { renderCoverage, STATES } from "../../src/sim/coverage.ts";

const full = Object.fromEntries(STATES.map((state) => [state, 1]));

describe("the table of faults and client states", () => {
  test("a row without an empty cell says nothing more", () => {
    const [, row] = renderCoverage({ "op 22 lost": full });
    expect(row).toMatch(/^op 22 lost( +1){8}$/);
  });

  test("a cell that cannot be reached is explained", () => {
    const { alone: _, ...others } = full;
    const [head, row] = renderCoverage({ "op 22 lost": others });
    expect(head).toMatch(/absent {2}not reached, because$/);
    expect(row).toMatch(/· .*alone: a message is lost only where others get it$/);
  });

  test("a cell that could be reached is called chance", () => {
    const { encrypted: _, ...others } = full;
    const [, row] = renderCoverage({ "op 22 lost": others });
    expect(row).toMatch(/encrypted: could be, was not in these seeds$/);
  });
});
