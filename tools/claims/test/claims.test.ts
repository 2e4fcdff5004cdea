// The lists of docs/security.md and the first page of docs/audit-guide.md are what the claims and the files give.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { filesBelow } from "../../docs/files.ts";
import { CHECKS } from "../checks.ts";
import { auditGuide, guideClaims, securityDocument } from "../documents.ts";
import { prove } from "../prove.ts";
import { SECURITY_CLAIMS } from "../security.ts";
import { BESIDE, TRUSTED } from "../trusted.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");
const guide = read("docs/audit-guide.md");
const claims = [...SECURITY_CLAIMS, ...guideClaims(guide)];

describe("the documents", () => {
  it("docs/security.md has each claim as it stands in the data (npm run docs)", () => {
    expect(read("docs/security.md")).toBe(securityDocument(read("docs/security.md")));
  });
  it("docs/audit-guide.md begins with the files to trust and their line counts (npm run docs)", () => {
    expect(guide).toBe(auditGuide(root, guide));
  });
  it("the files to trust exist, none twice", () => {
    const files = TRUSTED.flatMap((step) => step.files);
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
    expect(new Set(files).size).toBe(files.length);
  });
  it("every file that overwrites bytes or draws randomness is among them, or has a reason not to be", () => {
    const handlesSecrets = /\bwipe\w*\(|\.fill\(0\)|\brandomBytes\(|\bwithSecrets\(/;
    const found = ["mls", "frame-crypto", "dave"]
      .flatMap((name) => filesBelow(root, `packages/${name}/src`))
      .filter(({ path, text }) => !path.startsWith("packages/mls/src/features/") && handlesSecrets.test(text))
      .map(({ path }) => path);
    const trusted = new Set(TRUSTED.flatMap((step) => step.files));
    expect(found.length).toBeGreaterThan(20);
    expect(found.filter((path) => !trusted.has(path)).sort()).toEqual(Object.keys(BESIDE).sort());
  });
});

describe("the claims", () => {
  it("have ids of their own", () => {
    const ids = claims.map(({ id }) => id);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
    expect(ids.length).toBeGreaterThan(100);
  });
  it.each(claims.map((claim) => [claim.id, claim] as const))(
    "%s rests on something that exists",
    (_, { proof }) => {
      if (proof.by === "tests") {
        expect(proof.files.length).toBeGreaterThan(0);
        for (const file of proof.files) expect(existsSync(join(root, file)), file).toBe(true);
      } else if (proof.by === "check") expect(Object.keys(CHECKS)).toContain(proof.check);
      else if (proof.by === "nothing") expect(proof.reason.length).toBeGreaterThan(10);
      else expect(["timing", "mutation"]).toContain(proof.by);
    },
  );
  it("that nothing proves are not proved, and one whose check is missing has failed", async () => {
    const claim = { id: "a", document: "docs/security.md", text: "b" } as const;
    const verdicts = await prove(root, [
      { ...claim, proof: { by: "nothing", reason: "because" } },
      { ...claim, proof: { by: "check", check: "none" } },
      { ...claim, proof: { by: "mutation", folder: "none" } },
    ]);
    expect(verdicts).toEqual([
      { verdict: "not proved", by: "because" },
      { verdict: "failed", by: "there is no check none" },
      { verdict: "not proved", by: "packages/mls/README.md has no score" },
    ]);
  });
});
