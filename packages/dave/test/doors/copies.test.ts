// What leaves the library is a copy: whoever changes what they were given changes nothing inside.
import { describe, expect, it } from "vitest";
import { type DaveClientOptions, pairwiseCodeWith, snapshotOf } from "../../src/index.ts";
import { DaveSession, INITIAL_TRANSITIONS, OPCODES } from "../../src/protocol.ts";
import { Call, type Member } from "../support/call.ts";
import { callWithWorker } from "../support/worker-rig.ts";

/** Changes a value as thoroughly as its holder can: bytes, lists, maps, sets and fields, all the way down. */
function spoil(value: unknown): void {
  if (ArrayBuffer.isView(value))
    return void new Uint8Array(value.buffer, value.byteOffset, value.byteLength).fill(0xee);
  if (typeof value !== "object" || value === null) return;
  if (value instanceof Map || value instanceof Set) {
    for (const inner of [...value.values()]) spoil(inner);
    try {
      value.clear();
    } catch {
      // It cannot be changed.
    }
    return;
  }
  for (const name of Object.keys(value)) {
    spoil((value as Record<string, unknown>)[name]);
    try {
      (value as Record<string, unknown>)[name] = "spoilt";
    } catch {
      // It is frozen.
    }
  }
  if (Array.isArray(value) && !Object.isFrozen(value)) value.length = 0;
}

/** What an object answers to whoever reads it: every getter of its class, found in the prototype. */
function gettersOf(object: object): [name: string, read: () => unknown][] {
  const found = Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(object)));
  return found.filter(([, { get }]) => get !== undefined).map(([name, { get }]) => [name, get!.bind(object)]);
}

/** Spoils everything that an object gives to those who ask. */
function spoilGetters(object: object): void {
  for (const [, read] of gettersOf(object)) spoil(read());
}

/** Everything a client shows, as text. */
const shown = (object: object): string =>
  JSON.stringify(gettersOf(object), (_, value: unknown) => {
    if (typeof value === "function") return shownValue(value());
    return shownValue(value);
  });

function shownValue(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (value instanceof Uint8Array) return [...value];
  if (value instanceof Map || value instanceof Set) return [...value];
  return value;
}

/** A call in which the second member is handed everything, and spoils it or not. */
function course(spoils: boolean) {
  const call = new Call();
  const options: Partial<DaveClientOptions> = spoils ? { onEvent: spoil, tap: spoil } : {};
  const a = call.join("100");
  const b = call.join("200", options);
  const c = call.join("300");
  const act = (): void => {
    if (!spoils) return;
    spoilGetters(b.client);
    spoil(snapshotOf(b.client));
  };
  if (spoils)
    for (const type of [
      ...(["state", "transition", "version", "plaintext", "recovery", "epoch", "roster"] as const),
      ...(["privacyCode", "verificationKey", "group", "ignored", "invalid", "undecryptable"] as const),
    ])
      b.client.on(type, spoil as never);
  call.addAll(a, [b], 0);
  act();
  call.addAll(b, [c], 7);
  act();
  call.execute(7);
  const old = c.speak();
  call.removeOne(b, c, 2, 8);
  act();
  call.execute(8);
  const heard = [b.hear(a, a.speak()), a.hear(b, b.speak()), b.hear(c, old)];
  call.clock.advance(20_000);
  act();
  return {
    heard,
    // Keys of a member who left are erased although the event `epoch` was spoilt.
    later: b.hear(c, c.speak()),
    roster: [...b.client.roster.keys()],
    same: b.client.privacyCode?.code === a.client.privacyCode?.code,
    sent: b.sent.map(({ op }) => op),
    receivers: snapshotOf(b.client).receivers.map(({ userId }) => userId),
    code: pairwiseCodeWith(b.client, "100").code === pairwiseCodeWith(a.client, "200").code,
  };
}

