// Negative tests by rule: docs/rules.md lists them, a script fails when a rule has none.
import { expect, it } from "vitest";
import { MlsError } from "../../src/index.ts";
import { CODES } from "./codes.ts";

export function caught(body: () => unknown): unknown {
  try {
    body();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** A test that `body` is refused by exactly this rule of docs/rules.md. */
export function refuses(rule: string, what: string, body: () => unknown): void {
  it(`${rule} refuses ${what}`, () => {
    const error = caught(body);
    if (error !== undefined && !(error instanceof MlsError)) throw error;
    expect(error?.message ?? "accepted").toContain(`rule ${rule}`);
    expect(error?.rule).toBe(rule);
    expect(error?.code).toBe(CODES.get(rule) ?? "a rule without a code");
  });
}
