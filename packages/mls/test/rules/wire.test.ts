// RFC 9420 §2.1 the wire format: what is not the one encoding of a value is refused, with the path of the field.
import { describe, expect, it } from "vitest";
import * as mls from "../../src/internals.ts";
import { platformCrypto as crypto } from "../support/crypto.ts";
import { caught, refuses } from "../support/refusal.ts";
import { newBundle } from "../support/world.ts";

const { bytes: keyPackage } = newBundle(crypto, "a");
const message = mls.concat(Uint8Array.of(0, 1, 0, 5), keyPackage);

describe("§2.1 structures", () => {
  refuses("2.1-1", "a field cut short", () => mls.keyPackageCodec.decode(keyPackage.subarray(0, 100)));
  refuses("2.1-1", "a vector that says it is longer than the input", () =>
    mls.opaque.decode(Uint8Array.of(0x80, 1, 0, 0, 7)),
  );
  refuses("2.1-2", "trailing bytes", () =>
    mls.keyPackageCodec.decode(mls.concat(keyPackage, Uint8Array.of(0))),
  );
  refuses("2.1-2", "a vector whose items do not use up its length", () =>
    mls.extensionCodec.decode(Uint8Array.of(0, 1, 0, 9)),
  );
  refuses("2.1-1", "an item that reaches past its vector", () =>
    mls.vector(mls.u16).decode(Uint8Array.of(3, 0, 1, 2, 9)),
  );
  refuses("2.1-3", "an unknown proposal type", () => mls.proposalCodec.decode(Uint8Array.of(0, 9, 0)));
  refuses("2.1-3", "an unknown credential type", () => mls.credentialCodec.decode(Uint8Array.of(0, 3, 0)));
  refuses("2.1-4", "more than the caller allows", () =>
    mls.keyPackageCodec.decode(keyPackage, { maxLength: 100 }),
  );
  const references = (count: number) => {
    const list = new Uint8Array(2 * count).map((_, i) => (i % 2 === 0 ? 2 : 0));
    return mls.concat(mls.opaque.encode(list), Uint8Array.of(0));
  };
  // each is 32 bytes shorter than one of 32 bytes
  refuses("2.1-5", "more references of nothing than the slack covers", () =>
    mls.commitCodec.decode(references(0x10000 / 32 + 1)),
  );
  refuses("2.1-5", "more of them than the caller allows", () =>
    mls.commitCodec.decode(references(3), { slack: 95 }),
  );
  it("takes as many as the slack covers", () => {
    expect(mls.commitCodec.decode(references(3), { slack: 96 }).proposals).toHaveLength(3);
    expect(mls.commitCodec.decode(references(0x10000 / 32)).proposals).toHaveLength(2048);
  });
  refuses("5.3-1", "a certificate that is shorter than any", () =>
    mls.credentialCodec.decode(mls.concat(Uint8Array.of(0, 2, 32, 31), new Uint8Array(31))),
  );
  refuses("2.1.1-1", "a presence octet of 2", () => mls.commitCodec.decode(Uint8Array.of(0, 2)));
  refuses("2.1.2-1", "a length prefix of 3", () => mls.opaque.decode(Uint8Array.of(0xc0, 0, 0, 0)));
  refuses("2.1.2-2", "two length bytes for 63", () =>
    mls.opaque.decode(mls.concat(Uint8Array.of(0x40, 63), new Uint8Array(63))),
  );
  refuses("2.1.2-2", "four length bytes for 16383", () =>
    mls.opaque.decode(mls.concat(Uint8Array.of(0x80, 0, 0x3f, 0xff), new Uint8Array(16383))),
  );
  refuses("6-6", "another protocol version", () =>
    mls.mlsMessageCodec.decode(Uint8Array.from(message, (byte, i) => (i === 1 ? 2 : byte))),
  );
  refuses("13.4-2", "two extensions of one type", () => {
    const twice = [9, 9].map((extensionType) => ({ extensionType, extensionData: new Uint8Array(0) }));
    const { keyPackage: kp } = newBundle(crypto, "b");
    return mls.keyPackageCodec.decode(mls.keyPackageCodec.encode({ ...kp, extensions: twice }));
  });
});

describe("length headers at their edges", () => {
  it.each([0, 1, 63, 64, 16383, 16384, 70000])("a vector of %i bytes comes back", (length) => {
    const value = new Uint8Array(length).fill(7);
    const encoded = mls.opaque.encode(value);
    expect(encoded.length - length).toBe(length < 64 ? 1 : length < 16384 ? 2 : 4);
    expect(mls.opaque.decode(encoded)).toEqual(value);
  });
});

describe("the path of the field", () => {
  it.each([
    [40, "initKey"],
    [100, "leafNode.encryptionKey"],
    [215, "leafNode.capabilities"],
  ])("a key package cut to %i bytes", (length, path) => {
    const error = caught(() => mls.keyPackageCodec.decode(keyPackage.subarray(0, length))) as mls.MlsError;
    expect(error.code).toBe("malformed");
    expect(error.path).toContain(path);
    expect(error.message).toContain(path);
  });

  it("counts items", () => {
    const list = mls.vector(mls.vector(mls.u8));
    const error = caught(() => list.decode(Uint8Array.of(3, 0, 2, 1))) as mls.MlsError;
    expect(error.path).toBe("[1]");
  });
});