describe("the getters of a client", () => {
  it("are all read-only: whoever spoils what one of them gave finds the same as before", () => {
    const { members } = Call.of(3);
    const [{ client }] = members as [Member];
    const before = shown(client);
    spoilGetters(client);
    expect(shown(client)).toBe(before);
    expect(gettersOf(client).length).toBeGreaterThan(12);
  });

  it("give the same object until something changes", () => {
    const { call, members } = Call.of(3);
    const [{ client }, other, third] = members as [Member, Member, Member];
    const objects = gettersOf(client).filter(([name]) => name !== "publicKey");
    for (const [name, read] of objects) expect(read(), name).toBe(read());
    const before = { roster: client.roster, counters: client.counters, named: client.recognizedUserIds };
    call.removeOne(other, third, 2, 8);
    members[0]!.hear(other, other.speak());
    members[0]!.receive({ op: 13, userId: "999" });
    expect(client.roster).not.toBe(before.roster);
    expect(client.counters).not.toBe(before.counters);
    expect(client.recognizedUserIds).toBe(before.named);
  });
});

describe("a client whose events, getters, tap and snapshot are spoilt", () => {
  it("goes on as if nobody had touched them", () => {
    const calm = course(false);
    expect(course(true)).toEqual(calm);
    expect(calm.later).not.toBe("decrypted");
  });

  it("one listener cannot spoil what the next one gets", () => {
    const call = new Call();
    const a = call.join("100");
    const seen: unknown[] = [];
    a.client.on("epoch", spoil);
    a.client.on("epoch", ({ epoch, members }) => seen.push([epoch, members]));
    call.addAll(a, [call.join("200")], 0);
    expect(seen.at(-1)).toEqual([1n, ["100", "200"]]);
  });

  it("a snapshot and its counters are new at each call", () => {
    const { members } = Call.of(2);
    const { client } = members[0]!;
    const before = JSON.stringify(snapshotOf(client));
    spoil(snapshotOf(client));
    expect(JSON.stringify(snapshotOf(client))).toBe(before);
  });
});

it("a session's bytes are its own: outcomes, roster, key pair, key package and group may be spoilt", () => {
  const call = new Call();
  const session = new DaveSession({ userId: "1", channelId: call.channelId });
  const other = call.join("2");
  session.setExternalSender(call.signer.externalSender);
  session.startPendingGroup();
  const keys = session.signatureKeyPair;
  const [publicKey, privateKey] = [keys.publicKey.slice(), keys.privateKey.slice()];
  spoil(keys);
  spoil(session.publicKey);
  spoil(session.createKeyPackage());
  spoil(session.keyPackage);
  spoil(session.group!.extensions);
  expect(session.signatureKeyPair).toEqual({ publicKey, privateKey });
  const { message } = call.addProposal(other);
  expect(session.appendProposals([message], new Set(["1", "2"]))).toMatchObject({ outcome: "queued" });
  const committed = session.commitQueued();
  if (committed.outcome !== "commit") throw new Error(committed.outcome);
  const commit = committed.commit.slice();
  spoil(committed);
  spoil(session.ownCommit);
  spoilGetters(session);
  expect(session.ownCommit?.commit).toEqual(commit);
  const adopted = session.processCommit(commit);
  expect(adopted).toMatchObject({ outcome: "adopted", own: true });
  spoil(adopted);
  expect([...session.roster.keys()]).toEqual(["1", "2"]);
  expect(session.roster.get("1")).toEqual(publicKey);
});

it("a worker session's status, answers and events may be spoilt", async () => {
  const { dave, call, a } = callWithWorker();
  const code = dave.privacyCode;
  spoil(dave.privacyCode);
  spoil(await dave.media());
  spoil(await dave.snapshot());
  spoil(await dave.publicKey());
  dave.on("privacyCode", spoil);
  dave.on("epoch", spoil);
  expect(dave.privacyCode).toEqual(code);
  call.addAll(a, [call.join("300")], 7);
  expect(dave.privacyCode).toEqual(a.client.privacyCode);
});

it("constants that are exported cannot be changed", () => {
  const [before, numbers] = [JSON.stringify(INITIAL_TRANSITIONS), { ...OPCODES }];
  for (const list of [INITIAL_TRANSITIONS.records, INITIAL_TRANSITIONS.keySets, INITIAL_TRANSITIONS.finished])
    expect(() => (list as unknown[]).push(1)).toThrow(TypeError);
  for (const spoiling of ["add", "delete", "clear"] as const)
    expect(() => (INITIAL_TRANSITIONS.recognized as Set<string>)[spoiling]("1")).toThrow(TypeError);
  expect([...INITIAL_TRANSITIONS.recognized]).toEqual([]);
  spoil(OPCODES);
  expect(JSON.stringify(INITIAL_TRANSITIONS)).toBe(before);
  expect(OPCODES).toEqual(numbers);
});
