// Every export of this package, and every method of its classes, is called with arguments that make no sense.
import { expect, it } from "vitest";
import * as nonsense from "../../../dave/test/support/nonsense.ts";
import * as frames from "../../src/index.ts";
import { fixedRatchet } from "../helpers/peers.ts";

const { any, flag, integer, oneOf, optional, record } = nonsense;
type Domain = nonsense.Domain;

/** Bytes that a caller may give: of one length, or of any. */
const bytes = (length?: number): Domain => nonsense.bytes(length);
const instant = any(
  () => 0,
  (value) => typeof value === "number" && !Number.isNaN(value),
);
const whole = integer(1, 0, Number.MAX_SAFE_INTEGER);
const word32 = integer(1, 0, 0xffffffff);
const codec = oneOf(...frames.CODECS);
const mediaType = oneOf(...frames.MEDIA_TYPES);
const backend = oneOf("auto", "portable", "platform");
const size = any(
  () => 500,
  (value) => typeof value === "number" && value >= 0,
);
const ratchet = any(fixedRatchet, () => false);
const senderKey = any(
  () => new frames.SenderKey(fixedRatchet()),
  () => false,
);
const receiverKey = any(
  () => new frames.ReceiverKey(fixedRatchet(), { preparedAt: 0 }),
  () => false,
);
const givenBackend = any(
  () => frames.portableBackend,
  () => false,
);

/** An object of the caller's, which may have other fields too: a bot hands on what it has. */
function open(fields: Readonly<Record<string, Domain>>): Domain {
  const { good } = record(fields);
  return {
    good,
    holds: (value) =>
      typeof value === "object" &&
      value !== null &&
      Object.entries(fields).every(([name, { holds }]) => holds((value as Record<string, unknown>)[name])),
    fields,
  };
}

const changeover = open({ keystreamFrom: size, gcmFrom: size });
const backendOptions = { backend: optional(backend), changeover: optional(changeover) };
const toEncrypt = { mediaType, ssrc: word32, frame: bytes() };
const toDecrypt = { mediaType, frame: bytes(), now: instant };
/** Long enough for what is encrypted here: shorter ones are `output-too-small`. */
const output: Domain = any(
  () => new Uint8Array(400),
  () => false,
);
const message = { key: bytes(16), counter: word32, aad: optional(bytes()), backend: optional(backend) };

/** What each function, constructor (`new`) and method takes. */
const TABLE: Readonly<Record<string, readonly Domain[]>> = {
  selectBackend: [optional(record(backendOptions))],
  sealAead: [open({ ...message, plaintext: bytes() })],
  openAead: [open({ ...message, ciphertext: bytes(), tag: bytes(8) })],
  parseFrame: [bytes()],
  splitFrame: [codec, bytes()],
  "new Encryptor": [optional(record(backendOptions))],
  "new Decryptor": [optional(record({ ...backendOptions, confirmReplays: optional(flag) }))],
  "new FrameEncryptor": [givenBackend],
  "new FrameDecryptor": [givenBackend, optional(record({ confirmReplays: optional(flag) }))],
  "new SenderKey": [ratchet, optional(record({ counter: optional(whole) }))],
  "new ReceiverKey": [ratchet, record({ preparedAt: instant, floor: optional(oneOf("start", "first")) })],
  "FrameEncryptor.setKey": [optional(senderKey)],
  "FrameEncryptor.setPassthrough": [flag],
  "FrameEncryptor.assignSsrcToCodec": [word32, codec],
  "FrameEncryptor.codecOf": [word32],
  "FrameEncryptor.maxProtectedLength": [open(toEncrypt)],
  "FrameEncryptor.encrypt": [open(toEncrypt)],
  "FrameEncryptor.encryptInto": [open({ ...toEncrypt, output })],
  "FrameEncryptor.close": [],
  [`FrameEncryptor.${String(Symbol.dispose)}`]: [],
  "FrameDecryptor.install": [receiverKey],
  "FrameDecryptor.expire": [receiverKey, instant],
  "FrameDecryptor.revive": [receiverKey],
  "FrameDecryptor.remove": [receiverKey],
  "FrameDecryptor.setPlaintext": [instant],
  "FrameDecryptor.decrypt": [open(toDecrypt)],
  "FrameDecryptor.decryptInto": [open({ ...toDecrypt, output })],
  "FrameDecryptor.tick": [instant],
  "FrameDecryptor.nextDeadline": [],
  "FrameDecryptor.close": [],
  [`FrameDecryptor.${String(Symbol.dispose)}`]: [],
  "SenderKey.close": [],
  [`SenderKey.${String(Symbol.dispose)}`]: [],
  "ReceiverKey.close": [],
  [`ReceiverKey.${String(Symbol.dispose)}`]: [],
};

