// E27, E29, E30, K1, K2: the session against recordings of Discord's implementation.
import { describe, expect, it } from "vitest";
import { DaveSession, HashRatchet, importMember, processProposals } from "../src/protocol.ts";
import { bytes, haveVectors, toHex, vector } from "./support/vectors.ts";

interface MemberCase {
  groupId: string;
  userId: string;
  externalSender: string;
  keyPackage: string;
  initPrivateKey: string;
  leafPrivateKey: string;
  signaturePrivateKey: string;
}
interface After {
  members: [number, string, string][];
  groupContext: string;
  epochAuthenticator: string;
  senders: Record<string, { baseSecret: string; key0: string; key1: string }>;
}

function member(c: MemberCase): DaveSession {
  const session = new DaveSession({
    userId: c.userId,
    channelId: c.groupId,
    signaturePrivateKey: bytes(c.signaturePrivateKey),
  });
  expect(session.setExternalSender(bytes(c.externalSender)).outcome).toBe("stored");
  importMember(session, {
    keyPackage: bytes(c.keyPackage),
    initPrivateKey: bytes(c.initPrivateKey),
    leafPrivateKey: bytes(c.leafPrivateKey),
  });
  return session;
}

function expectAfter(session: DaveSession, after: After): void {
  const group = session.group!;
  expect(toHex(group.groupContext)).toBe(after.groupContext);
  expect(toHex(group.epochAuthenticator)).toBe(after.epochAuthenticator);
  expect([...session.roster].map(([id, key]) => [id, toHex(key)])).toEqual(
    after.members.map(([, id, key]) => [id, key]),
  );
  for (const [userId, sender] of Object.entries(after.senders)) {
    const base = session.baseSecret(userId)!;
    expect(toHex(base)).toBe(sender.baseSecret);
    const ratchet = new HashRatchet(session.crypto, base);
    expect([0, 1].map((g) => toHex(ratchet.key(g)!))).toEqual([sender.key0, sender.key1]);
  }
}

const state = (session: DaveSession): string =>
  session.group === undefined ? "" : toHex(session.group.groupContext) + session.queuedProposals;

describe.skipIf(!haveVectors)("recorded sessions", () => {
  for (const c of vector("session-welcome").cases)
    it(`E30 ${c.kind}`, () => {
      const session = member(c);
      expect(session.processWelcome(bytes(c.welcome), c.recognized).outcome).toBe("joined");
      expectAfter(session, c.after);
    });

  for (const c of vector("session-commits").cases)
    it(`E27, E29 ${c.kind}`, () => {
      const session = member(c);
      expect(session.processWelcome(bytes(c.welcome), c.recognized).outcome).toBe("joined");
      for (const epoch of c.epochs) {
        const proposals = processProposals(session, bytes(epoch.proposals), epoch.recognized);
        expect(["commit", "waiting", "empty"]).toContain(proposals.outcome);
        const commit = session.processCommit(bytes(epoch.commit));
        expect(commit).toMatchObject({ outcome: "adopted", own: false });
        expectAfter(session, epoch.after);
      }
    });

  it("takes over no key package of another user (P2)", () => {
    const [c] = vector("session-welcome").cases;
    expect(() => member({ ...c, userId: "5" })).toThrow(
      expect.objectContaining({ code: "invalid-argument" }),
    );
  });

  it("keeps nothing of a caller's buffers, which may be used again (FRM-16)", () => {
    const [c] = vector("session-commits").cases;
    const lent: Buffer[] = [];
    const lend = (hex: string): Buffer => {
      const buffer = Buffer.from(hex, "hex");
      lent.push(buffer);
      return buffer;
    };
    const scribble = (): void => {
      for (const buffer of lent.splice(0)) buffer.fill(0xa5);
    };
    const session = new DaveSession({
      userId: c.userId,
      channelId: c.groupId,
      signaturePrivateKey: lend(c.signaturePrivateKey),
    });
    session.setExternalSender(lend(c.externalSender));
    importMember(session, {
      keyPackage: lend(c.keyPackage),
      initPrivateKey: lend(c.initPrivateKey),
      leafPrivateKey: lend(c.leafPrivateKey),
    });
    scribble();
    expect(session.processWelcome(lend(c.welcome), c.recognized).outcome).toBe("joined");
    scribble();
    for (const epoch of c.epochs) {
      processProposals(session, lend(epoch.proposals), epoch.recognized);
      scribble();
      session.processCommit(lend(epoch.commit));
      scribble();
      expectAfter(session, epoch.after);
    }
  });

  const reject = vector("session-reject");
  for (const c of reject.cases)
    it(`${c.message}: ${c.kind} is ${c.outcome}`, () => {
      if (c.message === "welcome") {
        const session = member(c.member);
        expect(["invalid", "ignored"]).toContain(
          session.processWelcome(bytes(c.bytes), c.recognized).outcome,
        );
        expect(session.group).toBeUndefined();
        return;
      }
      const session = member(reject.base);
      expect(session.processWelcome(bytes(reject.base.welcome), reject.base.recognized).outcome).toBe(
        "joined",
      );
      if (c.message === "proposals") {
        const before = state(session);
        expect(processProposals(session, bytes(c.bytes), c.recognized).outcome).toBe("rejected");
        expect(state(session)).toBe(before);
        return;
      }
      for (const body of [c.proposals].flat())
        expect(processProposals(session, bytes(body), c.recognized).outcome).toBe("commit");
      const before = state(session);
      const outcome = session.processCommit(bytes(c.bytes)).outcome;
      if (c.outcome === "accepted") {
        expect(outcome).toBe("adopted");
        expectAfter(session, c.after);
      } else {
        expect(outcome).toBe("invalid");
        expect(state(session)).toBe(before);
      }
    });
});
