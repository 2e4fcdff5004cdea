// Peer protocol 1, answered by this project: every command of the page, over lines
import { existsSync, readFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../src/peers/protocol.ts";
import { selfHandlers } from "../../src/peers/self/index.ts";
import { answerLine, serve } from "../../src/peers/serve.ts";

const handlers = selfHandlers("1.2.3");
const ask = async (request: object | string) =>
  JSON.parse(await answerLine(handlers, typeof request === "string" ? request : JSON.stringify(request)));

describe("the protocol", () => {
  it("every command is answered here", () => {
    expect(Object.keys(COMMANDS).filter((command) => !(command in handlers))).toEqual([]);
  });

  it("an id is echoed, whatever it is; unknown fields are ignored", async () => {
    const version = { ok: true, name: "puredave", version: "1.2.3", max_supported_protocol_version: 1 };
    expect(await ask({ id: 0, command: "version", odd: 1 })).toEqual({ id: 0, ...version });
    expect(await ask({ id: "x", cmd: "version" })).toEqual({ id: "x", ...version });
    expect(await ask({ command: "version" })).toEqual(version);
  });

  it("what cannot be done is said, and nothing ends the service", async () => {
    expect(await ask("{")).toEqual({ ok: false, error: "not a JSON object" });
    expect(await ask("[]")).toEqual({ ok: false, error: "not a JSON object" });
    expect(await ask({ id: 1 })).toEqual({ id: 1, ok: false, error: "unsupported" });
    expect(await ask({ command: "toString" })).toEqual({ ok: false, error: "unsupported" });
    expect(await ask({ command: "session.state", name: "nobody" })).toMatchObject({ ok: false });
    expect(await ask({ command: "ratchet.keys", base_secret: "0g", generations: [] })).toEqual({
      ok: false,
      error: "base_secret: expected hex",
    });
    expect(await ask({ command: "ratchet.keys", base_secret: "00", generations: [0] })).toMatchObject({
      ok: false,
    });
  });

  it("answers come in order, one a line, until the end of input", async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const done = serve(handlers, input, output);
    input.end(`{"id":1,"command":"version"}\n\n{"id":2,"command":"no"}\r\n{"id":3,"command":"version"}`);
    await done;
    const lines = String(output.read()).trimEnd().split("\n");
    expect(lines.map((line) => [JSON.parse(line).id, JSON.parse(line).ok])).toEqual([
      [1, true],
      [2, false],
      [3, true],
    ]);
  });
});

