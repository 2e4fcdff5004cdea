// Every function and every method of @puredave/dave and @puredave/dave/protocol, called with what makes no sense.
import { createKeyPackage } from "@puredave/mls";
import { describe, expect, it } from "vitest";
import { EVENT_NAMES } from "../../src/client/events.ts";
import * as dave from "../../src/index.ts";
import * as protocol from "../../src/protocol.ts";
import { Call } from "../support/call.ts";
import {
  any,
  attempts,
  bytes,
  callback,
  complaint,
  type Domain,
  id,
  integer,
  methodsOf,
  oneOf,
  optional,
  record,
  text,
  time,
  websocketData,
} from "../support/nonsense.ts";

const U32 = 0xffff_ffff;
const SAFE = Number.MAX_SAFE_INTEGER;
const never = (): boolean => false;
const isObject = (value: unknown): boolean => typeof value === "object" && value !== null;

const crypto = dave.createCryptoProvider();
const keys = () => new protocol.DaveSession({ userId: "100", channelId: "5" }).signatureKeyPair;
const inCall = () => Call.of(2).members[0]!.client;
const [shared] = Call.of(2).members;
const client = any(() => shared!.client, never);
const member = any(
  () => "101",
  (value) => value === "101",
);
const provider = any(() => crypto, never);
const session = any(makeSession, never);
/** Any iterable of ids will do, an empty one of anything too. */
const idSet = any(
  () => new Set(["101"]),
  (value) =>
    value instanceof Map || ((Array.isArray(value) || value instanceof Uint8Array) && value.length === 0),
);
const hexSet = any(
  () => new Set(["00"]),
  (value) => value instanceof Map,
);
const bytesList = any(
  () => [new Uint8Array(3)],
  (value) => Array.isArray(value) && value.length === 0,
);
const mediaType = oneOf("audio", "video");
const ssrc = integer(7, 0, U32);
const codec = oneOf("opus", "vp8");
const outgoing = { mediaType, ssrc, frame: bytes() };
/** An object that may have other fields too: frames are not searched for names that there are not. */
const open = (fields: Readonly<Record<string, Domain>>): Domain => {
  const { good, holds } = record(fields);
  const known = (value: object) =>
    Object.fromEntries(Object.keys(fields).map((name) => [name, value[name as never]]));
  return { good, holds: (value) => isObject(value) && holds(known(value as object)), fields, open: true };
};
const data = websocketData('{"op":9,"d":null}');
const userId = any(
  () => "101",
  (value) => value === undefined || value === null || value === "1" || id.holds(value),
);
const listener = callback;
const event = any(
  () => "state",
  (value) => EVENT_NAMES.includes(value as never),
);
const code = dave.pairwiseCodeWith(shared!.client, "101");
const compared = any(() => code, never);
const instant = any(
  () => 0,
  (value) => typeof value === "number" && !Number.isNaN(value),
);

const clock = any(
  () => ({ now: () => 0 }),
  (value) => value === undefined,
);
const roster = any(
  () => new Map([["1", new Uint8Array(65)]]),
  (value) => value instanceof Map,
);
const identity = open({ userId: id, publicKey: bytes(65) });
const state = any(() => protocol.INITIAL_TRANSITIONS, never);
const step = any(() => ({ type: "prepare", version: 1, id: 7 }), never);
const effect = any(() => ({ type: "expire", keySet: 1, at: 10 }), never);
const store = any(() => ({ load: () => undefined, save: () => {} }), never);
const generation = integer(3, 0, 1 << 16);
const bundle = any(() => ({ close: () => {} }), never);

