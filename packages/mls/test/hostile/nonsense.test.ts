// Every function that @puredave/mls exports, called with what makes no sense: only MlsError `invalid-argument` comes out,
// and the message names the argument. The list is read from the module, so that a new function cannot be forgotten.
import { describe, expect, it } from "vitest";
import * as mls from "../../src/index.ts";

const NONSENSE = [undefined, null, 5, -1, Number.NaN, "x", true, {}, [], () => undefined, Symbol("s"), 5n];
const crypto = mls.createCryptoProvider();

/** Not called here, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  struct: "describes a structure for a programmer",
  vector: "describes a structure for a programmer",
  optional: "describes a structure for a programmer",
  InternalError: "an error is made by this package",
  MlsError: "an error is made by this package",
  Group: "its constructor is private; create and join are called below",
  Writer: "takes any number of bytes at first, and has no arguments that could be wrong",
};

/** Nonsense that these functions take rightly. */
const FITTING: Readonly<Record<string, (value: unknown) => boolean>> = {
  createCryptoProvider: (value) => value === undefined || (typeof value === "object" && value !== null),
  externalSendersExtension: (value) => Array.isArray(value),
};

/** Functions whose first argument is not a CryptoProvider. */
const WITHOUT_CRYPTO = [
  ...["concat", "equalBytes", "hex", "createCryptoProvider", "Reader"],
  ...["decodeExternalSenders", "externalSendersExtension"],
];

type Call = (...args: unknown[]) => unknown;
const isClass = (value: unknown): boolean => /^class/.test(Function.prototype.toString.call(value));
const functions = (Object.entries(mls) as [string, unknown][])
  .concat([
    ["Group.create", mls.Group.create],
    ["Group.join", mls.Group.join],
  ])
  .filter((entry): entry is [string, Call] => typeof entry[1] === "function" && !(entry[0] in LEFT_OUT));

function came(name: string, call: () => unknown): string {
  try {
    call();
    return `${name} accepts it`;
  } catch (error) {
    if (!(error instanceof mls.MlsError)) return `${name}: ${String(error)}`;
    return error.code === "invalid-argument" && / expected /.test(error.message)
      ? "refused"
      : `${name}: ${error}`;
  }
}

const invoke = (body: Call, args: readonly unknown[]): unknown =>
  isClass(body) ? Reflect.construct(body, args) : body(...args);

describe("nonsense is refused by name", () => {
  it.each(functions)("as the first argument of %s", (name, body) => {
    const fits = FITTING[name] ?? (() => false);
    for (const value of NONSENSE.filter((one) => !fits(one)))
      expect([value, came(name, () => invoke(body, [value, value]))]).toEqual([value, "refused"]);
  });

  it.each(
    functions.filter(([name]) => !WITHOUT_CRYPTO.includes(name) && name !== "generateSignatureKeyPair"),
  )("behind the CryptoProvider of %s", (name, body) => {
    for (const value of NONSENSE.filter((one) => one !== undefined || !FITTING[name]?.(one)))
      expect([value, came(name, () => invoke(body, [crypto, value, value, value, value]))]).toEqual([
        value,
        "refused",
      ]);
  });
});
