// The command line as it is shipped: built here, run as a process; exit codes, JSON, one-line errors
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { raceFile } from "../../src/suites/race/index.ts";
import { decodeCbor, type Tree } from "../../src/vectors/cbor.ts";
import { toJson } from "../../src/vectors/fields.ts";
import { packageRoot, vectorsFolder } from "../../src/vectors/files.ts";

const root = packageRoot();
const packages = join(root, "..");
const folder = mkdtempSync(join(tmpdir(), "cli-"));
const cliFolder = join(root, "node_modules", ".cache", "cli-test");
const cli = join(cliFolder, "cli.mjs");
afterAll(() => {
  rmSync(folder, { recursive: true });
  rmSync(cliFolder, { recursive: true, force: true });
});

beforeAll(async () => {
  const source = (name: string, file = "index"): string => join(packages, name, "src", `${file}.ts`);
  const alias = {
    "@puredave/mls/internals": source("mls", "internals"),
    "@puredave/dave/protocol": source("dave", "protocol"),
    "@puredave/dave/testing": source("dave", "testing"),
    "@puredave/dave/voice": source("dave", "voice"),
    ...Object.fromEntries(["mls", "frame-crypto", "dave"].map((name) => [`@puredave/${name}`, source(name)])),
  };
  const external = ["cbor-x", "commander", "mediabunny", "ws", "selfsigned", "@snazzah/davey"];
  const entryPoints = {
    cli: join(root, "src", "cli.ts"),
    "scenario-worker": join(root, "src/sim/outside/worker.ts"),
  };
  await build({
    entryPoints,
    outdir: cliFolder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    alias,
    external,
    logLevel: "silent",
  });
});

function run(...args: readonly string[]) {
  const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined };
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    encoding: "utf8",
    env,
    input: "",
  });
  return { status, stdout, stderr };
}

/** A folder of JSON vectors: what `change` makes of a shipped file. */
function jsonFolder(name: string, file: string, change: (json: unknown) => unknown): string {
  const target = join(folder, name);
  mkdirSync(target, { recursive: true });
  const json = toJson(decodeCbor(readFileSync(join(vectorsFolder(), `${file}.cbor`))));
  writeFileSync(join(target, `${file.split("/")[1]}.json`), JSON.stringify(change(json)));
  return target;
}

describe("scenarios over a pipe", () => {
  const scenario = (peer: string) =>
    run("run", "--rule", "E25", "--suite", "scenarios", "--peer", peer, "--verbose");

  it("the simulator waits for a peer that is a program of its own", () => {
    const { status, stdout } = scenario(`${process.execPath} ${cli} serve`);
    expect(stdout.trimEnd().split("\n").at(-1)).toBe("3 passed, 0 failed, 0 not supported");
    expect(status).toBe(0);
  });

  it("a peer without client.* is not supported, one that dies has crashed", () => {
    const lacking = `${process.execPath} -e "for await (const l of console) console.log(JSON.stringify({ok:false,error:'unsupported'}))" --input-type=module`;
    expect(
      scenario(
        lacking.replace("of console", "of (await import('node:readline')).createInterface(process.stdin)"),
      ).stdout,
    ).toContain("not supported (3): scenarios: client.create");
    const { status, stdout } = scenario(`${process.execPath} -e process.exit(3)`);
    expect(stdout).toMatch(/crashed scenarios\/\d+ /);
    expect(stdout).toContain("exit code 3");
    expect(status).toBe(1);
  });
});

