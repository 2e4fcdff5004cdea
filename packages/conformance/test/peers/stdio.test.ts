// Peers over stdio: a good one, and programs that die, hang, print rubbish or answer late; the run goes on
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type Peer, PeerFault, PeerRefusal, Unsupported } from "../../src/peers/peer.ts";
import { splitCommand, stdioPeer } from "../../src/peers/stdio.ts";
import { runVectors } from "../../src/runner/run.ts";
import { SUITES } from "../../src/suites/index.ts";
import type { Tree } from "../../src/vectors/cbor.ts";
import { shippedFiles } from "../support/vectors.ts";

const folder = mkdtempSync(join(tmpdir(), "peers-"));
const open: Peer[] = [];
afterAll(async () => {
  for (const peer of open) await peer.close();
  rmSync(folder, { recursive: true });
});

/** A program whose `answer(request)` gives the line to print, or does worse. */
function program(name: string, answer: string, timeoutMs = 5000): Peer {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(
    file,
    `import { createInterface } from "node:readline";
     let count = 0;
     const say = (value) => console.log(typeof value === "string" ? value : JSON.stringify(value));
     const answer = (request) => { ${answer} };
     createInterface({ input: process.stdin }).on("line", (line) => { count++; answer(JSON.parse(line)); });`,
  );
  const peer = stdioPeer(`${process.execPath} ${file}`, { timeoutMs });
  open.push(peer);
  return peer;
}

const VERSION = `say({ id: request.id, ok: true, name: "x", version: "1", max_supported_protocol_version: 1 });`;

describe("answers", () => {
  it("are read with their types; unknown fields are ignored", async () => {
    const peer = program("good", `say({ ok: true, keys: { 0: "00ff" }, more: 1 });`);
    const { keys } = await peer.call("ratchet.keys", { base_secret: new Uint8Array(16), generations: [0] });
    expect(keys).toEqual({ 0: Uint8Array.of(0, 255) });
  });

  it("the request carries the command, the fields, and a number to echo", async () => {
    const peer = program("echo", `say({ ok: false, error: JSON.stringify(request) });`);
    const call = peer.call("ratchet.keys", { base_secret: Uint8Array.of(1, 2), generations: [3] });
    await expect(call).rejects.toThrow(
      JSON.stringify({
        base_secret: "0102",
        generations: [3],
        id: 1,
        command: "ratchet.keys",
        cmd: "ratchet.keys",
      }),
    );
  });

  it("ok: false is a refusal, `unsupported` is its own thing", async () => {
    const peer = program(
      "refuse",
      `say({ ok: false, error: request.command === "version" ? "unsupported" : "no" });`,
    );
    await expect(peer.call("version", {})).rejects.toThrow(Unsupported);
    await expect(peer.call("session.create", { name: "a" })).rejects.toThrow(PeerRefusal);
  });
});

const faults: readonly (readonly [string, string, string])[] = [
  ["dies", `process.stderr.write("out of luck"); process.exit(3);`, "died: exit code 3; stderr: out of luck"],
  ["is killed", `process.kill(process.pid, "SIGKILL");`, "died: killed by SIGKILL"],
  ["prints rubbish", `say("Segmentation fault");`, "rubbish: version: not JSON: Segmentation fault"],
  ["answers JSON of another kind", `say("[1]");`, 'rubbish: version: no "ok": [1]'],
  ["answers null", `say("null");`, 'rubbish: version: no "ok": null'],
  [
    "lacks a field",
    `say({ ok: true, name: "x", version: "1" });`,
    "rubbish: version: max_supported_protocol_version",
  ],
  [
    "answers another request",
    `say({ id: 99, ok: true });`,
    "rubbish: version: the answer to another request",
  ],
];

describe("faults", () => {
  for (const [title, answer, message] of faults)
    it(`a peer that ${title} is reported, and runs anew for the next request`, async () => {
      const peer = program(
        title.replaceAll(" ", "-"),
        `if (request.command === "version") { ${answer} } else say({ ok: true });`,
      );
      const fault = await peer.call("version", {}).catch((error: unknown) => error);
      expect(fault).toBeInstanceOf(PeerFault);
      expect(`${(fault as PeerFault).kind}: ${(fault as PeerFault).message}`).toContain(message);
      await expect(peer.call("session.create", { name: "a" })).resolves.toEqual({});
    });

  it("a peer that hangs, or answers too late, is stopped; its late answer belongs to nobody", async () => {
    const slow = `if (request.command === "version") setTimeout(() => { ${VERSION} }, 20000); else say({ ok: true });`;
    // long enough for a busy machine to start the program anew
    const peer = program("late", slow, 5000);
    await expect(peer.call("version", {})).rejects.toMatchObject({ kind: "hung" });
    await expect(peer.call("session.create", { name: "a" })).resolves.toEqual({});
  });

  it("a line without a request is rubbish, told with the next request", async () => {
    const peer = program("chatty", `say({ ok: true }); if (count === 1) say("hello");`);
    await peer.call("session.create", { name: "a" });
    await new Promise((resolve) => setTimeout(resolve, 3000));
    await expect(peer.call("session.create", { name: "a" })).rejects.toMatchObject({ kind: "rubbish" });
    await expect(peer.call("session.create", { name: "a" })).resolves.toEqual({});
  });

  it("a program that is not there", async () => {
    const peer = stdioPeer("/no/such/program");
    await expect(peer.call("version", {})).rejects.toMatchObject({ kind: "absent" });
  });
});

describe("a run", () => {
  it("gives a suite up after five deaths in a row, and goes on with the next", async () => {
    const peer = program("mortal", `process.exit(1);`);
    const files = shippedFiles().filter(({ suite }) => suite === "sender-keys" || suite === "aead");
    const options = { now: () => 0 };
    const results = await runVectors({ peer, mls: undefined }, files, SUITES, options);
    for (const suite of ["sender-keys", "aead"]) {
      const own = results.filter((result) => result.suite === suite);
      expect(own.slice(0, 5).every(({ verdict }) => verdict === "crashed")).toBe(true);
      expect(own.slice(5).every(({ verdict }) => verdict === "fail")).toBe(true);
      expect(own[5]?.finding?.what).toBe("given up: the peer died or hung 5 times in a row in this suite");
    }
  });

  it("goes on after a crash: that case is crashed, the others have their own verdicts", async () => {
    const peer = program(
      "fragile",
      `if (request.generations.length > 20) process.exit(1); say({ ok: true, keys: {} });`,
    );
    const [file] = shippedFiles().filter(({ suite }) => suite === "sender-keys");
    const long = {
      baseSecret: new Uint8Array(16),
      keys: Array.from({ length: 21 }, (_, g) => [g, new Uint8Array(16)]),
    };
    const cases = [file?.cases[0], long, file?.cases[1]] as Tree[];
    const results = await runVectors({ peer, mls: undefined }, [{ ...file!, cases }], SUITES, {
      now: () => 0,
    });
    expect(results.map(({ verdict }) => verdict)).toEqual(["fail", "crashed", "fail"]);
    expect(results[1]?.finding?.what).toContain("died: exit code 1");
    expect(results[0]?.finding?.rules).toEqual(["K2"]);
  });
});

describe("command lines", () => {
  it("are split at blanks outside quotes", () => {
    expect(splitCommand(`python3 "my peer.py" --flag 'a b' c`)).toEqual([
      "python3",
      "my peer.py",
      "--flag",
      "a b",
      "c",
    ]);
  });
});
