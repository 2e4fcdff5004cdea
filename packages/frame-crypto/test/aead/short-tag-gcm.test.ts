// F1 short-tag GCM: vectors made for this project, one fault a case, over all backends.
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FrameCryptoError, openAead, sealAead } from "../../src/index.ts";
import { hex, unhex } from "../helpers/bytes.ts";
import { type GcmVectors, generate } from "./short-tag-gcm.generate.ts";

const file = new URL("../vectors/short-tag-gcm.json", import.meta.url);
if (process.env.UPDATE_VECTORS) writeFileSync(file, `${JSON.stringify(generate(), null, 1)}\n`);
const kept = JSON.parse(readFileSync(file, "utf8")) as GcmVectors;

describe("the kept vectors", () => {
  it("are what their generator makes", () => {
    expect(kept).toEqual(generate());
  });
  it("have the special tags they claim", () => {
    const tags = kept.cases.filter(({ flags }) => flags.includes("SpecialTag")).map(({ tag }) => tag);
    expect(tags).toEqual([
      "0".repeat(16),
      "f".repeat(16),
      "0".repeat(16),
      "f".repeat(16),
      `8${"0".repeat(15)}`,
      "0".repeat(16),
    ]);
  });
});

describe.each(["portable", "platform", "auto"] as const)("%s", (backend) => {
  it.each(kept.cases)("$id $comment: $result", (c) => {
    const message = { key: unhex(c.key), counter: c.counter, aad: unhex(c.aad), backend };
    const open = () => openAead({ ...message, ciphertext: unhex(c.ciphertext), tag: unhex(c.tag) });
    if (c.result === "refused") {
      expect(open).toThrow(FrameCryptoError);
      expect(open).toThrow(expect.objectContaining({ code: "invalid-length" }));
    } else if (c.result === "invalid") {
      expect(open()).toEqual({ outcome: "failed", reason: "authentication" });
    } else {
      const opened = open();
      expect(opened.outcome === "opened" && hex(opened.plaintext)).toBe(c.plaintext);
      const sealed = sealAead({ ...message, plaintext: unhex(c.plaintext) });
      expect([hex(sealed.ciphertext), hex(sealed.tag)]).toEqual([c.ciphertext, c.tag]);
    }
  });
});
