// Verdicts: what a suite's exception means, and that a case which compares nothing is no pass
import { describe, expect, it } from "vitest";
import { localPeer, PeerFault, PeerRefusal, Unsupported } from "../../src/peers/peer.ts";
import { runVectors } from "../../src/runner/run.ts";
import type { CaseContext, Suite } from "../../src/runner/suite.ts";
import { NotSupported } from "../../src/runner/verdict.ts";
import type { VectorFile } from "../../src/vectors/files.ts";

const peer = localPeer("nobody", {});
const file: VectorFile = {
  suite: "s",
  collection: "c",
  path: "p",
  cases: [{ kind: "k", frame: "text" }],
  head: {},
};

async function verdictOf(run: (context: CaseContext) => void | Promise<void>) {
  const suite: Suite = { name: "s", title: "", rules: ["R1"], run };
  const [result] = await runVectors({ peer, mls: undefined }, [file], new Map([["s", suite]]), {
    now: () => 0,
  });
  return result;
}
const throwing = (error: unknown) =>
  verdictOf(() => {
    throw error;
  });

describe("verdicts", () => {
  it("pass: something was compared and all of it held", async () => {
    expect(await verdictOf(({ check }) => check.equal("one", 1, 1))).toMatchObject({
      id: "s/0",
      verdict: "pass",
      title: "k",
    });
  });

  it("a case that compares nothing fails", async () => {
    expect(await verdictOf(() => {})).toMatchObject({
      verdict: "fail",
      finding: { what: "the case compared nothing" },
    });
  });

  it("fail: what was expected and got, the rules of the check, else those of the suite, and the input", async () => {
    expect(
      await verdictOf(({ check }) => check.bytes("tag", Uint8Array.of(1), Uint8Array.of(2), "F1")),
    ).toMatchObject({
      verdict: "fail",
      finding: { what: "tag", expected: "02", got: "01", rules: ["F1"] },
      input: '{\n  "kind": "k",\n  "frame": "text"\n}',
    });
    expect(await verdictOf(({ check }) => check.absent("frame", 0))).toMatchObject({
      finding: { rules: ["R1"] },
    });
  });

  it("not supported: by the peer, or by what it shows", async () => {
    expect(await throwing(new Unsupported("x.y"))).toMatchObject({
      verdict: "unsupported",
      finding: { what: "x.y" },
    });
    expect(await throwing(new NotSupported("z"))).toMatchObject({
      verdict: "unsupported",
      finding: { what: "z" },
    });
    expect(await verdictOf(({ subject }) => subject.peer.call("version", {}).then(() => {}))).toMatchObject({
      verdict: "unsupported",
    });
  });

  it("a peer that came to an end has crashed; one that hangs, answers rubbish or refuses has failed", async () => {
    expect(await throwing(new PeerFault("died", "exit code 3"))).toMatchObject({
      verdict: "crashed",
      finding: { what: "died: exit code 3" },
    });
    expect(await throwing(new PeerFault("hung", "5 ms"))).toMatchObject({
      verdict: "fail",
      finding: { what: "hung: 5 ms" },
    });
    expect(await throwing(new PeerFault("rubbish", "not JSON"))).toMatchObject({ verdict: "fail" });
    expect(await throwing(new PeerRefusal("no"))).toMatchObject({
      verdict: "fail",
      finding: { what: "the peer refused: no" },
    });
    expect(await throwing(new RangeError("r"))).toMatchObject({
      verdict: "fail",
      finding: { what: "unexpected RangeError: r" },
    });
  });

  it("a malformed vector is told by its path", async () => {
    const result = await verdictOf(({ vector }) => void vector.bytes("frame"));
    expect(result).toMatchObject({
      finding: { what: "malformed vector: cases[0].frame: expected bytes (hex), found a string" },
    });
  });
});
