// What claims to take the same time whatever the bytes are, and the controls that show that the check would see it otherwise.
import { TrustedKeys } from "../../packages/dave/src/client/known-keys.ts";
import { portableBackend } from "../../packages/frame-crypto/src/aead/portable.ts";
import { Ranges } from "../../packages/frame-crypto/src/format/ranges.ts";
import { isScalar } from "../../packages/mls/src/crypto/provider.ts";
import * as mls from "../../packages/mls/src/internals.ts";
import type { Subject } from "./measure.ts";

const crypto = mls.createCryptoProvider({ backend: "portable" });
const FIRST_OR_LAST = ["first byte differs", "last byte differs"] as const;

/** Changes the first or the last of some bytes. Both are written, so that the preparation is the same for both classes. */
function change(bytes: Uint8Array, from: number, second: boolean): void {
  bytes[from]! ^= second ? 0 : 0x5a;
  bytes[bytes.length - 1]! ^= second ? 0x5a : 0;
}

/** Two arrays that differ in their first or in their last byte; the arrays themselves are always the same two. */
function pair(length: number, right: Uint8Array = crypto.randomBytes(length)) {
  const given = right.slice();
  const prepare = (second: boolean) => {
    given.set(right);
    change(given, 0, second);
  };
  return { right, given, prepare };
}

/** A comparison that stops at the first difference: it must be found out. */
function stopsEarly(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function comparison(name: string, length: number, equal: (a: Uint8Array, b: Uint8Array) => unknown): Subject {
  const { right, given, prepare } = pair(length);
  return { name, classes: FIRST_OR_LAST, prepare, run: () => equal(right, given), calls: 200 };
}

/** RFC 9420 §6.2, with the HMAC before the comparison. */
function membershipTag(): Subject {
  const key = crypto.randomBytes(32);
  const context = crypto.randomBytes(100);
  const content: mls.FramedContent = {
    groupId: new Uint8Array(8),
    epoch: 1n,
    sender: { senderType: "member", leafIndex: 0 },
    authenticatedData: new Uint8Array(0),
    contentType: "application",
    applicationData: new Uint8Array(20),
  } as never;
  const auth = { signature: new Uint8Array(70) };
  const message = { content, auth } as unknown as mls.PublicMessage;
  const tag = mls.membershipTag(crypto, key, mls.authenticated(message), context);
  const { given, prepare } = pair(32, tag);
  const forged = { ...message, membershipTag: given } as mls.PublicMessage;
  return {
    name: "membership tag",
    classes: FIRST_OR_LAST,
    prepare,
    run: () => mls.verifyMembershipTag(crypto, key, forged, context),
    calls: 2,
  };
}

/** RFC 9420 §6.1, as commits and welcomes compare it. */
function confirmationTag(): Subject {
  const [key, hash] = [crypto.randomBytes(32), crypto.randomBytes(32)];
  const { given, prepare } = pair(32, mls.confirmationTag(crypto, key, hash));
  return {
    name: "confirmation tag",
    classes: FIRST_OR_LAST,
    prepare,
    run: () => mls.equalBytes(given, mls.confirmationTag(crypto, key, hash)),
    calls: 4,
  };
}

/** F1: the 8 bytes of tag of a frame, by the portable cipher. */
function frameTag(): Subject {
  const key = portableBackend.prepare(crypto.randomBytes(16));
  const clear = new Ranges();
  const sealed = new Uint8Array(28);
  key.seal(1, crypto.randomBytes(20), 20, clear, sealed);
  const frame = sealed.slice();
  const output = new Uint8Array(20);
  return {
    name: "tag of a frame",
    classes: FIRST_OR_LAST,
    prepare(second) {
      frame.set(sealed);
      change(frame, 20, second);
    },
    run: () => key.open(1, frame, 20, clear, output),
    calls: 16,
  };
}

/** P4: a verified key beside the one in the roster. */
function knownKey(): Subject {
  const { right, given, prepare } = pair(65);
  const keys = new TrustedKeys({ get: () => right, set: () => undefined }, () => undefined);
  return {
    name: "known key of a user",
    classes: FIRST_OR_LAST,
    prepare,
    run: () => keys.verificationOf("1", given),
    calls: 100,
  };
}

/** RFC 9420 §7.1: whether 32 bytes are a private key. */
function scalar(): Subject {
  const near = Buffer.from("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550", "hex");
  const small = new Uint8Array(32).fill(1, 31);
  const given = new Uint8Array(32);
  return {
    name: "range of a private key",
    classes: ["1", "order - 1"],
    prepare: (second) => given.set(second ? near : small),
    run: () => isScalar(given),
    calls: 20,
  };
}

export const SUBJECTS: readonly Subject[] = [
  comparison("equalBytes, 16 bytes", 16, mls.equalBytes),
  comparison("equalBytes, 32 bytes", 32, mls.equalBytes),
  membershipTag(),
  confirmationTag(),
  frameTag(),
  knownKey(),
  scalar(),
];

/** What must be found to differ, or the check is blind on this machine today. */
export const CONTROLS: readonly Subject[] = [
  comparison("control: stops early, 32 bytes", 32, stopsEarly),
  comparison("control: stops early, 8 bytes", 8, stopsEarly),
];