describe("rules, flags and stages", () => {
  it("list and run take the cases of a rule", () => {
    const listed: { id: string; rules: string[] }[] = JSON.parse(
      run("list", "--rule", "C6", "--json").stdout,
    );
    expect(listed.length).toBeGreaterThan(20);
    expect(listed.filter(({ rules }) => !rules.includes("C6"))).toEqual([]);
    const { status, stdout } = run("run", "--rule", "C6");
    expect(status).toBe(0);
    expect(stdout.trimEnd().split("\n").at(-1)).toBe(`${listed.length} passed, 0 failed, 0 not supported`);
  });

  it("a section of RFC 9420 may be written short, and stands for those below it", () => {
    const ids = (rule: string) =>
      JSON.parse(run("list", "--rule", rule, "--json").stdout).map((one: { id: string }) => one.id);
    expect(ids("§8")).toEqual(expect.arrayContaining(ids("RFC 9420 §8.4")));
    expect(ids("§8.4")).toContain("psk_secret/0");
  });

  it("flags and stages choose, too; what is none of the list is wrong usage", () => {
    const { stdout } = run("list", "--flag", "forged", "--stage", "verify", "--suite", "x");
    expect(stdout).toBe("");
    expect(run("list", "session-reject", "--stage", "verify").stdout.trimEnd().split("\n").length).toBe(6);
    for (const [option, value] of [
      ["--rule", "Z9"],
      ["--flag", "odd"],
      ["--stage", "never"],
    ] as const) {
      const { status, stderr } = run("list", option, value);
      expect([status, stderr.trimEnd().split("\n").length]).toEqual([2, 1]);
      expect(stderr).toContain(value);
    }
    expect(run("run", "--suite", "aead", "--rule", "E29").status).toBe(2);
  });

  it("rules names the cases of each, and what no case proves", () => {
    const { stdout } = run("rules");
    expect(stdout).toMatch(/^C2 {2}VP8: 10 or 1 bytes clear: \d+ \(frame-split\/.*\)$/m);
    expect(stdout).toContain("no case proves:\n");
    expect(stdout).toContain("not a client's to prove:\n");
    const all: { rule: string; cases: string[] }[] = JSON.parse(run("rules", "--json").stdout);
    expect(all.find(({ rule }) => rule === "F7")?.cases).toContain("frame-encrypt/16");
    expect(run("rules", "Z9").status).toBe(2);
  });
});

describe("run", () => {
  it("prints the counts of each suite and ends with them; --json holds the same", () => {
    const json = join(folder, "out.json");
    const { status, stdout } = run("run", "--suite", "aead,tree-math", "--json", json);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^suite +passed +failed +not supported$/m);
    expect(stdout).toMatch(/^aead +106 +0 +0$/m);
    expect(stdout.trimEnd().split("\n").at(-1)).toBe("110 passed, 0 failed, 0 not supported");
    expect(JSON.parse(readFileSync(json, "utf8"))).toEqual({
      suites: [
        { suite: "aead", passed: 106, failed: 0, unsupported: 0 },
        { suite: "tree-math", passed: 4, failed: 0, unsupported: 0 },
      ],
      passed: 110,
      failed: 0,
      unsupported: 0,
    });
  });

  it("--vectors runs JSON files of any folder: by their suite field, or by file name", () => {
    const target = jsonFolder("good", "libdave/sender-keys", (json) => json);
    jsonFolder("good", "mlspp/transcript-hashes", (json) => json);
    const { status, stdout } = run("run", "--vectors", target);
    expect(stdout.trimEnd().split("\n").at(-1)).toBe("18 passed, 0 failed, 0 not supported");
    expect(status).toBe(0);
  });

  it("a wrong value fails with id, rule, expected and got, and exit code 1", () => {
    const target = jsonFolder("wrong", "libdave/fingerprint", (json) => {
      const file = json as { cases: { fingerprint: string }[] };
      return {
        ...file,
        cases: file.cases.map((c, at) => (at === 2 ? { ...c, fingerprint: "00".repeat(64) } : c)),
      };
    });
    const { status, stdout } = run("run", "--vectors", target);
    expect(status).toBe(1);
    expect(stdout).toContain("FAILED  fingerprint/2");
    expect(stdout).toContain("[V2]");
    expect(stdout).toContain(`expected ${"00".repeat(64)}`);
    expect(stdout.trimEnd().split("\n").at(-1)).toBe("3 passed, 1 failed, 0 not supported");
  });

  const malformed: readonly (readonly [string, string, string])[] = [
    ["not JSON", "{", "not readable"],
    ["no suite", '{"cases":[]}', 'no "suite" field'],
    ["unknown suite", '{"suite":"x","cases":[]}', 'unknown suite "x"'],
    ["no cases", '{"suite":"aead"}', "no list of cases"],
    ["odd cases", '{"suite":"aead","cases":[1]}', "case 0 is not an object"],
    ["a number", "7", "neither an object nor a list"],
    ["a list of no suite", "[]", '"bad" is no suite of the MLS formats'],
  ];
  for (const [title, text, message] of malformed)
    it(`a malformed file (${title}) is one line, no stack, exit code 2`, () => {
      const target = mkdtempSync(join(folder, "bad-"));
      writeFileSync(join(target, "bad.json"), text);
      const { status, stderr } = run("run", "--vectors", target);
      expect(status).toBe(2);
      expect(stderr).toContain(message);
      expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    });

  it("a vector without a field fails by its path", () => {
    const target = jsonFolder("lacking", "libdave/aead", (json) => ({
      ...(json as object),
      cases: [{ key: "00" }],
    }));
    const { status, stdout } = run("run", "--vectors", target);
    expect(status).toBe(1);
    expect(stdout).toContain("malformed vector: cases[0].nonce: expected bytes (hex), found nothing");
  });

  it("--report writes the page and the table", () => {
    const target = join(folder, "report");
    expect(run("run", "--suite", "aead", "--report", target).status).toBe(0);
    for (const name of ["index.html", "report.md", "report.json"])
      expect(existsSync(join(target, name))).toBe(true);
  });
});