/** Methods that the published types do not have (`@internal`). */
const INTERNAL = [
  "SenderKey.next",
  ...["release", "open", "confirmReplay", "tick", "nextDeadline"].map((name) => `ReceiverKey.${name}`),
];
/** Exports that nobody calls with arguments: constants, the error, and the portable backend, whose type shows a name. */
const NOT_CALLED = [
  ...["CODECS", "MEDIA_TYPES", "MARKER", "MAX_TRAILER", "SILENCE_FRAME", "TAG_LENGTH"],
  ...["FrameCryptoError", "portableBackend"],
];

const CODES: readonly frames.FrameCryptoErrorCode[] = [
  "invalid-argument",
  "invalid-length",
  "output-too-small",
  "overlap",
];

/** Options have no other names; an object that says something of a frame may. */
const takesOptions = (name: string): boolean => name.startsWith("new ") || name === "selectBackend";

const isClass = (value: unknown): value is new (...args: unknown[]) => object =>
  typeof value === "function" && /^class\b/.test(String(value));

/** Everything that can be called: functions, `new` and the methods of each class that has some of its own. */
function callables(): string[] {
  return Object.entries(frames)
    .filter(([name]) => !NOT_CALLED.includes(name))
    .flatMap(([name, value]) =>
      isClass(value)
        ? [`new ${name}`, ...nonsense.methodsOf(value.prototype).map((method) => `${name}.${method}`)]
        : [name],
    )
    .filter((name) => !INTERNAL.includes(name));
}

const SUBJECTS: Readonly<Record<string, () => object>> = {
  FrameEncryptor() {
    const encryptor = new frames.Encryptor();
    encryptor.setKey(new frames.SenderKey(fixedRatchet()));
    return encryptor;
  },
  FrameDecryptor: () => new frames.Decryptor(),
  SenderKey: senderKey.good as () => object,
  ReceiverKey: receiverKey.good as () => object,
};

function call(name: string, args: readonly unknown[]): unknown {
  const exported = frames as unknown as Record<string, (...args: unknown[]) => unknown>;
  if (name.startsWith("new ")) return Reflect.construct(exported[name.slice(4)]!, args);
  const dot = name.indexOf(".");
  if (dot < 0) return exported[name]!(...args);
  const subject = SUBJECTS[name.slice(0, dot)]!();
  const method = name.slice(dot + 1);
  const key = method === String(Symbol.dispose) ? Symbol.dispose : method;
  return (subject as Record<PropertyKey, (...args: unknown[]) => unknown>)[key]!(...args);
}

it("the table names every export and every method", () => {
  expect(Object.keys(TABLE).sort()).toEqual(callables().sort());
});

it.each(Object.keys(TABLE))("%s refuses nonsense with a typed error that names it", (name) => {
  const complaints = nonsense
    .attempts(TABLE[name]!)
    .filter(({ title }) => takesOptions(name) || !title.endsWith("with a field that there is not"))
    .filter(({ title }) => !title.endsWith(".changeover with a field that there is not"))
    .map(({ title, args, fits }) => {
      const said = nonsense.complaint(() => call(name, args), fits, frames.FrameCryptoError, CODES);
      return said && `${title}: ${said}`;
    })
    .filter(Boolean);
  expect(complaints).toEqual([]);
});