describe("a call over lines", () => {
  const as = (name: string) => ({ name });
  const group_id = "500000000000000001";
  const ids = ["100000000000000001", "100000000000000002"] as const;

  it("two sessions form a group, and a frame crosses", async () => {
    const { external_sender } = await ask({ command: "gateway.create", ...as("g"), group_id });
    const packages: string[] = [];
    for (const self_user_id of ids) {
      await ask({ command: "session.create", ...as(self_user_id) });
      const init = await ask({
        command: "session.init",
        ...as(self_user_id),
        version: 1,
        group_id,
        self_user_id,
      });
      expect(init.signature_public_key).toMatch(/^04[0-9a-f]{128}$/);
      const sender = await ask({
        command: "session.set_external_sender",
        ...as(self_user_id),
        external_sender,
      });
      expect(sender).toEqual({ ok: true, has_external_sender: true });
      const made = await ask({ command: "session.get_key_package", ...as(self_user_id), private: true });
      expect(made.init_private_key).toMatch(/^[0-9a-f]{64}$/);
      packages.push(made.key_package);
    }
    expect(await ask({ command: "session.state", ...as(ids[0]) })).toEqual({ ok: true, current: null });
    const add = await ask({ command: "gateway.propose_add", ...as("g"), epoch: 0, key_package: packages[1] });
    const appended = await ask({ command: "proposals.append", messages: [add.message] });
    expect(appended.proposals).toBe(add.proposals);
    const process = { bytes: add.proposals, recognized_user_ids: ids };
    const made = await ask({ command: "session.process_proposals", ...as(ids[0]), ...process });
    expect(made.commit_welcome).toBe(made.commit + made.welcome);
    const adopted = await ask({ command: "session.process_commit", ...as(ids[0]), bytes: made.commit });
    expect(adopted).toMatchObject({ ok: true, result: "roster" });
    const welcomed = { bytes: made.welcome, recognized_user_ids: ids };
    const joined = await ask({ command: "session.process_welcome", ...as(ids[1]), ...welcomed });
    expect(Object.keys(joined.roster)).toEqual([...ids]);
    const states = await Promise.all(ids.map((id) => ask({ command: "session.state", ...as(id) })));
    expect(states[0].current.group_context).toBe(states[1].current.group_context);
    expect(states.map(({ current }) => [current.epoch, current.own_leaf_index])).toEqual([
      [1, 0],
      [1, 1],
    ]);
    const source = { session: ids[0], user_id: ids[0] };
    await ask({ command: "encryptor.create", ...as("e") });
    await ask({ command: "encryptor.set_key_ratchet", ...as("e"), ...source });
    const frame = "0102030405";
    const sealed = await ask({
      command: "encryptor.encrypt",
      ...as("e"),
      media_type: "audio",
      ssrc: 1,
      frame,
    });
    expect(sealed).toMatchObject({ code: 0, nonce: 1, generation: 0, attempts: 1 });
    await ask({ command: "decryptor.create", ...as("d"), s: 5 });
    const heard = { ...source, session: ids[1], expiry_s: 10 };
    await ask({ command: "decryptor.transition_to_key_ratchet", ...as("d"), ...heard });
    const open = { command: "decryptor.decrypt", ...as("d"), media_type: "audio", frame: sealed.out };
    expect(await ask(open)).toEqual({ ok: true, code: 0, out: frame });
    expect(await ask(open)).toEqual({ ok: true, code: 3, out: null });
    const prints = await Promise.all([
      ask({ command: "session.get_pairwise_fingerprint", ...as(ids[0]), version: 0, user_id: ids[1] }),
      ask({ command: "session.get_pairwise_fingerprint", ...as(ids[1]), version: 0, user_id: ids[0] }),
    ]);
    expect(prints[0].fingerprint).toMatch(/^[0-9a-f]{128}$/);
    expect(prints[1]).toEqual(prints[0]);
  });

  it("the external sender may come before session.init", async () => {
    const { external_sender } = await ask({ command: "gateway.create", ...as("g2"), group_id });
    await ask({ command: "session.create", ...as("early") });
    const set = await ask({ command: "session.set_external_sender", ...as("early"), external_sender });
    expect(set).toEqual({ ok: true, has_external_sender: true });
    await ask({ command: "session.init", ...as("early"), version: 1, group_id, self_user_id: ids[0] });
    // It has a pending group: an Add offered to it leads to a commit.
    await ask({ command: "session.create", ...as("other") });
    await ask({ command: "session.init", ...as("other"), version: 1, group_id, self_user_id: ids[1] });
    const { key_package } = await ask({ command: "session.get_key_package", ...as("other") });
    const add = await ask({ command: "gateway.propose_add", ...as("g2"), epoch: 0, key_package });
    const process = { bytes: add.proposals, recognized_user_ids: ids };
    expect((await ask({ command: "session.process_proposals", ...as("early"), ...process })).commit).toMatch(
      /^0001/,
    );
  });

  it("a nonce may be set before the key or after it", async () => {
    const frame = { media_type: "audio", ssrc: 1, frame: "00" };
    for (const order of [
      ["set_nonce", "set_key_ratchet"],
      ["set_key_ratchet", "set_nonce"],
    ]) {
      await ask({ command: "encryptor.create", ...as("n") });
      for (const verb of order)
        await ask({ command: `encryptor.${verb}`, ...as("n"), nonce: 41, base_secret: "00".repeat(16) });
      expect(await ask({ command: "encryptor.encrypt", ...as("n"), ...frame })).toMatchObject({
        code: 0,
        nonce: 42,
      });
    }
    await ask({ command: "encryptor.create", ...as("n") });
    expect(await ask({ command: "encryptor.encrypt", ...as("n"), ...frame })).toEqual({
      ok: true,
      code: 2,
      out: null,
    });
  });

  it("a whole client: op 4 and op 25 are answered by a key package", async () => {
    const made = await ask({
      command: "client.create",
      ...as("c"),
      user_id: ids[0],
      channel_id: group_id,
      clock_ms: 0,
    });
    expect(made).toEqual({ ok: true, sent: [], events: [], state: "negotiating", ready: false });
    const text = JSON.stringify({ op: 4, d: { dave_protocol_version: 1 }, seq: 1 });
    const answer = await ask({ command: "client.receive", ...as("c"), text });
    expect(answer.sent).toHaveLength(1);
    expect(answer.sent[0].binary).toMatch(/^1a0001000240/);
    expect(
      await ask({ command: "client.encrypt", ...as("c"), media_type: "audio", ssrc: 1, frame: "01" }),
    ).toMatchObject({
      outcome: "not-ready",
      out: null,
    });
  });
});

// The page lies beside the repository only where the recorded vectors do.
const page = new URL("../../../../../shared/spec/peer-protocol.md", import.meta.url);

it.skipIf(!existsSync(page))("the page of the protocol and the table of commands name the same", () => {
  const text = readFileSync(page, "utf8");
  const missing = Object.keys(COMMANDS).filter((command) => {
    const [area, verb] = command.split(".");
    return (
      area !== "verify" &&
      area !== "message" &&
      !text.includes(`\`${command}\``) &&
      !text.includes(`\`.${verb}\``)
    );
  });
  expect(missing).toEqual([]);
});
