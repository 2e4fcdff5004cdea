// `@puredave/mls/rules`: the sentence of a broken rule for whoever asks for it.
import { expect, it } from "vitest";
import { keyPackageCodec, MlsError } from "../../src/index.ts";
import { RULES, ruleOf } from "../../src/rules.ts";

it("an error that names a rule leads to its sentence, one that names none leads to nothing", () => {
  const refused = (() => {
    try {
      return keyPackageCodec.decode(Uint8Array.of(1));
    } catch (error) {
      return error;
    }
  })();
  expect(refused).toBeInstanceOf(MlsError);
  expect((refused as MlsError).rule).toBe("2.1-1");
  expect(ruleOf(refused as MlsError)).toBe("The bytes of a field are there.");
  expect(ruleOf(new MlsError("invalid-argument", "x"))).toBeUndefined();
});

it("every sentence is one: it begins with a capital and ends with a full stop", () => {
  for (const [rule, sentence] of Object.entries(RULES))
    expect([rule, sentence]).toEqual([rule, expect.stringMatching(/^[A-Z].*[.)]$/s)]);
});