function makeSession() {
  return new protocol.DaveSession({ userId: "100", channelId: "5" });
}
const sharedSession = makeSession();
/** The keys of a key package of the shared session, as another process hands them over. */
function ownPackage(): object {
  const made = createKeyPackage(crypto, {
    identity: protocol.snowflakeBytes("100"),
    signatureKeyPair: sharedSession.signatureKeyPair,
  });
  return {
    keyPackage: made.bytes,
    initPrivateKey: made.initPrivateKey.slice(),
    leafPrivateKey: made.leafPrivateKey.slice(),
  };
}
const makeMedia = () =>
  new protocol.SessionMedia({ userId: "100", crypto, baseSecrets: () => new Map<string, Uint8Array>() });
const makeHeld = () => new dave.HeldFrames(inCall(), { deliver: () => {}, clock: { now: () => 0 } });

/** Functions and constructors: the domains of their arguments. */
const CALLS: Readonly<Record<string, readonly Domain[]>> = {
  captureRecord: [
    open({ direction: oneOf("out"), at: time, message: any(() => ({ op: 23, transitionId: 1 }), never) }),
  ],
  createCryptoProvider: [optional(record({ backend: optional(oneOf("auto", "portable")) }))],
  DaveClient: [
    record({
      userId: id,
      channelId: id,
      send: callback,
      clock: optional(clock),
      crypto: optional(provider),
      signaturePrivateKey: optional(any(() => keys().privateKey, never)),
      policy: optional(oneOf("hold", "drop")),
      backend: optional(oneOf("auto", "portable")),
      changeover: optional(any(() => ({ keystreamFrom: 1, gcmFrom: 2 }), never)),
      recoverFromMedia: optional(
        any(
          () => true,
          (value) => typeof value === "boolean",
        ),
      ),
      knownKeys: optional(
        any(
          () => new Map(),
          (value) => value instanceof Map,
        ),
      ),
      onEvent: optional(callback),
      tap: optional(callback),
      onFault: optional(callback),
    }),
  ],
  hasFrame: [any(() => ({ outcome: "failed" }), isObject)],
  HeldFrames: [
    client,
    record({
      deliver: callback,
      maxFrames: optional(integer(5, 1, SAFE)),
      maxAgeMs: optional(
        any(
          () => 100,
          (value) => typeof value === "number" && value > 0,
        ),
      ),
      onDrained: optional(callback),
      clock: optional(clock),
    }),
  ],
  loadIdentity: [provider, store],
  pairwiseCodeWith: [client, member],
  snapshotOf: [client],
  SsrcResolver: [client],
  // the second door
  DaveSession: [
    record({
      userId: id,
      channelId: id,
      crypto: optional(provider),
      signaturePrivateKey: optional(any(() => keys().privateKey, never)),
    }),
  ],
  decodeClientMessage: [data],
  decodeServerMessage: [data],
  displayableCode: [
    any(() => new Uint8Array(30), never),
    any(() => 30, never),
    any(
      () => 5,
      (value) => value === 1,
    ),
  ],
  encodeClientMessage: [any(() => ({ op: 23, transitionId: 1 }), never)],
  encodeServerMessage: [any(() => ({ op: 24, protocolVersion: 1, epoch: 1n, seq: 3 }), never)],
  exportBaseSecret: [
    any(() => {
      const made = makeSession();
      made.setExternalSender(new Call().signer.externalSender);
      made.startPendingGroup();
      return made.group;
    }, never),
    id,
  ],
  HashRatchet: [provider, bytes(16)],
  importMember: [any(() => sharedSession, never), any(ownPackage, never)],
  isMediaEffect: [any(() => ({ type: "install", keySet: 1 }), isObject)],
  nextTransitionDeadline: [state],
  pairwiseCode: [identity, identity],
  pairwiseFingerprint: [identity, identity],
  parseProposals: [bytes()],
  platformClock: [],
  processProposals: [session, bytes(), idSet],
  readRtp: [bytes(), bytes()],
  rosterChanges: [roster, roster],
  rtpHeaderLength: [bytes()],
  selfSign: [provider, text("session", (value) => /^[\x20-\x7e]*$/.test(value)), any(keys, never)],
  SessionMedia: [
    record({
      userId: id,
      crypto: provider,
      baseSecrets: callback,
      backend: optional(oneOf("auto", "portable")),
      changeover: optional(any(() => ({ keystreamFrom: 1, gcmFrom: 2 }), never)),
    }),
  ],
  snowflake: [id],
  snowflakeBytes: [id],
  snowflakeOf: [bytes()],
  transition: [state, step, time],
  verifySelfSignature: [
    provider,
    text("session", (value) => /^[\x20-\x7e]*$/.test(value)),
    any(() => keys().publicKey, never),
    bytes(),
  ],
  voicePrivacyCode: [any(() => new Uint8Array(32), never)],
};

