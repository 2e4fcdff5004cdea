// The types of the tarballs work however a user's TypeScript resolves modules
import { join } from "node:path";
import { version } from "typescript";
import { expect, it } from "vitest";
import { unpackAll } from "../pack.ts";
import { root } from "../root.ts";
import { resolutionsOf, titleOf, typecheck } from "../typecheck.ts";

const tsc = join(root, "node_modules", "typescript", "bin", "tsc");

for (const resolution of resolutionsOf(Number.parseFloat(version)))
  it(`${titleOf(resolution)}, declarations of the libraries checked too`, () => {
    expect(() => typecheck(unpackAll(), tsc, resolution)).not.toThrow();
  });
