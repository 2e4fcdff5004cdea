// The converter: the shipped files are what it makes of the recorded JSON, field by field
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { decodeCbor } from "../../src/vectors/cbor.ts";
import { check, readIndex, sharedVectors } from "../../src/vectors/convert.ts";
import { fromJson, toJson } from "../../src/vectors/fields.ts";
import { vectorsFolder } from "../../src/vectors/files.ts";

const shared = existsSync(sharedVectors());

/** JSON text with sorted keys: equal texts are equal values, and a difference is found at once in 700 kB. */
const sorted = (value: unknown): string =>
  JSON.stringify(value, (_, inner) =>
    inner && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

const temporary: string[] = [];
afterEach(() => {
  for (const folder of temporary.splice(0)) rmSync(folder, { recursive: true });
});

function copyOfVectors(): string {
  const folder = mkdtempSync(join(tmpdir(), "vectors-"));
  temporary.push(folder);
  cpSync(vectorsFolder(), folder, { recursive: true });
  return folder;
}

describe("shipped vectors", () => {
  it("have the checksums of the index", () => {
    const report = check("/nowhere");
    expect(report.problems).toEqual([]);
    expect(report.intact).toBe(24);
    expect(report.made).toBe(2);
    expect(report.regenerated).toBeUndefined();
  });

  it("a changed, missing or added file is noticed", () => {
    const folder = copyOfVectors();
    const aead = join(folder, "libdave/aead.cbor");
    const bytes = readFileSync(aead);
    bytes[100] = (bytes[100] as number) ^ 1;
    writeFileSync(aead, bytes);
    rmSync(join(folder, "mlspp/welcome.cbor"));
    writeFileSync(join(folder, "mlspp/extra.cbor"), bytes);
    expect(check("/nowhere", folder).problems).toEqual([
      "libdave/aead.cbor: checksum differs from index.json",
      "mlspp/welcome.cbor: missing",
      "mlspp/extra.cbor: not in index.json",
    ]);
  });

  it.skipIf(!shared)("are what the converter makes of ../shared/vectors", () => {
    expect(check()).toEqual({ intact: 24, made: 2, regenerated: 22, problems: [] });
  });

  it("those of our own making are what their generators make, and a change is noticed", () => {
    const folder = copyOfVectors();
    const path = join(folder, "puredave/gateway.cbor");
    const bytes = readFileSync(path);
    bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
    writeFileSync(path, bytes);
    const { made, problems } = check("/nowhere", folder);
    expect(made).toBe(1);
    expect(problems).toContain("puredave/gateway.cbor: differs from what its generator makes");
  });

  for (const { file } of readIndex().filter(({ from }) => from !== undefined))
    it.skipIf(!shared)(`${file} holds exactly the recorded JSON`, () => {
      const json = JSON.parse(readFileSync(join(sharedVectors(), file.replace(".cbor", ".json")), "utf8"));
      const decoded = toJson(decodeCbor(readFileSync(join(vectorsFolder(), file))));
      expect(sorted(decoded)).toBe(sorted(json));
    });
});

describe("which strings are bytes", () => {
  it("ids, labels and names stay text although they look like hex", () => {
    const json = {
      userId: "1234",
      label: "beef",
      recognized: ["12"],
      after: { members: [[0, "5678", "04ff"]] },
    };
    expect(fromJson(json, { strict: true })).toEqual({
      userId: "1234",
      label: "beef",
      recognized: ["12"],
      after: { members: [[0, "5678", Uint8Array.of(4, 255)]] },
    });
  });

  it("an empty string in a byte field is no bytes, not no field", () => {
    expect(fromJson({ aad: "" }, { strict: true })).toEqual({ aad: new Uint8Array() });
  });

  it("the converter refuses what is neither", () => {
    expect(() => fromJson({ cases: [{ frame: "xyz" }] }, { strict: true })).toThrow("$.cases[0].frame");
    expect(() => fromJson({ frame: "abc" }, { strict: true })).toThrow("$.frame");
  });
});
