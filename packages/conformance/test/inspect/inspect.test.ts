// inspect: reads what the codecs read and nothing else; malformed input says where it stopped
import { encodeClientMessage, encodeServerMessage, parseProposals } from "@puredave/dave/protocol";
import { parseFrame } from "@puredave/frame-crypto";
import * as mls from "@puredave/mls";
import { describe, expect, it } from "vitest";
import { inspectBytes, inspectKind, type Kind } from "../../src/inspect/inspect.ts";
import { treeText } from "../../src/inspect/text.ts";
import type { Node } from "../../src/inspect/trace.ts";
import { SeededRandom } from "../../src/sim/random.ts";
import { toHex } from "../../src/vectors/fields.ts";
import { mutate, prefixes } from "../support/mutate.ts";
import { changed, fieldsOf, leaves, shippedFiles } from "../support/vectors.ts";

const files = shippedFiles();
const commits = fieldsOf(files.find(({ suite }) => suite === "session-commits")?.cases[0] ?? {});
const [epoch] = commits.maps("epochs");
if (!epoch) throw new Error("the vectors have epochs");

const stringsOf = (suites: readonly string[]): Uint8Array[] =>
  files
    .filter(({ suite }) => suites.includes(suite))
    .flatMap(({ cases }) =>
      cases.flatMap((vector) =>
        leaves(vector).flatMap((path) => {
          const found: Uint8Array[] = [];
          changed(vector, path, (leaf) => {
            if (leaf instanceof Uint8Array) found.push(leaf);
            return leaf;
          });
          return found;
        }),
      ),
    );

const accepts = (codec: { decode(bytes: Uint8Array): unknown }, bytes: Uint8Array): boolean => {
  try {
    codec.decode(bytes);
    return true;
  } catch {
    return false;
  }
};

const paired: readonly (readonly [Kind, { decode(bytes: Uint8Array): unknown }])[] = [
  ["mls-message", mls.mlsMessageCodec],
  ["key-package", mls.keyPackageCodec],
  ["welcome", mls.welcomeCodec],
  ["external-sender", mls.externalSenderCodec],
];

describe("the tree and the codecs", () => {
  for (const [kind, codec] of paired)
    it(`${kind}: what the codec takes is read to the end, and nothing else`, () => {
      const random = new SeededRandom(7).fork(kind);
      const good = stringsOf([
        "messages",
        "welcome",
        "session-commits",
        "session-welcome",
        "session-reject",
      ]).filter((bytes) => accepts(codec, bytes));
      expect(good.length).toBeGreaterThan(4);
      for (const bytes of good.slice(0, 60)) {
        expect(inspectKind(kind, bytes).problem).toBeUndefined();
        for (let n = 0; n < 20; n++) {
          const version = mutate(bytes, random);
          const { problem } = inspectKind(kind, version);
          expect(problem === undefined).toBe(accepts(codec, version));
        }
        // Cut short, both refuse.
        for (const version of prefixes(bytes, random))
          expect(inspectKind(kind, version).problem).toBeDefined();
      }
    });

  it("frames: read to the end exactly where the frame check passes", () => {
    const random = new SeededRandom(8);
    for (const bytes of stringsOf(["frame-parse"]).filter(({ length }) => length > 11))
      for (const version of [bytes, mutate(bytes, random), mutate(bytes, random)])
        expect([toHex(version), inspectKind("frame", version).problem === undefined]).toEqual([
          toHex(version),
          parseFrame(version).outcome === "parsed",
        ]);
  });

  it("nothing throws, whatever the bytes", () => {
    const random = new SeededRandom(9);
    for (let n = 0; n < 3000; n++) {
      const { root, reached } = inspectBytes(random.bytes(random.int(0, 200)));
      expect(root.children.length >= 0 && reached >= 0).toBe(true);
    }
  });
});

const find = (node: Node, name: string): Node | undefined =>
  node.name === name
    ? node
    : node.children.map((child) => find(child, name)).find((found) => found !== undefined);