describe("usage", () => {
  const wrong: readonly (readonly string[])[] = [
    ["nonsense"],
    ["run", "--nonsense"],
    ["run", "--suite", "nonsense"],
    ["run", "--vectors", "/no/such/folder"],
    ["run", "--timeout", "soon"],
    ["show", "aead"],
    ["show", "aead/999"],
    ["list", "nonsense"],
    ["inspect", "not hex, not base64!"],
    ["inspect", "00", "--as", "nonsense"],
    ["inspect", "00", "--key", "00"],
    ["inspect", "--file", "/no/such/file"],
    ["replay", "/no/such/file", "--user", "1", "--channel", "2"],
    ["sim", "--seed", "x"],
    ["sim", "--seeds", ""],
    ["sim", "--seed", "1", "--json", "/proc/no/such.json"],
    ["run", "--json", "/proc/no/such/folder/x.json"],
    ["run", "--report", "/proc/no/such"],
    ["report", "--out", cliFolder.replace("cli-test", "cli-test/cli.mjs")],
  ];
  for (const args of wrong)
    it(`${args.join(" ")}: exit code 2, no stack`, () => {
      const { status, stderr } = run(...args);
      expect(status).toBe(2);
      expect(stderr).toMatch(/^error: /);
      expect(stderr).not.toMatch(/^ +at /m);
    });

  it("--help names every command and the exit codes", () => {
    const { status, stdout } = run("--help");
    expect(status).toBe(0);
    for (const command of ["run", "report", "list", "show", "generate", "serve", "sim", "inspect", "replay"])
      expect(stdout).toMatch(new RegExp(`^  ${command} `, "m"));
    expect(stdout).toContain("Exit codes: 0 all well, 1 something failed, 2 wrong usage");
  });
});

