// RFC 9420 §9.2 Every secret that is drawn, derived or received is overwritten: looked at in the very arrays that were made
// for it, in this package, in what @noble gives, and in what node:crypto gives.
import { describe, expect, it, onTestFinished, vi } from "vitest";
import * as mls from "../../src/internals.ts";
import { allocations } from "../support/allocations.ts";
import { backends, platformCrypto, portableCrypto } from "../support/crypto.ts";
import { NOT_WIPED } from "../support/not-wiped.ts";
import { type Left, watched } from "../support/watched.ts";
import { isWiped } from "../support/wiped.ts";
import { add, text } from "../support/world.ts";

/** A call's worth of groups: two found one, a third joins, the second leaves; then everything is closed. */
function life(crypto: mls.CryptoProvider): void {
  const groupId = text("group");
  const keys = ["a", "b", "c"].map(() => mls.generateSignatureKeyPair(crypto));
  const [a, ...others] = keys as [mls.SignatureKeyPair, ...mls.SignatureKeyPair[]];
  const bundles = others.map((signatureKeyPair, i) =>
    mls.createKeyPackage(crypto, { identity: text(`member ${i}`), signatureKeyPair }),
  );
  const [b, c] = bundles as [mls.KeyPackageBundle, mls.KeyPackageBundle];
  const groups: mls.Group[] = [];
  const keep = (group: mls.Group) => {
    groups.push(group);
    return group;
  };
  const join = (welcome: Uint8Array, keyPackage: mls.KeyPackageBundle) =>
    keep(mls.Group.join(crypto, { welcome, keyPackage }));
  const first = keep(
    mls.Group.create(crypto, { groupId, identity: text("founder"), signatureKeyPair: a, extensions: [] }),
  );
  const two = first.commit([], { byValue: [add(b.keyPackage)] });
  const second = join(two.welcome!, b);
  const three = keep(two.group).commit([], { byValue: [add(c.keyPackage)] });
  const processed = second.processCommit(three.commit, []);
  if (processed.outcome === "next") keep(processed.group);
  const third = join(three.welcome!, c);
  const removal = third.commit([], { byValue: [{ proposalType: "remove", removed: 1 }] });
  keep(removal.group);
  const after = keep(three.group).processCommit(removal.commit, []);
  if (after.outcome === "next") keep(after.group);
  const exported = removal.group.exportSecret("label", text("context"), 80);
  for (const group of groups) group.close();
  for (const bundle of bundles) bundle.close();
  // What a caller was given is the caller's to overwrite.
  for (const secret of [exported, ...keys.map(({ privateKey }) => privateKey)]) secret.fill(0);
}

const unlisted = (left: readonly Left[]) =>
  left.filter(({ site }) => !NOT_WIPED.some((listed) => listed.site.test(site)));

describe.each(backends.map((crypto) => [crypto.backend, crypto] as const))("%s", (_, crypto) => {
  const watch = watched(crypto);
  const report = () =>
    watch.during(
      () => life(watch.crypto),
      () => [],
    );

  it("when everything is closed, no array of ours holds a secret, and none of noble's but the listed", () => {
    const { error, secrets, left, leftByNoble } = report();
    expect(error).toBeUndefined();
    expect(secrets).toBeGreaterThan(80);
    expect(left).toEqual([]);
    expect(unlisted(leftByNoble)).toEqual([]);
  });

  it("what is listed as not overwritten is there, with the portable backend, and nothing of it with the platform", () => {
    const { leftByNoble } = report();
    const seen = NOT_WIPED.filter(({ site }) => leftByNoble.some((left) => site.test(left.site)));
    expect(seen.map(({ name }) => name)).toEqual(
      crypto.backend === "portable" ? NOT_WIPED.map(({ name }) => name) : [],
    );
  });

  it("the watch finds a secret that is kept", () => {
    let kept: Uint8Array | undefined;
    const { left } = watch.during(
      () => {
        const pair = mls.generateKeyPair(watch.crypto);
        kept = pair.privateKey.slice();
        pair.privateKey.fill(0);
      },
      () => [],
    );
    expect(left.map(({ what }) => what)).toEqual(["randomBytes"]);
    expect(kept).toHaveLength(32);
  });

  it("candidates for a private key that are no scalars are overwritten, and so is the key of a refused encapsulation", () => {
    const given: Uint8Array[] = [];
    const drawing: mls.CryptoProvider = {
      ...crypto,
      randomBytes(length) {
        // The first draw is above the order of the group.
        const bytes = given.length ? crypto.randomBytes(length) : new Uint8Array(length).fill(0xff);
        given.push(bytes);
        return bytes;
      },
    };
    expect(() => mls.encap(drawing, new Uint8Array(65).fill(4))).toThrow(
      expect.objectContaining({ code: "invalid-key" }),
    );
    expect(given.map(isWiped)).toEqual([true, true]);
  });

  it("the arrays of a caller's source of randomness are overwritten, and what the caller gets is another array", () => {
    const given: Uint8Array[] = [];
    const source = (length: number) => {
      given.push(Buffer.alloc(length, 7));
      return given.at(-1)!;
    };
    const provider = mls.createCryptoProvider({ randomBytes: source, backend: crypto.backend });
    const drawn = provider.randomBytes(40);
    expect(given.map(isWiped)).toEqual([true]);
    expect(drawn).toEqual(new Uint8Array(40).fill(7));
    expect(Object.getPrototypeOf(drawn)).toBe(Uint8Array.prototype);
  });

  it("the platform's randomness is given away without a copy", () => {
    const provider = mls.createCryptoProvider({ backend: crypto.backend });
    const made = allocations(() => void provider.randomBytes(40));
    expect(made.filter(({ bytes }) => !isWiped(bytes))).toHaveLength(1);
  });
});

