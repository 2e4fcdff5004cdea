// Live interop with ts-mls: both share groups in both roles; epoch authenticator and exported secret agree at every step.
import { describe, expect, it } from "vitest";
import { platformCrypto } from "../support/crypto.ts";
import { seeded } from "../support/seeded.ts";
import { OwnParty, type Party, TsMlsParty } from "./ts-mls.ts";

const suite = await TsMlsParty.suite();
const make = (kind: number, name: string): Party =>
  kind === 0 ? new OwnParty(platformCrypto, name) : new TsMlsParty(suite, name);

async function expectAgreement(parties: readonly Party[]): Promise<void> {
  const summaries = await Promise.all(parties.map((party) => party.summary()));
  expect(new Set(summaries).size).toBe(1);
}

/** One commit by `committer`: adds `joining`, removes `leaving`; everybody left agrees. */
async function turn(
  members: Party[],
  committer: Party,
  joining: Party[],
  leaving: Party[],
): Promise<Party[]> {
  const adds = await Promise.all(joining.map((party) => party.keyPackage()));
  const { commit, welcome } = await committer.commit(
    adds,
    leaving.map((party) => party.leaf()),
  );
  const staying = members.filter((party) => !leaving.includes(party));
  for (const party of staying) if (party !== committer) await party.process(commit);
  for (const party of joining) await party.join(welcome!);
  const next = [...staying, ...joining];
  await expectAgreement(next);
  return next;
}

describe.each([
  ["ours", "ts-mls", 0, 1],
  ["ts-mls", "ours", 1, 0],
])("%s creates, %s joins", (_a, _b, first, second) => {
  it("adds, removes and empty commits from both sides agree", async () => {
    const [a, b, c, d] = [make(first, "a"), make(second, "b"), make(first, "c"), make(second, "d")];
    await a.create(Uint8Array.of(9, 9));
    let members = await turn([a], a, [b], []);
    members = await turn(members, b, [c, d], []);
    members = await turn(members, c, [], []);
    members = await turn(members, d, [], [a]);
    members = await turn(members, b, [], [c]);
    expect(members.map((m) => m.name)).toEqual(["b", "d"]);
  });

  it("an Update of ours is committed by the other side", async () => {
    const parties = [make(first, "a"), make(second, "b"), make(first, "c")];
    await parties[0]!.create(Uint8Array.of(1));
    const members = await turn([parties[0]!], parties[0]!, parties.slice(1), []);
    const own = members.find((p) => p instanceof OwnParty)!;
    const other = members.find((p) => p instanceof TsMlsParty)!;
    const message = await own.update();
    for (const party of members) if (party !== own) await party.receive(message);
    await turn(members, other, [], []);
    await turn(members, own, [], []);
  });
});

describe("random histories to 20 members and on", () => {
  // A history takes ts-mls some 15 s, on a busy machine much longer; SLOW=1 runs more of them.
  const seeds = process.env.SLOW ? ["one", "two", "three", "four", "five"] : ["two"];
  it.each(seeds)("seed %s", { timeout: 300_000 }, async (seed) => {
    const random = seeded(`interop/${seed}`);
    let names = 0;
    const fresh = () => make(random.below(2), `member ${names++}`);
    const founder = fresh();
    await founder.create(random.bytes(16));
    let members = await turn([founder], founder, [fresh(), fresh(), fresh()], []);
    let largest = 0;
    for (let step = 0; step < 7 || largest < 20; step++) {
      const committer = random.pick(members);
      const updating = members.filter(
        (p) => p instanceof OwnParty && p !== committer && random.below(4) === 0,
      );
      const others = members.filter((p) => p !== committer && !updating.includes(p));
      const leaving = others.filter(() => random.below(6) === 0);
      const room = 20 - members.length + leaving.length;
      const joining = Array.from({ length: Math.min(room, random.below(8)) }, fresh);
      for (const party of updating) {
        const message = await party.update();
        for (const other of members) if (other !== party) await other.receive(message);
      }
      members = await turn(members, committer, joining, leaving);
      largest = Math.max(largest, members.length);
    }
    expect(largest).toBe(20);
  });
});
