// Which backend: by what the runtime does, not by what it is called; results are the same.
import nodeCrypto from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Random } from "../../fuzz/random.ts";
import { runtimeChangeover, searchIsFast } from "../../src/aead/changeover.ts";
import { finds, platformFinder } from "../../src/aead/finder.ts";
import { type NodeCrypto, platformCrypto, platformIndexOf, platformName } from "../../src/aead/ports.ts";
import { usable as isUsable } from "../../src/aead/select.ts";
import { hex } from "../helpers/bytes.ts";
import { fixedRatchet, receiver, senderFor } from "../helpers/peers.ts";

const real = nodeCrypto as unknown as NodeCrypto;
const usable = (crypto: Partial<NodeCrypto>): boolean => isUsable({ ...real, ...crypto } as NodeCrypto);
const { keystreamFrom, gcmFrom } = runtimeChangeover("node");

describe("the probe", () => {
  it("takes what works", () => {
    expect(usable({})).toBe(true);
  });
  it("takes a runtime that seals 16-byte tags whatever is asked: the first 8 are used", () => {
    expect(
      usable({
        createCipheriv: (algorithm, key, iv) =>
          real.createCipheriv(algorithm, key, iv, iv === null ? undefined : { authTagLength: 16 }),
      }),
    ).toBe(true);
  });
  it("refuses one that lacks a function", () => {
    for (const name of ["createSecretKey", "createCipheriv", "createDecipheriv"])
      expect(usable({ [name]: undefined })).toBe(false);
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

describe("the probe of the platform's AES", () => {
  const withEcb = (change: (bytes: Uint8Array) => Uint8Array): Partial<NodeCrypto> => ({
    createCipheriv: (algorithm, key, iv, options) => {
      const cipher = real.createCipheriv(algorithm, key, iv, options);
      if (algorithm !== "aes-128-ecb") return cipher;
      return { ...cipher, update: (data: Uint8Array) => change(cipher.update(data)) } as typeof cipher;
    },
  });
  it("takes one whose bytes lie between two words", () => {
    const shifted = (bytes: Uint8Array): Uint8Array => {
      const copy = new Uint8Array(bytes.length + 1).subarray(1);
      copy.set(bytes);
      return copy;
    };
    expect(usable(withEcb(shifted))).toBe(true);
  });
  it("refuses one that gives other bytes, that keeps some back, or that throws", () => {
    expect(usable(withEcb((bytes) => bytes.map((byte) => byte ^ 1)))).toBe(false);
    expect(usable(withEcb((bytes) => bytes.subarray(0, bytes.length - 16)))).toBe(false);
    const refusing = () => {
      throw new TypeError("no ECB here");
    };
    expect(usable(withEcb(refusing))).toBe(false);
  });
});

describe("the changeover", () => {
  afterEach(() => vi.unstubAllGlobals());
  const nameWith = (globals: Record<string, unknown>) => {
    for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
    return platformName();
  };
  it("is looked up by the name that the runtime shows", () => {
    expect(platformName()).toBe("node");
    expect(runtimeChangeover()).toEqual({ keystreamFrom, gcmFrom });
    // Both carry Node's version beside their own.
    expect(nameWith({ process: { versions: { node: "24.3.0", bun: "1.4.5" } } })).toBe("bun");
    expect(nameWith({ process: { versions: { node: "24.3.0", deno: "2.9.6" } } })).toBe("deno");
  });
  it("is that of an unknown runtime for workerd, for one without a name, and for one that refuses the question", () => {
    const workerd = {
      process: { versions: { node: "22.19.0" } },
      navigator: { userAgent: "Cloudflare-Workers" },
    };
    expect(nameWith(workerd)).toBeUndefined();
    vi.unstubAllGlobals();
    for (const process of [undefined, {}, { versions: null }, { versions: { quickjs: "1" } }])
      expect(nameWith({ process })).toBeUndefined();
    const refusing = Object.defineProperty({}, "versions", {
      get: () => {
        throw new Error("no");
      },
    });
    expect(nameWith({ process: refusing })).toBeUndefined();
    const unknown = runtimeChangeover(undefined);
    expect(unknown.keystreamFrom).toBeLessThan(unknown.gcmFrom);
    expect(runtimeChangeover("quickjs")).toEqual(unknown);
  });
  it("has the search for start codes, too: the platform's in Node and Bun alone", async () => {
    expect(["node", "bun", "deno", "quickjs"].map((name) => searchIsFast(name))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    const finderIn = async (versions: Record<string, string>) => {
      const { getBuiltinModule } = process;
      vi.stubGlobal("process", { versions, getBuiltinModule });
      vi.resetModules();
      const { selectBackend } = await import("../../src/index.ts");
      return selectBackend().findStartCode;
    };
    expect(await finderIn({ node: "24.21.0" })).toBeDefined();
    expect(await finderIn({ node: "24.21.0", deno: "2.9.6" })).toBeUndefined();
    vi.resetModules();
  });
  it("is fixed by an option and shown by the backend", async () => {
    const { selectBackend } = await import("../../src/index.ts");
    expect(selectBackend().changeover).toEqual({ keystreamFrom, gcmFrom });
    const changeover = { keystreamFrom: 7, gcmFrom: Number.POSITIVE_INFINITY };
    expect(selectBackend({ changeover }).changeover).toEqual(changeover);
    expect(selectBackend({ backend: "portable", changeover }).changeover).toBeUndefined();
    expect(selectBackend({ backend: "platform" }).changeover).toBeUndefined();
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
  it("frames around the changeover, sealed by each and opened by each", () => {
    const backends = ["portable", "platform", "auto"] as const;
    for (const length of [0, 1, 100, keystreamFrom - 1, keystreamFrom, gcmFrom - 1, gcmFrom, 9000]) {
      for (const codec of ["opus", "vp8"] as const) {
        const frame = new Random(length).bytes(length);
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
  it("auto hands each size to the one it is meant for, and keeps one cipher for the keystreams of a key", async () => {
    const { Encryptor, SenderKey } = await import("../../src/index.ts");
    const spy = vi.spyOn(nodeCrypto, "createCipheriv");
    const encryptor = new Encryptor();
    encryptor.setKey(new SenderKey(fixedRatchet()));
    const made = (length: number) => {
      const before = spy.mock.calls.length;
      encryptor.encrypt({ mediaType: "audio", ssrc: 1, frame: new Uint8Array(length) });
      return spy.mock.calls.slice(before).map(([algorithm]) => algorithm);
    };
    expect(made(keystreamFrom - 1)).toEqual([]);
    expect(made(keystreamFrom)).toEqual(["aes-128-ecb"]);
    expect(made(gcmFrom - 1)).toEqual([]);
    expect(made(gcmFrom)).toEqual(["aes-128-gcm"]);
    expect(made(gcmFrom)).toEqual(["aes-128-gcm"]);
    spy.mockRestore();
  });
  it("a key is handed over as an object, which no runtime has to make again for each frame", async () => {
    const { Encryptor, SenderKey } = await import("../../src/index.ts");
    const spy = vi.spyOn(nodeCrypto, "createCipheriv");
    const encryptor = new Encryptor({ backend: "platform" });
    encryptor.setKey(new SenderKey(fixedRatchet()));
    encryptor.encrypt({ mediaType: "audio", ssrc: 1, frame: new Uint8Array(9) });
    expect(spy.mock.calls.at(-1)![1]).toBeInstanceOf(nodeCrypto.KeyObject);
    spy.mockRestore();
  });
});