describe("what is shown", () => {
  it("offsets and lengths tile a message: every byte is in one field", () => {
    const bytes = epoch.bytes("commit");
    const { root } = inspectKind("mls-message", bytes);
    let at = 0;
    for (const child of root.children) {
      expect(child.offset).toBe(at);
      at += child.length;
    }
    expect(at).toBe(bytes.length);
  });

  it("ids are decimal, and the group is the channel", () => {
    const { root } = inspectKind("mls-message", epoch.bytes("commit"));
    expect(find(root, "group_id")?.value).toBe(commits.text("groupId"));
    const key = inspectKind("key-package", commits.bytes("keyPackage"));
    expect(find(key.root, "identity")?.value).toBe(commits.text("userId"));
  });

  it("a commit names the proposals that came before it", () => {
    const notes = new Map<string, string>();
    const server = (message: Parameters<typeof encodeServerMessage>[0]) =>
      encodeServerMessage(message) as Uint8Array;
    const body = epoch.bytes("proposals");
    inspectKind("server-message", server({ op: 27, body, seq: 1 }), notes);
    expect(parseProposals(body).outcome).not.toBe("malformed");
    const commit = epoch.bytes("commit");
    const { root } = inspectKind(
      "server-message",
      server({ op: 29, transitionId: 7, commit, seq: 2 }),
      notes,
    );
    expect(find(root, "transition_id")?.value).toBe("7");
    expect(find(root, "reference")?.value).toMatch(/^[0-9a-f]{64} = (Add of user \d+|Remove of leaf \d+)$/);
  });

  const groupInfo = (extension: mls.Extension) =>
    mls.mlsMessageCodec.encode({
      version: 1,
      wireFormat: "mls_group_info",
      groupInfo: {
        groupContext: {
          ...{ version: 1, cipherSuite: 2, groupId: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 9), epoch: 1n },
          ...{ treeHash: new Uint8Array(32), confirmedTranscriptHash: new Uint8Array(32) },
          extensions: [extension],
        },
        ...{ extensions: [], confirmationTag: new Uint8Array(32), signer: 0, signature: new Uint8Array(9) },
      },
    });
  const senders = mls.externalSendersExtension([
    {
      signatureKey: new Uint8Array(65),
      credential: { credentialType: "basic", identity: Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 2) },
    },
  ]);

  it("the list of external senders is read inside its extension, each field where it stands in the message", () => {
    const bytes = groupInfo(senders);
    const { root, problem } = inspectKind("mls-message", bytes);
    expect(problem).toBeUndefined();
    expect(find(root, "extension_type")?.value).toBe("5 (external_senders)");
    const identity = find(root, "identity")!;
    expect(identity.value).toBe("258");
    expect([...bytes.subarray(identity.offset, identity.offset + identity.length)]).toEqual([
      ...[8, 0, 0, 0, 0, 0, 0, 1, 2],
    ]);
  });

  it("an extension whose content is cut short says so at the field inside it", () => {
    const extensionData = senders.extensionData.slice(0, -1);
    extensionData[1]! -= 1;
    const { root } = inspectKind("mls-message", groupInfo({ ...senders, extensionData }));
    expect(find(root, "identity")?.problem).toBe("a length of 8, 7 bytes are left");
  });

  it("kinds are told apart by themselves", () => {
    const commit = epoch.bytes("commit");
    const keyPackage = commits.bytes("keyPackage");
    const samples: readonly (readonly [Kind, Uint8Array])[] = [
      ["mls-message", commit],
      ["key-package", keyPackage],
      ["welcome", commits.bytes("welcome")],
      ["external-sender", commits.bytes("externalSender")],
      ["proposals", epoch.bytes("proposals")],
      ["server-message", encodeServerMessage({ op: 29, transitionId: 1, commit, seq: 300 }) as Uint8Array],
      ["client-message", encodeClientMessage({ op: 26, keyPackage }) as Uint8Array],
      ["client-message", encodeClientMessage({ op: 28, commit }) as Uint8Array],
    ];
    for (const [kind, bytes] of samples) expect(inspectBytes(bytes).kind).toBe(kind);
  });

  it("a frame's clear and encrypted parts, and its plaintext with the key", () => {
    const vector = fieldsOf(files.find(({ suite }) => suite === "frame-encrypt")?.cases[1] ?? {});
    const [first] = vector.maps("frames");
    const bytes = first?.bytes("protected") ?? new Uint8Array();
    const { root } = inspectKind("frame", bytes, new Map(), vector.bytes("baseSecret"));
    expect(find(root, "clear")?.length).toBe(1);
    expect(find(root, "nonce")?.value).toBe("1 (generation 0)");
    expect(find(root, "plaintext")?.value).toContain("opened with the base secret");
    const wrong = inspectKind("frame", bytes, new Map(), new Uint8Array(16));
    expect(find(wrong.root, "plaintext")?.value).toContain("does not open it");
  });

  it("malformed input shows how far it got and why it stopped", () => {
    const bytes = epoch.bytes("commit");
    const cut = inspectKind("mls-message", bytes.subarray(0, 100));
    expect(cut.problem).toMatch(/^a length of \d+, \d+ bytes are left$/);
    expect(treeText(cut.root).join("\n")).toContain("signature  <-- stopped here");
    expect(inspectKind("frame", new Uint8Array(20)).problem).toContain("not fafa");
    expect(inspectKind("mls-message", Uint8Array.of(...bytes, 0)).problem).toBe("1 bytes too many");
  });
});
