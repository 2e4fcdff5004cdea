// publint and attw on the tarballs: what the exports map promises is there, for every way of resolving
import { describe, expect, it } from "vitest";
import { PACKAGES, pack } from "../pack.ts";
import { bin, run } from "../root.ts";

describe.each([...PACKAGES])("the doors of %s", (name) => {
  it("publint has nothing to say", () => {
    const said = run(bin("publint"), ["run", pack(name).path, "--strict"]);
    expect(said).toContain("All good!");
  });

  it("attw finds the types of every door, resolved as ESM and as bundlers do", () => {
    const answer = run(bin("attw"), [pack(name).path, "--profile", "esm-only", "--format", "json"]);
    const { analysis } = JSON.parse(answer) as { analysis: { types: unknown; entrypoints: object } };
    expect(analysis.types).toMatchObject({ kind: "included" });
    expect(Object.keys(analysis.entrypoints).length).toBeGreaterThan(1);
  });
});