/** Objects with methods: how to make one, and the domains of the arguments of each method. */
const OBJECTS: Readonly<
  Record<string, [make: () => object, methods: Readonly<Record<string, readonly Domain[]>>]>
> = {
  DaveClient: [
    () => shared!.client,
    {
      assignSsrcToCodec: [ssrc, codec],
      close: [],
      connectionLost: [],
      decrypt: [open({ userId, mediaType, frame: bytes() })],
      decryptAmong: [open({ candidates: idSet, mediaType, frame: bytes() })],
      encrypt: [open(outgoing)],
      beginConnection: [],
      maxProtectedLength: [open(outgoing)],
      nextDeadline: [],
      off: [event, listener],
      on: [event, listener],
      once: [event, listener],
      receive: [data, optional(integer(0, -SAFE, SAFE))],
      recover: [],
      tick: [optional(time)],
      verificationOf: [member],
      markVerified: [member, compared],
      [String(Symbol.dispose)]: [],
      "Symbol(nodejs.util.inspect.custom)": [],
    },
  ],
  HeldFrames: [makeHeld, { close: [], drain: [], send: [open(outgoing)], [String(Symbol.dispose)]: [] }],
  SsrcResolver: [
    () => new dave.SsrcResolver(inCall()),
    {
      close: [],
      decrypt: [open({ ssrc, candidates: idSet, mediaType, frame: bytes() })],
      forget: [ssrc],
      learn: [ssrc, id],
      ownerOf: [ssrc],
      [String(Symbol.dispose)]: [],
    },
  ],
  DaveSession: [
    makeSession,
    {
      appendProposals: [bytesList, idSet],
      baseSecret: [id],
      baseSecrets: [],
      clearExternalSender: [],
      close: [],
      commitQueued: [],
      createKeyPackage: [],
      hasQueued: [
        any(
          () => "00",
          (value) => typeof value === "string",
        ),
      ],
      processCommit: [bytes()],
      processWelcome: [bytes(), idSet],
      refersTo: [bytes(), hexSet],
      reset: [
        optional(
          record({
            keepKeyPackage: optional(
              any(
                () => true,
                (v) => typeof v === "boolean",
              ),
            ),
          }),
        ),
      ],
      revokeProposals: [bytesList],
      setExternalSender: [bytes()],
      startPendingGroup: [],
      useKeyPackage: [bundle],
      [String(Symbol.dispose)]: [],
    },
  ],
  HashRatchet: [
    () => new protocol.HashRatchet(crypto, new Uint8Array(16)),
    { close: [], erase: [integer(3, 0, SAFE)], key: [generation], [String(Symbol.dispose)]: [] },
  ],
  SessionMedia: [
    makeMedia,
    {
      accepts: [
        any(
          () => "101",
          () => true,
        ),
      ],
      assignSsrcToCodec: [ssrc, codec],
      carryOut: [effect, instant],
      close: [],
      decrypt: [open({ userId: id, mediaType, frame: bytes(), now: instant })],
      encrypt: [open(outgoing)],
      framesSealed: [
        any(
          () => 1,
          (value) => Number.isSafeInteger(value),
        ),
      ],
      keyIds: [
        any(
          () => 1,
          (value) => Number.isSafeInteger(value),
        ),
      ],
      maxProtectedLength: [open(outgoing)],
      nextDeadline: [instant],
      openedBy: [id],
      pruneCounters: [
        any(
          () => new Set(["101"]),
          (value) => value instanceof Map || value instanceof Set,
        ),
      ],
      senderRate: [
        any(
          () => 1,
          (value) => Number.isSafeInteger(value),
        ),
        instant,
      ],
      tick: [instant],
      tryDecrypt: [open({ userId: id, mediaType, frame: bytes(), now: instant })],
      [String(Symbol.dispose)]: [],
    },
  ],
};

