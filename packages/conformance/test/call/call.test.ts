// `npm start`: the relay-bot call ends well, repeats from its seed, and can fail.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DaveClient } from "@puredave/dave";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Doubles, runCall } from "../../src/call/index.ts";
import { readSpeech } from "../../src/call/speech.ts";

let folder: string;
let printed: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "puredave-call-"));
  printed = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});

afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

const call = (doubles: Doubles = {}, ...argv: string[]): Promise<number> =>
  runCall(["--out", join(folder, "out"), ...argv], doubles);

const closing = (): string => printed.trimEnd().split("\n").at(-1)!;

test("ends with the line, exit code 0, nothing lost, nothing in the clear", async () => {
  expect(await call()).toBe(0);
  expect(closing()).toMatch(/^call ok: sent 2708, received \d+, lost 0, plaintext 0$/);
  expect(printed).toMatch(/voice privacy code: \d{30}/);
});

test("the relay's files hold what was spoken, packet for packet", async () => {
  await call();
  const spoken = await readSpeech(new URL("../../media/speech.opus", import.meta.url));
  for (const name of ["alice", "bob", "carol", "dave"]) {
    const heard = await readSpeech(join(folder, "out", `${name}.opus`));
    expect(heard.packets.map(String)).toEqual(spoken.packets.map(String));
  }
});

test("a seed repeats byte for byte, another differs", async () => {
  const figures = async (seed: string): Promise<string> => {
    await call({}, "--seed", seed, "--json", join(folder, "figures.json"));
    return readFile(join(folder, "figures.json"), "utf8");
  };
  const first = await figures("7");
  expect(await figures("7")).toBe(first);
  expect(JSON.parse(await figures("8")).privacyCode).not.toBe(JSON.parse(first).privacyCode);
  expect(JSON.parse(first)).toMatchObject({ seed: 7, ok: true, sent: 2708, lost: 0, plaintext: 0 });
});

test("a place that cannot be written to is told in one line, before any work", async () => {
  let told = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    told += String(text);
    return true;
  });
  const makeClient = () => {
    throw new Error("the call has begun");
  };
  for (const out of ["package.json", "/proc/no/such/folder"]) {
    told = "";
    expect(await runCall(["--out", out], { makeClient })).toBe(2);
    expect(told).toMatch(/^error: --out .*\n$/);
  }
  expect(await runCall(["--seed", "abc"], { makeClient })).toBe(2);
  expect(told).toMatch(/--seed <n>.*abc/);
});

test("wrong usage is exit code 2, help is 0", async () => {
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  expect(await runCall(["--seed", "x"])).toBe(2);
  expect(await runCall(["--no-such-thing"])).toBe(2);
  expect(await runCall(["--help"])).toBe(0);
});

type ClientOptions = ConstructorParameters<typeof DaveClient>[0];

/** M2 broken: moves to the new key when a transition is prepared. */
class EagerSender extends DaveClient {
  override receive(message: Uint8Array): void {
    super.receive(message);
    if (typeof message === "string" || (message[2] !== 29 && message[2] !== 30)) return;
    const id = message[3]! * 256 + message[4]!;
    if (id !== 0) super.receive(JSON.stringify({ op: 22, d: { transition_id: id } }));
  }
}

/** M5 broken: sends in the clear. */
class PlainSender extends DaveClient {
  override encrypt(input: Parameters<DaveClient["encrypt"]>[0]): ReturnType<DaveClient["encrypt"]> {
    const result = super.encrypt(input);
    return result.outcome === "encrypted" ? { outcome: "plain", frame: input.frame } : result;
  }
}

/** E24 broken: deaf to everything after its first welcome. */
class DeafToCommits extends DaveClient {
  override receive(message: Uint8Array): void {
    if (typeof message === "string" || message[2] !== 29) super.receive(message);
  }
}

const withClient = (Broken: typeof DaveClient): Doubles => ({
  makeClient: (options: ClientOptions) => new Broken(options),
});

test.each<[string, Doubles, RegExp]>([
  ["a client that switches its sender early", withClient(EagerSender), /failed: \w+ lost \d+ frames/],
  ["a client that sends in the clear", withClient(PlainSender), /failed: \w+: \d+ frames in the clear/],
  ["a client that ignores commits", withClient(DeafToCommits), /failed: /],
  ["a tampering SFU", { sfu: { corrupt: 0.01 } }, /failed: \w+ lost \d+ frames/],
])("%s makes it fail", async (_, doubles, says) => {
  expect(await call(doubles)).toBe(1);
  expect(closing()).toMatch(/^call failed: sent \d+, received \d+, lost \d+, plaintext \d+$/);
  expect(printed).toMatch(says);
});
