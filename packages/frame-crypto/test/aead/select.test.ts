// Which backend: by what the runtime does, not by what it is called; results are the same.
import nodeCrypto from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { finds, platformBackend, platformFinder } from "../../src/aead/platform.ts";
import { type NodeCrypto, platformCrypto, platformIndexOf } from "../../src/aead/ports.ts";
import { behaves, PLATFORM_FROM } from "../../src/aead/select.ts";
import { hex, seeded } from "../helpers/bytes.ts";
import { fixedRatchet, receiver, senderFor } from "../helpers/peers.ts";

const real = nodeCrypto as unknown as NodeCrypto;
const usable = (crypto: Partial<NodeCrypto>): boolean =>
  behaves(platformBackend({ ...real, ...crypto } as NodeCrypto));

describe("the probe", () => {
  it("takes what works", () => {
    expect(usable({})).toBe(true);
  });
  it("takes a runtime that seals 16-byte tags whatever is asked: the first 8 are used", () => {
    expect(
      usable({
        createCipheriv: (algorithm, key, iv) =>
          real.createCipheriv(algorithm, key, iv, { authTagLength: 16 }),
      }),
    ).toBe(true);
  });
  it("refuses one that opens anything", () => {
    const createDecipheriv: NodeCrypto["createDecipheriv"] = (algorithm, key, iv, options) => {
      const decipher = real.createDecipheriv(algorithm, key, iv, options);
      return {
        setAAD: (data) => decipher.setAAD(data),
        setAuthTag: (tag) => decipher.setAuthTag(tag),
        update: (data) => decipher.update(data),
        final: () => new Uint8Array(),
      };
    };
    expect(usable({ createDecipheriv })).toBe(false);
  });
  it("refuses one that cannot open 8-byte tags, one that throws, one that gives other bytes", () => {
    const refusing = () => {
      throw new TypeError("invalid tag length");
    };
    expect(usable({ createDecipheriv: refusing })).toBe(false);
    expect(usable({ createCipheriv: refusing })).toBe(false);
    expect(
      usable({
        createCipheriv: (_, key, iv, options) => real.createCipheriv("aes-128-ctr", key, iv, options),
      }),
    ).toBe(false);
  });
});

describe("the probe of the platform's search", () => {
  it("takes what works; refuses what finds nothing, looks elsewhere or throws", () => {
    const indexOf = platformIndexOf()!;
    expect(finds(platformFinder(indexOf))).toBe(true);
    expect(finds(platformFinder(() => -1))).toBe(false);
    expect(
      finds(
        platformFinder(function (needle) {
          return indexOf.call(this, needle, 0);
        }),
      ),
    ).toBe(false);
    expect(
      finds(
        platformFinder(() => {
          throw new TypeError("not a Buffer");
        }),
      ),
    ).toBe(false);
  });
});

describe("the runtime", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });
  const fresh = async (process: unknown) => {
    vi.stubGlobal("process", process);
    vi.resetModules();
    return await import("../../src/index.ts");
  };

  it("is asked without an import", () => {
    expect(platformCrypto()).toBeDefined();
  });
  it.each([
    ["no process", undefined],
    ["no getBuiltinModule", {}],
    [
      "one that throws",
      {
        getBuiltinModule: () => {
          throw new Error("no");
        },
      },
    ],
    ["one that has no such module", { getBuiltinModule: () => undefined }],
    ["a module without ciphers", { getBuiltinModule: () => ({ createCipheriv: 1 }) }],
  ])("%s: auto is portable, and platform is not available", async (_, process) => {
    const { selectBackend, FrameCryptoError } = await fresh(process);
    expect(selectBackend().name).toBe("portable");
    expect(() => selectBackend({ backend: "platform" })).toThrow(FrameCryptoError);
    expect(() => selectBackend({ backend: "platform" })).toThrow(
      expect.objectContaining({ code: "not-available" }),
    );
  });
  it("here it has a cipher", async () => {
    const { selectBackend } = await fresh(process);
    expect(selectBackend().name).toBe("auto");
    expect(selectBackend({ backend: "platform" }).name).toBe("platform");
    expect(selectBackend({ backend: "portable" }).name).toBe("portable");
  });
});

describe("byte-identical", () => {
  it("frames around the threshold, sealed by each and opened by each", () => {
    const backends = ["portable", "platform", "auto"] as const;
    for (const length of [0, 1, 100, PLATFORM_FROM - 1, PLATFORM_FROM, PLATFORM_FROM + 1, 3000]) {
      for (const codec of ["opus", "vp8"] as const) {
        const frame = seeded(length).bytes(length);
        const wires = backends.map((backend) => senderFor(codec, 9, backend).encrypt(frame));
        const texts = wires.map((wire) => ("frame" in wire ? hex(wire.frame) : wire.outcome));
        expect(new Set(texts).size).toBe(1);
        for (const backend of backends) {
          const wire = wires[0]!;
          const got = receiver(backend).decrypt("frame" in wire ? wire.frame : frame);
          expect("frame" in got && hex(got.frame)).toBe(hex(frame));
        }
      }
    }
  });
  it("auto hands each size to the one it is meant for", async () => {
    const { selectBackend, Encryptor, SenderKey } = await import("../../src/index.ts");
    const spy = vi.spyOn(nodeCrypto, "createCipheriv");
    const encryptor = new Encryptor();
    encryptor.setKey(new SenderKey(fixedRatchet()));
    selectBackend();
    const made = (length: number) => {
      const before = spy.mock.calls.length;
      encryptor.encrypt({ mediaType: "audio", ssrc: 1, frame: new Uint8Array(length) });
      return spy.mock.calls.slice(before).map(([algorithm]) => algorithm);
    };
    expect(made(PLATFORM_FROM - 1)).toEqual([]);
    expect(made(PLATFORM_FROM)).toEqual(["aes-128-gcm"]);
    spy.mockRestore();
  });
});
