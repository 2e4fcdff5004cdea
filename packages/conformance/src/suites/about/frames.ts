// What the cases over frames are about
import { type About, type Describe, type Stage, textOf } from "../../runner/about.ts";
import { isTree, type Tree } from "../../vectors/cbor.ts";
import { byKind, type Row } from "./kinds.ts";

const SPLIT_RULES: Readonly<Record<string, readonly string[]>> = {
  opus: ["C1"],
  vp9: ["C1"],
  vp8: ["C2"],
  h264: ["C3", "C4"],
  h265: ["C3", "C5"],
  av1: ["C6"],
};

export const aboutSplit: Describe = (vector) => {
  const malformed = textOf(vector, "kind") === "malformed";
  const rules = SPLIT_RULES[textOf(vector, "codec")] ?? ["C0"];
  const encoder = textOf(vector, "kind") === "encoder";
  return {
    rules: malformed ? [...rules, "C0"] : rules,
    flags: malformed ? ["malformed"] : encoder ? ["encoder"] : [],
  };
};

const PARSE_RULES: readonly (readonly [RegExp, readonly string[]])[] = [
  [/overlap|disorder|past end|odd ranges|zero length/, ["F2", "F5"]],
  [/nonce|huge|overflowing|unterminated|leb/, ["F3", "F5"]],
  [/valid/, ["F1", "F2", "F3", "F5"]],
  [/./, ["F5"]],
];

export const aboutParse: Describe = (vector) => {
  const rules = PARSE_RULES.find(([pattern]) => pattern.test(textOf(vector, "kind")))?.[1] ?? ["F5"];
  if (vector.protocolFrame === true) return { rules };
  return { rules, flags: ["malformed"], stage: "decode" };
};

export const aboutEncrypt: Describe = byKind([
  [/one attempt/, { rules: ["F6", "F7", "K3"] }],
  [/start code/, { rules: ["F6", "F7", "K3"], flags: ["retry"] }],
  [/^from counter|wraps/, { rules: ["F6", "K3"], flags: ["rollover"] }],
  [/^h26/, { rules: ["F6", "F7", "K3"] }],
  [/./, { rules: ["F6", "K3"] }],
]);

/** What a script proves, by its kind. */
const SCRIPTS: readonly Row[] = [
  [/same key/, { rules: ["K4", "K7"], flags: ["replay"] }],
  [/silence/, { rules: ["F10"], flags: ["silence"] }],
  [/passthrough/, { rules: ["M6", "F8"], flags: ["plaintext"] }],
  [/no key/, { rules: ["F8"] }],
  [/garbage/, { rules: ["F5"], flags: ["malformed"] }],
  [/tampered|forged/, { rules: ["K5", "F8"], flags: ["forged"] }],
  [/lives ten|expires/, { rules: ["K6", "M3"], flags: ["expiry"] }],
  [/before it can|as soon as/, { rules: ["K5", "K6"], flags: ["expiry"] }],
  [/generation 256/, { rules: ["K3", "K5", "K6"], flags: ["rollover"] }],
  [/generation/, { rules: ["K5", "K6"] }],
  [/replay/, { rules: ["K7"], flags: ["replay"] }],
  [/reordered|older/, { rules: ["K7"], flags: ["reordered"] }],
  [/skipped|jump|order/, { rules: ["K7"] }],
  [/epoch/, { rules: ["F8", "M3"] }],
  [/./, { rules: ["F8", "F9"] }],
];

const RESULT_STAGES: Readonly<Record<string, Stage>> = {
  "no-key": "key",
  "no-cipher": "key",
  replayed: "replay",
  failed: "authenticate",
};

/** The stage of the first refusal that a script expects. */
function stageOf(vector: Tree): Stage {
  const steps = Array.isArray(vector.steps) ? vector.steps.filter(isTree) : [];
  const result = steps.map((step) => textOf(step, "result")).find((word) => word in RESULT_STAGES);
  if (result === undefined) return "accept";
  const unsealed = /garbage|passthrough|silence/.test(textOf(vector, "kind"));
  return result === "failed" && unsealed ? "plaintext" : (RESULT_STAGES[result] as Stage);
}

export const aboutDecrypt: Describe = (vector, head): Partial<About> => ({
  ...byKind(SCRIPTS)(vector, head),
  stage: stageOf(vector),
});
