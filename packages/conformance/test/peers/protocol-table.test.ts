// The table of peer protocol 1, row by row: `serve` answers every command, with the fields that the table names
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../src/peers/protocol.ts";
import { selfHandlers } from "../../src/peers/self/index.ts";
import { answerLine } from "../../src/peers/serve.ts";

type Wire = Record<string, unknown>;
/** What earlier rows answered, by command. */
type Before = Readonly<Record<string, Wire>>;
type Row = readonly [command: string, request: (before: Before) => Wire, answer: string];

const [A, B, GROUP] = ["100000000000000001", "100000000000000002", "500000000000000001"];
const KEY = "000102030405060708090a0b0c0d0e0f";
const NONCE = "000000000000000001000000";
const at = (before: Before, command: string, field: string): unknown => before[command]?.[field];
const client = "sent events state ready";

/** The table in its order where that makes sense: what a row needs, an earlier one made. */
const ROWS: readonly Row[] = [
  ["version", () => ({}), "name version max_supported_protocol_version"],
  ["gateway.create", () => ({ name: "g", group_id: GROUP }), "external_sender"],
  ["session.create", () => ({ name: "a" }), ""],
  [
    "session.init",
    () => ({ name: "a", version: 1, group_id: GROUP, self_user_id: A }),
    "signature_private_key signature_public_key",
  ],
  [
    "session.set_external_sender",
    (b) => ({ name: "a", external_sender: at(b, "gateway.create", "external_sender") }),
    "has_external_sender",
  ],
  ["session.create", () => ({ name: "b" }), ""],
  [
    "session.init",
    () => ({ name: "b", version: 1, group_id: GROUP, self_user_id: B }),
    "signature_private_key signature_public_key",
  ],
  [
    "session.set_external_sender",
    (b) => ({ name: "b", external_sender: at(b, "gateway.create", "external_sender") }),
    "has_external_sender",
  ],
  [
    "session.get_key_package",
    () => ({ name: "b", private: true }),
    "key_package init_private_key leaf_private_key signature_private_key",
  ],
  [
    "session.import_member",
    (b) => ({
      ...b["session.get_key_package"],
      name: "c",
      group_id: GROUP,
      self_user_id: B,
      external_sender: at(b, "gateway.create", "external_sender"),
    }),
    "",
  ],
  [
    "gateway.propose_add",
    (b) => ({ name: "g", epoch: 0, key_package: at(b, "session.get_key_package", "key_package") }),
    "message proposals ref",
  ],
  ["proposals.append", (b) => ({ messages: [at(b, "gateway.propose_add", "message")] }), "proposals"],
  ["proposals.revoke", (b) => ({ refs: [at(b, "gateway.propose_add", "ref")] }), "proposals"],
  [
    "session.process_proposals",
    (b) => ({ name: "a", bytes: at(b, "proposals.append", "proposals"), recognized_user_ids: [A, B] }),
    "commit welcome commit_welcome",
  ],
  [
    "session.process_commit",
    (b) => ({ name: "a", bytes: at(b, "session.process_proposals", "commit") }),
    "result roster",
  ],
  [
    "session.process_welcome",
    (b) => ({ name: "c", bytes: at(b, "session.process_proposals", "welcome"), recognized_user_ids: [A, B] }),
    "roster",
  ],
  ["session.get_last_epoch_authenticator", () => ({ name: "c" }), "epoch_authenticator"],
  ["session.get_key_ratchet", () => ({ name: "c", user_id: A, generations: [0, 2] }), "base_secret keys"],
  ["session.get_pairwise_fingerprint", () => ({ name: "c", version: 0, user_id: A }), "fingerprint"],
  ["session.state", () => ({ name: "c" }), "current"],
  ["gateway.propose_remove", () => ({ name: "g", epoch: 1, index: 1 }), "message proposals ref"],
  ["ratchet.keys", () => ({ base_secret: KEY, generations: [0, 1] }), "keys"],
  [
    "cryptor.encrypt",
    () => ({ key: KEY, nonce: NONCE, aad: "01", plaintext: "0203" }),
    "success ciphertext tag",
  ],
  [
    "cryptor.decrypt",
    (b) => ({ ...b["cryptor.encrypt"], key: KEY, nonce: NONCE, aad: "01" }),
    "success plaintext",
  ],
  [
    "process_frame",
    () => ({ codec: "vp8", frame: "00".repeat(12) }),
    "unencrypted_ranges unencrypted encrypted transformed",
  ],
  ["encryptor.create", () => ({ name: "e" }), ""],
  ["encryptor.set_key_ratchet", () => ({ name: "e", session: "a", user_id: A }), ""],
  ["encryptor.assign_ssrc_codec", () => ({ name: "e", ssrc: 1, codec: "opus" }), ""],
  ["encryptor.set_nonce", () => ({ name: "e", nonce: 41 }), ""],
  ["encryptor.set_passthrough", () => ({ name: "e", passthrough: false }), ""],
  [
    "encryptor.encrypt",
    () => ({ name: "e", media_type: "audio", ssrc: 1, frame: "0102" }),
    "code out nonce generation attempts",
  ],
  [
    "parse_frame",
    (b) => ({ frame: at(b, "encryptor.encrypt", "out") }),
    "is_encrypted tag nonce ranges authenticated ciphertext",
  ],
  ["decryptor.create", () => ({ name: "d", s: 5, floor: "start" }), ""],
  ["decryptor.transition_to_key_ratchet", () => ({ name: "d", session: "c", user_id: A, expiry_s: 10 }), ""],
  ["decryptor.transition_to_passthrough", () => ({ name: "d", passthrough: false, expiry_s: 0 }), ""],
  ["decryptor.advance_clock", () => ({ name: "d", ms: 10 }), ""],
  [
    "decryptor.decrypt",
    (b) => ({ name: "d", media_type: "audio", frame: at(b, "encryptor.encrypt", "out") }),
    "code out",
  ],
  ["client.create", () => ({ name: "k", user_id: A, channel_id: GROUP, clock_ms: 0 }), client],
  ["client.receive", () => ({ name: "k", text: '{"op":4,"d":{"dave_protocol_version":1},"seq":1}' }), client],
  ["client.advance_clock", () => ({ name: "k", ms: 5 }), client],
  ["client.assign_ssrc_codec", () => ({ name: "k", ssrc: 1, codec: "opus" }), client],
  [
    "client.encrypt",
    () => ({ name: "k", media_type: "audio", ssrc: 1, frame: "01" }),
    `outcome out ${client}`,
  ],
  [
    "client.decrypt",
    () => ({ name: "k", user_id: B, media_type: "audio", frame: "f8fffe" }),
    `outcome out ${client}`,
  ],
  ["client.recover", () => ({ name: "k" }), client],
  ["client.connection", () => ({ name: "k", state: "lost" }), client],
  ["session.reset", () => ({ name: "a" }), ""],
];

