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
    value.clear();
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

/** Everything that a client gives to those who ask. */
function spoilGetters({ client }: Member): void {
  for (const value of [
    ...[client.roster, client.recognizedUserIds, client.counters, client.voicePrivacyCode],
    ...[client.publicKey, client.unrecognized, snapshotOf(client)],
  ])
    spoil(value);
}

/** A call in which the second member is handed everything, and spoils it or not. */
function course(spoils: boolean) {
  const call = new Call();
  const options: Partial<DaveClientOptions> = spoils ? { logger: spoil, tap: spoil } : {};
  const a = call.join("100");
  const b = call.join("200", options);
  const c = call.join("300");
  const act = (): void => {
    if (spoils) for (const { client } of [b]) spoilGetters({ client } as Member);
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
    same: b.client.voicePrivacyCode?.code === a.client.voicePrivacyCode?.code,
    sent: b.sent.map(({ op }) => op),
    receivers: snapshotOf(b.client).receivers.map(({ userId }) => userId),
    code: pairwiseCodeWith(b.client, "100").code === pairwiseCodeWith(a.client, "200").code,
  };
}

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
  session.setExternalSender(call.externalSender);
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
  spoil(session.roster());
  expect(session.ownCommit?.commit).toEqual(commit);
  const adopted = session.processCommit(commit);
  expect(adopted).toMatchObject({ outcome: "adopted", own: true });
  spoil(adopted);
  expect([...session.roster().keys()]).toEqual(["1", "2"]);
  expect(session.roster().get("1")).toEqual(publicKey);
});

it("a worker session's status, answers and events may be spoilt", async () => {
  const { dave, call, a } = callWithWorker();
  const code = dave.voicePrivacyCode;
  spoil(dave.voicePrivacyCode);
  spoil(await dave.media());
  spoil(await dave.snapshot());
  spoil(await dave.publicKey());
  dave.on("privacyCode", spoil);
  dave.on("epoch", spoil);
  expect(dave.voicePrivacyCode).toEqual(code);
  call.addAll(a, [call.join("300")], 7);
  expect(dave.voicePrivacyCode).toEqual(a.client.voicePrivacyCode);
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
