// §2.1 Every structure: what is encoded comes back, and what is accepted encodes to the same bytes.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as mls from "../../src/internals.ts";
import { quick } from "../support/crypto.ts";
import * as any from "./arbitraries.ts";

const STRUCTURES: [string, mls.Codec<unknown>, fc.Arbitrary<unknown>][] = [
  ["uint8", mls.u8, any.integers.u8],
  ["uint16", mls.u16, any.integers.u16],
  ["uint32", mls.u32, any.integers.u32],
  ["uint64", mls.u64, any.integers.u64],
  ["opaque<V>", mls.opaque, fc.uint8Array({ maxLength: 20000 })],
  ["HPKECiphertext", mls.hpkeCiphertextCodec, any.hpkeCiphertext],
  ["Extension", mls.extensionCodec, any.extension],
  ["RequiredCapabilities", mls.requiredCapabilitiesCodec, any.requiredCapabilities],
  ["ParentNode", mls.parentNodeCodec, any.parentNode],
  ["KeyPackageTBS", mls.keyPackageContentCodec, any.keyPackageContent],
  ["GroupInfoTBS", mls.groupInfoContentCodec, any.groupInfoContent],
  ["FramedContent", mls.framedContentCodec, any.framedContent],
  ["AuthenticatedContent", mls.authenticatedContentCodec, any.authenticatedContent],
  ["PrivateMessage", mls.privateMessageCodec, any.privateMessage],
  ["Extension<V>", mls.extensionsCodec, any.extensions],
  ["ExternalSender", mls.externalSenderCodec, any.externalSender],
  ["Credential", mls.credentialCodec, any.credential],
  ["LeafNode", mls.leafNodeCodec, any.leafNode],
  ["KeyPackage", mls.keyPackageCodec, any.keyPackage],
  ["PreSharedKeyID", mls.preSharedKeyIdCodec, any.preSharedKeyId],
  ["Proposal", mls.proposalCodec, any.proposal],
  ["UpdatePath", mls.updatePathCodec, any.updatePath],
  ["Commit", mls.commitCodec, any.commit],
  ["GroupContext", mls.groupContextCodec, any.groupContext],
  ["GroupInfo", mls.groupInfoCodec, any.groupInfo],
  ["GroupSecrets", mls.groupSecretsCodec, any.groupSecrets],
  ["Welcome", mls.welcomeCodec, any.welcome],
  ["ratchet_tree", mls.ratchetTreeCodec, any.ratchetTree],
  ["PublicMessage", mls.publicMessageCodec, any.publicMessage],
  ["MLSMessage", mls.mlsMessageCodec, any.mlsMessage],
];

it("every codec that the package shows is here", () => {
  const isCodec = (value: unknown): value is mls.Codec<unknown> =>
    typeof value === "object" && value !== null && "encode" in value && "decode" in value;
  const tested = new Set(STRUCTURES.map(([, codec]) => codec));
  const shown = Object.entries(mls as Record<string, unknown>).filter(([, value]) => isCodec(value));
  expect(shown.filter(([, codec]) => !tested.has(codec as mls.Codec<unknown>)).map(([name]) => name)).toEqual(
    [],
  );
});

const mutation = fc.record({ at: fc.nat(), value: fc.nat(255), kind: fc.nat(3) });

function mutate(bytes: Uint8Array, { at, value, kind }: { at: number; value: number; kind: number }) {
  const where = at % (bytes.length + 1);
  const [head, tail] = [bytes.subarray(0, where), bytes.subarray(where)];
  if (kind === 0) return mls.concat(head, Uint8Array.of(value), tail);
  if (kind === 1) return mls.concat(head, tail.subarray(1));
  return mls.concat(head, Uint8Array.of((tail[0] ?? 0) ^ (1 << (value % 8))), tail.subarray(1));
}

describe.each(STRUCTURES)("%s", (_name, codec, arbitrary) => {
  it("decode(encode(value)) is the value", () => {
    fc.assert(
      fc.property(arbitrary, (value) => {
        const encoded = codec.encode(value);
        const decoded = codec.decode(encoded);
        expect(decoded).toEqual(value);
        expect(codec.encode(decoded)).toEqual(encoded);
      }),
      { numRuns: quick ? 15 : 60 },
    );
  });

  it("encode(decode(bytes)) is the bytes, for whatever bytes are accepted", () => {
    fc.assert(
      fc.property(arbitrary, mutation, (value, change) => {
        const bytes = mutate(codec.encode(value), change);
        try {
          expect(codec.encode(codec.decode(bytes))).toEqual(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(mls.MlsError);
        }
      }),
      { numRuns: quick ? 40 : 150 },
    );
  });

  it("refuses to encode what it is not", () => {
    for (const wrong of [undefined, null, {}, "text", -1, 1.5, true, Number.NaN, () => 0]) {
      expect(() => codec.encode(wrong)).toThrow(expect.objectContaining({ code: "invalid-argument" }));
    }
  });

  it("refuses to decode what is no Uint8Array", () => {
    for (const wrong of [undefined, null, {}, [1, 2], "00", 7, new ArrayBuffer(4), new Uint16Array(4)]) {
      expect(() => codec.decode(wrong as never)).toThrow(
        expect.objectContaining({ name: "MlsError", code: "invalid-argument" }),
      );
    }
  });
});
