// publint and attw on the tarballs: what the exports map promises is there, for every way of resolving
import { describe, expect, it } from "vitest";
import { PACKAGES, pack } from "../pack.ts";
import { bin, run } from "../root.ts";

describe.each([...PACKAGES])("the doors of %s", (name) => {
  it("publint has nothing to say", () => {
    const said = run(bin("publint"), ["run", pack(name).path, "--strict"]);
    expect(said).toContain("All good!");
  });

  // The scripts are ESM alone. `require` of ESM is what every supported Node does, so that rule is set aside; attw still
  // resolves each entry from CommonJS, and as TypeScript's oldest way of resolving (node10) does.
  it("attw finds the types of every door, resolved from ESM, from CommonJS and as bundlers do", () => {
    const profile = ["--profile", "strict", "--ignore-rules", "cjs-resolves-to-esm"];
    const answer = run(bin("attw"), [pack(name).path, ...profile, "--format", "json"]);
    const { analysis } = JSON.parse(answer) as { analysis: { types: unknown; entrypoints: object } };
    expect(analysis.types).toMatchObject({ kind: "included" });
    expect(Object.keys(analysis.entrypoints).length).toBeGreaterThan(1);
  });
});
