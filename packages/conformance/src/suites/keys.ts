// Suites over sender keys and verification (protocol page §4, §6)
import type { Suite } from "../runner/suite.ts";
import { asBytes, asInt, asList } from "../vectors/case.ts";
import { aboutOwn } from "./about/own.ts";

export const senderKeys: Suite = {
  name: "sender-keys",
  title: "The hash ratchet over a base secret",
  rules: ["K2"],
  async run({ subject: { peer }, vector, check }) {
    const pairs = vector.list("keys").map((pair, index) => {
      const path = `${vector.path}.keys[${index}]`;
      const [generation, key] = asList(pair, path);
      return [asInt(generation, path), asBytes(key, path)] as const;
    });
    const generations = pairs.map(([generation]) => generation);
    const { keys } = await peer.call("ratchet.keys", {
      base_secret: vector.bytes("baseSecret"),
      generations,
    });
    for (const [generation, key] of pairs)
      check.bytes(`key of generation ${generation}`, keys[generation], key, "K2");
  },
};

export const displayableCode: Suite = {
  name: "displayable-code",
  title: "Codes for people to compare",
  rules: ["V1", "V2", "V4"],
  about: aboutOwn,
  async run({ subject: { peer }, vector, check, about: { rules } }) {
    const request = { data: vector.bytes("data"), length: vector.int("length"), group: vector.int("group") };
    const { code } = await peer.call("verify.displayable_code", request);
    if (vector.has("code")) check.equal("code", code, vector.text("code"), ...rules);
    else check.absent("the arguments are refused", code, ...rules);
  },
};

export const fingerprint: Suite = {
  name: "fingerprint",
  title: "Pairwise fingerprints",
  rules: ["V2"],
  async run({ subject: { peer }, vector, check }) {
    const a = vector.map("a");
    const b = vector.map("b");
    const expected = vector.bytes("fingerprint");
    for (const [self, other] of [[a, b] as const, [b, a] as const]) {
      const answer = await peer.call("verify.pairwise_fingerprint", {
        version: vector.int("version"),
        user_id: self.text("userId"),
        public_key: self.bytes("publicKey"),
        other_user_id: other.text("userId"),
        other_public_key: other.bytes("publicKey"),
      });
      check.bytes(`fingerprint seen from ${self.path}`, answer.fingerprint, expected, "V2");
    }
  },
};
