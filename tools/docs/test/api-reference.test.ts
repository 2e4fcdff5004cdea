// Every public name of the libraries is documented, and every link in a doc comment leads somewhere.
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { apiReference } from "../api-reference.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

it("the API reference is complete", async () => {
  const { project, faults } = await apiReference(root);
  expect(faults).toEqual([]);
  const names = project?.children?.flatMap(({ children = [] }) => children.map(({ name }) => name)) ?? [];
  expect(names).toEqual(expect.arrayContaining(["DaveClient", "Encryptor", "Group"]));
}, 120_000);