describe("the vectors' own commands", () => {
  it("list, show and generate --check", () => {
    expect(run("list").stdout).toMatch(/^frame-split +399 +libdave/m);
    expect(run("list", "session-reject").stdout).toContain("session-reject/36");
    expect(run("show", "aead/0").stdout).toContain("\"tag\": h'f76bd712cab0224b'");
    expect(run("show", "aead/0").stdout).toContain("rules: K3, F1; flags: short-tag; expected stage: accept");
    const shown = JSON.parse(run("show", "aead/0", "--json").stdout);
    expect(shown).toMatchObject({
      id: "aead/0",
      rules: ["K3", "F1"],
      stage: "accept",
      vector: { counter: 1 },
    });
    expect(run("list", "session-reject").stdout).toContain(
      "session-reject/4  proposals bad signature  [E27]  (refused at verify, forged)",
    );
    const { status, stdout } = run("generate", "--check");
    expect(stdout).toContain("24 files have the checksum of index.json");
    expect(status).toBe(0);
  });

  it("a changed shipped file is found by generate --check", () => {
    // The check itself is tried on a copy in test/vectors; here only that the command fails when it does.
    const from = join(folder, "from");
    for (const collection of ["libdave", "mlspp"]) mkdirSync(join(from, collection), { recursive: true });
    const json = jsonFolder("other", "libdave/aead", (file) => ({ ...(file as Tree), note: "changed" }));
    copyFileSync(join(json, "aead.json"), join(from, "libdave", "aead.json"));
    const { status, stdout } = run("generate", "--check", "--from", from);
    expect(stdout).toContain("FAILED libdave/aead.cbor: differs from what the converter makes of the JSON");
    expect(status).toBe(1);
  });
});

describe("peers over stdio", () => {
  it("this project as a peer of itself", () => {
    const { status, stdout } = run(
      "run",
      "--suite",
      "aead,race",
      "--peer",
      `${process.execPath} ${cli} serve`,
    );
    expect(stdout.trimEnd().split("\n").at(-1)).toBe(
      `${106 + raceFile().cases.length} passed, 0 failed, 0 not supported`,
    );
    expect(status).toBe(0);
  });

  const python = spawnSync("python3", ["--version"]).status === 0;
  it.skipIf(!python)("the example in Python passes what it knows, and fails nothing", () => {
    const { status, stdout } = run(
      "run",
      "--peer",
      `python3 ${join(root, "..", "..", "examples", "peer.py")}`,
    );
    expect(stdout).toMatch(/^sender-keys +15 +0 +0$/m);
    expect(stdout).toMatch(/^frame-parse +75 +0 +0$/m);
    expect(stdout).toMatch(/^frame-split +152 +0 +247$/m);
    expect(status).toBe(0);
  });

  it("a peer that cannot be started: one line, exit code 2", () => {
    const { status, stdout, stderr } = run("run", "--suite", "sender-keys", "--peer", "/no/such/program");
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^error: peer \/no\/such\/program cannot be started: .*\n$/);
    expect(status).toBe(2);
  });

  it("a peer that dies at once: equal failures are told together, and the suite as it comes", () => {
    const peer = `${process.execPath} -e process.exit(3)`;
    const { status, stdout, stderr } = run("run", "--suite", "sender-keys", "--peer", peer);
    expect(stdout.match(/^crashed /gm)).toHaveLength(1);
    expect(stdout).toMatch(/the same in 4 more of this suite, the last sender-keys\/4/);
    expect(stdout).toMatch(/FAILED .*\n +given up: the peer died or hung 5 times in a row/);
    expect(stderr).toBe("sender-keys: 0 passed, 15 failed, 0 not supported\n");
    expect(status).toBe(1);
  });
});

describe("inspect", () => {
  const silence = "f8fffe";
  it("takes hex and base64, and says why it stopped", () => {
    const hex = run("inspect", "--as", "frame", silence);
    expect(hex.status).toBe(1);
    expect(hex.stdout).toContain("stopped after 0 of 3 bytes: 3 bytes: a protocol frame has 12 at least");
    expect(run("inspect", "--as", "frame", Buffer.from(silence, "hex").toString("base64")).stdout).toBe(
      hex.stdout,
    );
  });

  it("a session of JSON lines", () => {
    const file = join(folder, "session.jsonl");
    writeFileSync(file, '{"direction":"in","at":5,"text":"{\\"op\\":22,\\"d\\":{\\"transition_id\\":3}}"}\n');
    const { status, stdout } = run("inspect", "--file", file);
    expect(stdout).toContain("5 ms from the server: op 22 executeTransition");
    expect(status).toBe(0);
    const replayed = run("replay", file, "--user", "1", "--channel", "2");
    expect(replayed.stdout).toContain("1 messages replayed, 0 threw");
    expect(replayed.status).toBe(0);
  });
});