/** The commands of the page's table, `.verb` short for the row's first area. */
function pageCommands(text: string): string[] {
  const rows = text.split("\n").filter((line) => line.startsWith("| `"));
  return rows.flatMap((row) => {
    const [first = "", ...others] = [...(row.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map(
      ([, name]) => name ?? "",
    );
    return [first, ...others.map((name) => (name.startsWith(".") ? `${first.split(".")[0]}${name}` : name))];
  });
}

const page = new URL("../../../../../shared/spec/peer-protocol.md", import.meta.url);

describe("the table of peer protocol 1", () => {
  const handlers = selfHandlers("1.2.3");
  const before: Record<string, Wire> = {};
  let id = 0;

  it.skipIf(!existsSync(page))("is the page's", () => {
    expect([...new Set(ROWS.map(([command]) => command))].sort()).toEqual(
      pageCommands(readFileSync(page, "utf8")).sort(),
    );
  });

  it("is all that is spoken here, but for verify.* and message.*", () => {
    const own = Object.keys(COMMANDS).filter((command) => !/^(?:verify|message)\./.test(command));
    expect([...new Set(ROWS.map(([command]) => command))].sort()).toEqual(own.sort());
  });

  for (const [command, request, fields] of ROWS)
    it(`${command} is answered with ${fields || "ok"}`, async () => {
      const line = JSON.stringify({ ...request(before), id: ++id, command });
      const answer: Wire = JSON.parse(await answerLine(handlers, line));
      expect(answer).toMatchObject({ id, ok: true });
      const named = fields.split(" ").filter(Boolean);
      expect(
        Object.keys(answer)
          .filter((name) => name !== "id" && name !== "ok")
          .sort(),
      ).toEqual(named.sort());
      before[command] = answer;
    });

  it("what the rows answered fits together", () => {
    expect(at(before, "cryptor.decrypt", "plaintext")).toBe("0203");
    expect(at(before, "decryptor.decrypt", "out")).toBe("0102");
    expect(at(before, "encryptor.encrypt", "nonce")).toBe(42);
    expect(at(before, "session.process_commit", "result")).toBe("roster");
    expect(Object.keys(at(before, "session.process_welcome", "roster") as Wire)).toEqual([A, B]);
    expect(at(before, "client.decrypt", "outcome")).toBe("silence");
    expect(at(before, "client.encrypt", "outcome")).toBe("not-ready");
  });
});