const DOORS: Readonly<Record<string, object>> = {
  "@puredave/dave": dave,
  "@puredave/dave/protocol": protocol,
};
const EXPORTS = Object.values(DOORS).flatMap((door) => Object.entries(door) as [string, unknown][]);
const isClass = (value: unknown): value is { prototype: object } =>
  typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value));
const exported = new Map(EXPORTS);

describe("the doors of @puredave/dave", () => {
  it("have no function, constructor or method that this file leaves out", () => {
    // an error is made by the package, never by a caller
    const callable = [...exported].filter(
      ([name, value]) => typeof value === "function" && name !== "DaveError",
    );
    expect(callable.map(([name]) => name).sort()).toEqual(Object.keys(CALLS).sort());
    const classes = callable.filter(([, value]) => isClass(value));
    expect(classes.map(([name]) => name).sort()).toEqual(Object.keys(OBJECTS).sort());
    for (const [name, value] of classes)
      expect(methodsOf((value as { prototype: object }).prototype).sort(), name).toEqual(
        Object.keys(OBJECTS[name]![1]).sort(),
      );
  });

  it("have no constant that a caller can change for everybody", () => {
    for (const [name, value] of exported)
      if (typeof value === "object") expect(Object.isFrozen(value), name).toBe(true);
  });

  it("the first has about a dozen values", () => {
    expect(Object.keys(dave).sort()).toEqual([
      ...["DaveClient", "DaveError", "EVENT_NAMES", "HeldFrames", "MAX_PROTOCOL_VERSION", "SsrcResolver"],
      ...["captureRecord", "createCryptoProvider", "hasFrame", "loadIdentity", "pairwiseCodeWith"],
      "snapshotOf",
    ]);
  });
});

/** What is wrong with the ways in which a call takes its arguments. */
const complaintsOf = (domains: readonly Domain[], make: () => (args: readonly unknown[]) => unknown) =>
  attempts(domains)
    .map(({ title, args, fits }) => {
      const call = make();
      return [title, complaint(() => call(args), fits)];
    })
    // frame-crypto's messages do not end with what came
    // an id of nobody in the group is refused as such
    .filter(([, found]) => found !== "code unknown-user")
    .filter(([, found]) => found !== undefined && !/^message: \w+: expected [^,]+$/.test(found));

describe("takes what fits and refuses all else by name", () => {
  it.each(Object.entries(CALLS))("%s", (name, domains) => {
    const value = exported.get(name) as () => unknown;
    const invoke = isClass(value)
      ? (args: readonly unknown[]) => Reflect.construct(value as never, args)
      : (args: readonly unknown[]) => Reflect.apply(value, undefined, args);
    expect(complaintsOf(domains, () => invoke)).toEqual([]);
  });

  const methods = Object.entries(OBJECTS).flatMap(([name, [make, each]]) =>
    Object.entries(each)
      .filter(([, domains]) => domains.length > 0)
      .map(([method, domains]) => [`${name}.${method}`, make, method, domains] as const),
  );
  it.each(methods)("%s", (_, make, method, domains) => {
    const object = make() as Record<string, (...args: unknown[]) => unknown>;
    expect(complaintsOf(domains, () => (args) => object[method]!(...args))).toEqual([]);
  });
});
