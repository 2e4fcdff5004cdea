// Hostile input against a session and a group: nothing is taken, nothing escapes, and the state is as before
import * as dave from "@puredave/dave/protocol";
import * as mls from "@puredave/mls";
import { describe, expect, it } from "vitest";
import { SeededRandom } from "../../src/sim/random.ts";
import type { Fields } from "../../src/vectors/case.ts";
import { toHex } from "../../src/vectors/fields.ts";
import { crypto, EFFORT, files, ownWelcome, SEED, withstand } from "../support/hostile.ts";
import { mutate, prefixes } from "../support/mutate.ts";
import { fieldsOf } from "../support/vectors.ts";

/** A session as the vectors make it: before its welcome, or in the group. */
function sessionOf(member: Fields, joined: boolean): dave.DaveSession {
  const session = new dave.DaveSession({
    userId: member.text("userId"),
    channelId: member.text("groupId"),
    signaturePrivateKey: member.bytes("signaturePrivateKey"),
  });
  session.setExternalSender(member.bytes("externalSender"));
  session.startPendingGroup();
  dave.importMember(session, {
    keyPackage: member.bytes("keyPackage"),
    initPrivateKey: member.bytes("initPrivateKey"),
    leafPrivateKey: member.bytes("leafPrivateKey"),
  });
  if (joined) session.processWelcome(member.bytes("welcome"), member.texts("recognized"));
  return session;
}

/** All that shows from outside. */
const shown = (session: dave.DaveSession): unknown => [
  session.group,
  session.epoch,
  session.hasPendingGroup,
  session.queuedProposals,
  session.keyPackage && toHex(session.keyPackage),
  session.ownCommit?.commit,
  session.roster.size,
];

const TAKEN = new Set(["stored", "replaced", "commit", "waiting", "empty", "adopted", "removed", "joined"]);

/** Gives hostile versions of `good`; none may be taken, throw, or leave a trace. */
function besiege(
  what: string,
  session: dave.DaveSession,
  good: Uint8Array,
  random: SeededRandom,
  act: (bytes: Uint8Array) => { readonly outcome: string },
  rounds: number,
): number {
  const before = shown(session);
  const versions = [...prefixes(good, random), ...Array.from({ length: rounds }, () => mutate(good, random))];
  for (const version of versions) {
    let outcome = "";
    try {
      outcome = act(version).outcome;
    } catch (error) {
      throw new Error(`${what} threw, seed ${SEED}: ${toHex(version).slice(0, 4000)}`, { cause: error });
    }
    if (TAKEN.has(outcome))
      throw new Error(`${what}: ${outcome}, seed ${SEED}: ${toHex(version).slice(0, 4000)}`);
    if (shown(session) === before || !shown(session)) throw new Error("the comparison compares nothing");
  }
  expect(shown(session)).toEqual(before);
  return versions.length;
}

describe("a session under siege", () => {
  const random = new SeededRandom(SEED).fork("session");
  const commits = files.find(({ suite }) => suite === "session-commits")?.cases ?? [];

  for (const [index, vector] of commits.entries())
    it(`session-commits/${index}: welcome, proposals and commits, hostile versions before each good one`, () => {
      const member = fieldsOf(vector);
      const session = sessionOf(member, false);
      const recognized = member.texts("recognized");
      let tried = 0;
      const welcome = ownWelcome(member);
      tried += besiege(
        "processWelcome",
        session,
        welcome,
        random,
        (b) => session.processWelcome(b, recognized),
        40 * EFFORT,
      );
      expect(session.processWelcome(welcome, recognized).outcome).toBe("joined");
      for (const epoch of member.maps("epochs")) {
        const users = epoch.texts("recognized");
        const proposals = epoch.bytes("proposals");
        const offer = (bytes: Uint8Array) => dave.processProposals(session, bytes, users);
        tried += besiege("processProposals", session, proposals, random, offer, 40 * EFFORT);
        expect(offer(proposals).outcome).toBe("commit");
        const commit = epoch.bytes("commit");
        const judge = (bytes: Uint8Array) => session.processCommit(bytes);
        tried += besiege("processCommit", session, commit, random, judge, 40 * EFFORT);
        expect(judge(commit).outcome).toBe("adopted");
        expect(session.group?.epochAuthenticator).toEqual(epoch.map("after").bytes("epochAuthenticator"));
      }
      expect(tried).toBeGreaterThan(500);
    });

  it("setExternalSender", () => {
    const member = fieldsOf(commits[0] ?? {});
    const session = sessionOf(member, true);
    const good = member.bytes("externalSender");
    besiege(
      "setExternalSender",
      session,
      good,
      random,
      (bytes) => session.setExternalSender(bytes),
      500 * EFFORT,
    );
    expect(session.setExternalSender(good).outcome).toBe("unchanged");
  });
});

describe("Group under siege", () => {
  it("receiveProposal, processCommit and join throw MlsError only; the value stays good", () => {
    const random = new SeededRandom(SEED).fork("group");
    const vector = fieldsOf(files.find(({ suite }) => suite === "session-commits")?.cases[0] ?? {});
    const bundle = mls.importKeyPackage(crypto, {
      keyPackage: vector.bytes("keyPackage"),
      initPrivateKey: vector.bytes("initPrivateKey"),
      leafPrivateKey: vector.bytes("leafPrivateKey"),
      signaturePrivateKey: vector.bytes("signaturePrivateKey"),
    });
    const group = mls.Group.join(crypto, { welcome: vector.bytes("welcome"), keyPackage: bundle });
    const authenticator = toHex(group.epochAuthenticator);
    const [epoch] = vector.maps("epochs");
    const payload = dave.parseProposals((epoch as Fields).bytes("proposals"));
    const messages = payload.outcome === "append" ? payload.messages : [];
    expect(messages.length).toBeGreaterThan(0);
    const proposals = messages.map((message) => group.receiveProposal(message));
    const commit = (epoch as Fields).bytes("commit");
    for (let n = 0; n < 1500 * EFFORT; n++) {
      withstand("Group.receiveProposal", "epoch 1", mutate(random.pick(messages), random), (b) =>
        group.receiveProposal(b),
      );
      withstand("Group.processCommit", "epoch 1", mutate(commit, random), (b) =>
        group.processCommit(b, proposals),
      );
      const welcome = mutate(ownWelcome(vector), random);
      withstand("Group.join", "welcome", welcome, (b) =>
        mls.Group.join(crypto, { welcome: b, keyPackage: bundle }),
      );
    }
    expect(toHex(group.epochAuthenticator)).toBe(authenticator);
    const next = group.processCommit(commit, proposals);
    expect(next.outcome === "next" && next.group.epochAuthenticator).toEqual(
      (epoch as Fields).map("after").bytes("epochAuthenticator"),
    );
  });
});
