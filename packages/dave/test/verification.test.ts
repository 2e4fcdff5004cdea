// §6 Verification: V1 codes, V2 fingerprints, V3 self signatures, V4 what they are taken from.
import { createCryptoProvider, generateSignatureKeyPair } from "@puredave/mls";
import { describe, expect, it } from "vitest";
import { DaveError, pairwiseCodeWith } from "../src/index.ts";
import {
  displayableCode,
  pairwiseCode,
  pairwiseFingerprint,
  selfSign,
  snowflake,
  snowflakeBytes,
  snowflakeOf,
  verifySelfSignature,
} from "../src/protocol.ts";
import { Call } from "./support/call.ts";
import { bytes, haveVectors, toHex, vector } from "./support/vectors.ts";

describe("V1: displayable codes", () => {
  it("each group: big endian, modulo 10^group, zero padded (bigint twin)", () => {
    const data = Uint8Array.from({ length: 64 }, (_, i) => (i * 151 + 7) & 0xff);
    for (const group of [1, 2, 3, 4, 5, 6, 7])
      for (const length of [group, 4 * group]) {
        let expected = "";
        for (let at = 0; at < length; at += group) {
          const value = BigInt(`0x${toHex(data.subarray(at, at + group))}`);
          expected += (value % 10n ** BigInt(group)).toString().padStart(group, "0");
        }
        expect(displayableCode(data, length, group)).toBe(expected);
      }
  });

  it.each([
    ["a length that is no multiple", 32, 31, 5],
    ["a group of 8", 32, 32, 8],
    ["a group of 0", 32, 10, 0],
    ["too little data", 29, 30, 5],
    ["a length of 0", 29, 0, 5],
  ])("refuses %s", (_, size, length, group) => {
    expect(() => displayableCode(new Uint8Array(size), length, group)).toThrow(DaveError);
  });
});

describe("V2: pairwise fingerprints", () => {
  it.skipIf(!haveVectors)("are those of the reference, from both sides", () => {
    for (const { a, b, fingerprint } of vector("fingerprint").cases) {
      const [left, right] = [a, b].map((side) => ({ userId: side.userId, publicKey: bytes(side.publicKey) }));
      expect(toHex(pairwiseFingerprint(left!, right!))).toBe(fingerprint);
      expect(toHex(pairwiseFingerprint(right!, left!))).toBe(fingerprint);
      expect(pairwiseCode(left!, right!)).toBe(displayableCode(bytes(fingerprint), 45, 5));
    }
  });

  it("refuse keys of another length", () => {
    const side = { userId: "1", publicKey: new Uint8Array(64) };
    expect(() => pairwiseFingerprint(side, side)).toThrow(
      expect.objectContaining({ code: "invalid-argument" }),
    );
  });
});

describe("V3: self signatures", () => {
  const crypto = createCryptoProvider();
  const keys = generateSignatureKeyPair(crypto);

  it("hold for their session and key only", () => {
    const signature = selfSign(crypto, "session", keys);
    expect(verifySelfSignature(crypto, "session", keys.publicKey, signature)).toBe(true);
    expect(verifySelfSignature(crypto, "other", keys.publicKey, signature)).toBe(false);
    const stranger = generateSignatureKeyPair(crypto).publicKey;
    expect(verifySelfSignature(crypto, "session", stranger, signature)).toBe(false);
  });

  it("refuse a session id that is no ASCII", () => {
    expect(() => selfSign(crypto, "séance", keys)).toThrow(DaveError);
  });
});

describe("V4: codes of a client", () => {
  it("the privacy code is the same for everybody, 30 digits (GW-23), none in a pending group or at version 0", () => {
    const { call, members } = Call.of(3);
    const codes = members.map(({ client }) => client.privacyCode?.code);
    expect(new Set(codes).size).toBe(1);
    expect(codes[0]).toMatch(/^[0-9]{30}$/);
    expect(call.join("9").client.privacyCode).toBeUndefined();
    members[0]!.receive({ op: 4, protocolVersion: 0 });
    expect(members[0]!.client.privacyCode).toBeUndefined();
    expect(members[0]!.eventsOf("privacyCode").at(-1)).toEqual({
      type: "privacyCode",
      current: undefined,
    });
  });

  it("pair codes agree from both sides and know only the roster", () => {
    const { members } = Call.of(2);
    const [a, b] = [members[0]!, members[1]!];
    const { code, publicKey } = pairwiseCodeWith(a.client, b.userId);
    expect(code).toMatch(/^[0-9]{45}$/);
    expect(publicKey).toEqual(b.client.publicKey);
    expect(code).toBe(pairwiseCodeWith(b.client, BigInt(a.userId)).code);
    expect(() => pairwiseCodeWith(a.client, "5")).toThrow(expect.objectContaining({ code: "unknown-user" }));
    expect(() => pairwiseCodeWith(a.client, a.userId)).toThrow(DaveError);
  });
});

describe("P2: snowflakes", () => {
  it("round trip as strings, bigints and bytes, above 2^53 too", () => {
    const max = (1n << 64n) - 1n;
    expect(snowflake(max)).toBe("18446744073709551615");
    expect(snowflakeOf(snowflakeBytes(max))).toBe(max.toString());
    expect(toHex(snowflakeBytes("258"))).toBe("0000000000000102");
    expect(snowflakeOf(new Uint8Array(7))).toBeUndefined();
    for (const wrong of ["", "-1", "007", "1e3", "18446744073709551616", -1n, 5 as never])
      expect(() => snowflake(wrong)).toThrow(expect.objectContaining({ code: "invalid-snowflake" }));
  });
});