it("the portable backend overwrites the shared point that it cuts the x coordinate from", () => {
  const [mine, theirs] = [mls.generateKeyPair(portableCrypto), mls.generateKeyPair(portableCrypto)];
  let shared: Uint8Array | undefined;
  const made = allocations(() => {
    shared = portableCrypto.diffieHellman(mine.privateKey, theirs.publicKey);
  });
  const points = made.filter(({ bytes }) => bytes.length === 33);
  expect(shared && isWiped(shared)).toBe(false);
  expect(points.map(({ bytes }) => isWiped(bytes))).toContain(true);
  expect(points.filter(({ bytes }) => Buffer.from(bytes).includes(Buffer.from(shared!)))).toEqual([]);
});

describe("node:crypto", () => {
  it("gives secrets in Buffers, which are overwritten when they are copied; so is what opened under a wrong tag", () => {
    const given: Uint8Array[] = [];
    const note = (bytes: Uint8Array) => {
      if (bytes.length > 0) given.push(bytes);
      return bytes;
    };
    /** Notes what methods give, and what the methods of their results give. */
    const noting = (target: object): object =>
      new Proxy(target, {
        get: (_, name) => {
          const member = Reflect.get(target, name);
          if (typeof member !== "function") return member;
          return (...args: unknown[]) => {
            const result = Reflect.apply(member, target, args);
            if (result instanceof Uint8Array) return note(result);
            return /^create(E|H|C|D)|^update$/.test(String(name)) ? noting(result as object) : result;
          };
        },
      });
    const spy = vi
      .spyOn(process, "getBuiltinModule")
      .mockReturnValue(noting(process.getBuiltinModule("node:crypto") as object) as never);
    onTestFinished(() => spy.mockRestore());
    const provider = mls.createCryptoProvider({ backend: "platform" });
    spy.mockRestore();
    const psk = platformCrypto.randomBytes(32);
    const [key, nonce, empty] = [psk.subarray(16), psk.subarray(20), new Uint8Array()];
    const { privateKey, publicKey } = mls.generateKeyPair(provider);
    const sealed = platformCrypto.seal(key, nonce, empty, psk);
    const forged = sealed.map((byte, i) => (i === sealed.length - 1 ? byte ^ 1 : byte));
    given.length = 0;
    expect(provider.diffieHellman(privateKey, publicKey)).toHaveLength(32);
    expect(provider.hmac(psk, psk)).toEqual(platformCrypto.hmac(psk, psk));
    expect(provider.open(key, nonce, empty, sealed)).toEqual(psk);
    const made = allocations(() => expect(provider.open(key, nonce, empty, forged)).toBeUndefined());
    expect(given.map((bytes) => [bytes.length, isWiped(bytes)])).toEqual(Array(4).fill([32, true]));
    // The copy of what opened under the wrong tag is overwritten as well.
    expect(made.filter(({ bytes }) => Buffer.from(bytes).equals(psk))).toEqual([]);
  });

  it("signs with a key whose encoding is overwritten, also when it refuses the key", () => {
    for (const length of [32, 31]) {
      const privateKey = new Uint8Array(length).fill(9);
      const made = allocations(() => {
        try {
          platformCrypto.sign(privateKey, text("message"));
        } catch {
          // a key of 31 bytes
        }
      });
      expect(
        made.some(({ bytes }) => Buffer.from(bytes).includes(Buffer.from(privateKey.subarray(0, 31)))),
      ).toBe(false);
    }
  });
});
