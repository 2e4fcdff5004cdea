// Input of up to 1 MB that is refused: how long each entry point takes for the worst that we can think of.
import { writeFileSync } from "node:fs";
import * as mls from "../src/internals.ts";
import { forgeWelcome } from "../test/forge/welcome.ts";
import { median, now } from "./operations.ts";

const MEGABYTE = 1_000_000;
/** Milliseconds that a refusal for structure may take. */
const TARGET = 50;
const ROUNDS = 5;

interface Case {
  readonly entry: string;
  readonly input: string;
  readonly size: number;
  readonly run: () => unknown;
}

const crypto = mls.createCryptoProvider({ backend: "portable" });
const bytes = (...values: number[]) => Uint8Array.from(values);
const text = (value: string) => new TextEncoder().encode(value);

/** `count` items that all have one length. */
function filled(count: number, item: (i: number) => Uint8Array): Uint8Array<ArrayBuffer> {
  const { length } = item(0);
  const out = new Uint8Array(length * count);
  for (let i = 0; i < count; i++) out.set(item(i), i * length);
  return out;
}
const repeat = (item: Uint8Array, count: number) => filled(count, () => item);
const vector = (...parts: Uint8Array[]) => mls.opaque.encode(mls.concat(...parts));
const u16 = (value: number) => mls.u16.encode(value);

/** As many items as fit in a megabyte, and 65520 of them. */
const fills = (item: Uint8Array): [string, Uint8Array][] => {
  const most = Math.floor((MEGABYTE - 8) / item.length);
  const under = Math.min(most, 0xfff0);
  return [
    [`${most}`, vector(repeat(item, most))],
    ...(under < most ? [[`${under}`, vector(repeat(item, under))] as [string, Uint8Array]] : []),
  ];
};

const empty = bytes(0);
// A leaf of nothing: empty keys, basic credential without identity, empty capabilities, source update.
const leaf = mls.concat(empty, empty, u16(1), empty, repeat(empty, 5), bytes(2), empty, empty);
const node = mls.concat(bytes(1, 1), leaf);
// The smallest leaf whose lengths any rule could accept: two keys, capabilities for what the group has, a signature.
const key = mls.opaque.encode(new Uint8Array(65));
const one = (type: number) => vector(u16(type));
const smallCapabilities = mls.concat(one(1), one(2), empty, empty, one(1));
const smallLeaf = (capabilities: Uint8Array = smallCapabilities, extensions: Uint8Array = empty) =>
  mls.concat(
    ...[key, key, u16(1), empty, capabilities, bytes(2), extensions],
    mls.opaque.encode(new Uint8Array(8)),
  );
const parent = bytes(1, 2, 0, 0, 0);
const keyPackage = mls.concat(u16(1), u16(2), empty, leaf, empty, empty);
function distinctExtensions(count: number): Uint8Array {
  return vector(filled(count, (i) => mls.concat(u16(i), empty)));
}
const types = (count: number) => vector(filled(count, (i) => u16(i + 1000)));

/** Encoded structures, by what is repeated in them. */
function structures(): [string, mls.Codec<unknown>, string, Uint8Array][] {
  const out: [string, mls.Codec<unknown>, string, Uint8Array][] = [];
  const each = (
    name: string,
    codec: mls.Codec<never>,
    what: string,
    item: Uint8Array,
    around: (list: Uint8Array) => Uint8Array = (list) => list,
  ) => {
    for (const [count, list] of fills(item)) {
      // One byte too many: everything is read before it is refused.
      const encoded = mls.concat(around(list), bytes(0));
      out.push([name, codec as mls.Codec<unknown>, `${count} ${what}`, encoded]);
    }
  };
  const tree = mls.ratchetTreeCodec as mls.Codec<never>;
  each("ratchet tree", tree, "blanks", empty);
  each("ratchet tree", tree, "leaves of nothing", node);
  each("ratchet tree", tree, "parents of nothing", parent);
  each("ratchet tree", tree, "smallest leaves", mls.concat(bytes(1, 1), smallLeaf()));
  each("ratchet tree", tree, "smallest parents", mls.concat(bytes(1, 2), key, empty, empty));
  each(
    "ratchet tree",
    tree,
    "leaves of 65520 extensions",
    mls.concat(bytes(1, 1), smallLeaf(smallCapabilities, distinctExtensions(0xfff0))),
  );
  each("ratchet tree", tree, "unmerged leaves", bytes(0, 0, 0, 1), (list) => vector(bytes(1, 2, 0, 0), list));
  const commit = mls.commitCodec as mls.Codec<never>;
  const noPath = (list: Uint8Array) => mls.concat(list, bytes(0));
  each("commit", commit, "empty references", bytes(2, 0), noPath);
  each("commit", commit, "references", mls.concat(bytes(2), mls.opaque.encode(new Uint8Array(32))), noPath);
  each("commit", commit, "Adds of nothing", mls.concat(bytes(1), u16(1), keyPackage), noPath);
  each("commit", commit, "Removes", bytes(1, 0, 3, 0, 0, 0, 1), noPath);
  each("commit", commit, "external inits", bytes(1, 0, 6, 0), noPath);
  each("commit", commit, "empty extension lists", bytes(1, 0, 7, 0), noPath);
  each("commit", commit, "path nodes of nothing", bytes(0, 0), (list) =>
    mls.concat(empty, bytes(1), leaf, list),
  );
  each("commit", commit, "ciphertexts of nothing", bytes(0, 0), (list) =>
    mls.concat(empty, bytes(1), leaf, vector(empty, list)),
  );
  each("welcome", mls.welcomeCodec as mls.Codec<never>, "secrets of nothing", bytes(0, 0, 0), (list) =>
    mls.concat(u16(2), list, empty),
  );
  each(
    "group secrets",
    mls.groupSecretsCodec as mls.Codec<never>,
    "PSKs of nothing",
    bytes(1, 0, 0),
    (list) => mls.concat(empty, bytes(0), list),
  );
  for (const [what, certificate] of [
    ["certificates of nothing", empty],
    ["certificates of a byte", bytes(1, 7)],
  ] as const)
    each("credential", mls.credentialCodec as mls.Codec<never>, what, certificate, (list) =>
      mls.concat(u16(2), list),
    );
  each("required capabilities", mls.requiredCapabilitiesCodec as mls.Codec<never>, "types", u16(9), (list) =>
    mls.concat(list, empty, empty),
  );
  each("key package", mls.keyPackageCodec as mls.Codec<never>, "capabilities", u16(9), (list) =>
    mls.concat(
      u16(1),
      u16(2),
      empty,
      empty,
      empty,
      u16(1),
      empty,
      list,
      repeat(empty, 4),
      bytes(2),
      empty,
      empty,
      empty,
      empty,
    ),
  );
  const many = mls.concat(
    u16(1),
    u16(2),
    empty,
    empty,
    empty,
    u16(1),
    empty,
    repeat(empty, 5),
    bytes(2),
    distinctExtensions(0xfff0),
    empty,
    empty,
    empty,
    bytes(0),
  );
  out.push(["key package", mls.keyPackageCodec as mls.Codec<unknown>, "65520 extensions", many]);
  return out;
}

const message = (wireFormat: number, body: Uint8Array) => mls.concat(u16(1), u16(wireFormat), body);
/** A commit in a PublicMessage of leaf 0, with tags of nothing. */
const publicCommit = (groupId: Uint8Array, epoch: bigint, commit: Uint8Array) =>
  message(
    1,
    mls.concat(
      vector(groupId),
      mls.u64.encode(epoch),
      bytes(1, 0, 0, 0, 0),
      empty,
      bytes(3),
      commit,
      empty,
      empty,
      empty,
    ),
  );

function decoding(): Case[] {
  return structures().map(([entry, codec, input, encoded]) => ({
    entry: `decode ${entry}`,
    input,
    size: encoded.length,
    run: () => codec.decode(encoded),
  }));
}

function messages(): Case[] {
  const pair = mls.generateSignatureKeyPair(crypto);
  const group = mls.Group.create(crypto, {
    groupId: text("group"),
    identity: text("us"),
    signatureKeyPair: pair,
    extensions: [],
  });
  const bundle = mls.createKeyPackage(crypto, { identity: text("new"), signatureKeyPair: pair });
  const out: Case[] = [];
  for (const [entry, , input, encoded] of structures()) {
    const whole = encoded.subarray(0, encoded.length - 1);
    const add = (name: string, run: () => unknown) =>
      out.push({ entry: name, input: `${entry}: ${input}`, size: encoded.length, run });
    if (entry === "commit") {
      // With the byte too many, and without: then the tags are what is wrong.
      for (const body of [encoded, whole]) {
        const sent = publicCommit(group.groupId, group.epoch, body);
        add("processCommit", () => group.processCommit(sent, []));
        add("receiveProposal", () => group.receiveProposal(sent));
      }
    }
    if (entry === "key package") {
      const parts = {
        initPrivateKey: pair.privateKey,
        leafPrivateKey: pair.privateKey,
        signaturePrivateKey: pair.privateKey,
      };
      for (const body of [encoded, whole])
        add("importKeyPackage", () => mls.importKeyPackage(crypto, { keyPackage: body, ...parts }));
      add("processCommit", () => group.processCommit(message(5, encoded), []));
    }
    if (entry === "welcome") {
      for (const body of [encoded, whole])
        add("join", () => mls.Group.join(crypto, { welcome: body, keyPackage: bundle }));
    }
  }
  return out;
}

/** Welcomes that open for us, from one who knows our key package: the tree inside is what is wrong. */
function welcomes(): Case[] {
  const pair = mls.generateSignatureKeyPair(crypto);
  const bundle = mls.createKeyPackage(crypto, { identity: text("new"), signatureKeyPair: pair });
  const welcome = (tree: Uint8Array, extensions: mls.Extension[] = []) =>
    forgeWelcome(crypto, {
      tree: [{ nodeType: "leaf", leafNode: bundle.keyPackage.leafNode }],
      signer: 0,
      signerKey: pair.privateKey,
      groupId: text("group"),
      extensions,
      bundle,
      info: (info) => ({ ...info, extensions: [{ extensionType: 2, extensionData: tree }] }),
    });
  const out: Case[] = [];
  const add = (input: string, sent: Uint8Array) =>
    out.push({
      entry: "join",
      input,
      size: sent.length,
      run: () => mls.Group.join(crypto, { welcome: sent, keyPackage: bundle }),
    });
  for (const [entry, , input, encoded] of structures()) {
    if (entry === "ratchet tree") {
      add(`sealed tree: ${input}`, welcome(encoded));
      add(`sealed tree, whole: ${input}`, welcome(encoded.subarray(0, encoded.length - 1)));
    }
  }
  for (const [input, tree] of signedTrees(bundle))
    add(input, forged(bundle, pair, tree.tree, tree.extensions));
  return out;
}

/** The whole Welcome with the tree hash and the signature right. */
const forged = (
  bundle: mls.KeyPackageBundle,
  pair: mls.SignatureKeyPair,
  tree: readonly (mls.TreeNode | undefined)[],
  extensions: readonly mls.Extension[] = [],
) =>
  forgeWelcome(crypto, {
    tree,
    signer: 0,
    signerKey: pair.privateKey,
    groupId: text("group"),
    extensions,
    bundle,
  });

interface SignedTree {
  readonly tree: (mls.TreeNode | undefined)[];
  readonly extensions?: mls.Extension[];
}

/** Trees whose faults show only when all of it is looked at. */
function signedTrees(bundle: mls.KeyPackageBundle): [string, SignedTree][] {
  const own: mls.TreeNode = { nodeType: "leaf", leafNode: bundle.keyPackage.leafNode };
  // As long as a key, and none.
  const number = (value: number) => mls.concat(new Uint8Array(61), mls.u32.encode(value));
  const leafWith = (i: number, change: Partial<mls.LeafNode> = {}): mls.TreeNode => ({
    nodeType: "leaf",
    leafNode: {
      ...bundle.keyPackage.leafNode,
      encryptionKey: number(2 * i),
      signatureKey: number(2 * i + 1),
      ...change,
    } as mls.LeafNode,
  });
  const list = (count: number) => Array.from({ length: count }, (_, i) => i + 1000);
  const { capabilities } = bundle.keyPackage.leafNode;
  const full = (leaves: number, unmerged: boolean): (mls.TreeNode | undefined)[] =>
    Array.from({ length: 2 * leaves - 1 }, (_, node): mls.TreeNode => {
      if (node === 0) return own;
      if (node % 2 === 0) return leafWith(node / 2);
      const [first, last] = mls.leafRange(node);
      const unmergedLeaves = unmerged ? Array.from({ length: last - first + 1 }, (_, i) => first + i) : [];
      return {
        nodeType: "parent",
        parentNode: { encryptionKey: number(1e6 + node), parentHash: new Uint8Array(0), unmergedLeaves },
      };
    });
  const required = types(20000);
  const extensionData = mls.concat(required, bytes(0), bytes(0));
  return [
    ["2048 leaves, each unmerged in all above", { tree: full(2048, true) }],
    ["4096 leaves, parents without keys", { tree: full(4096, false) }],
    [
      "leaf with 20000 extensions and as many capabilities",
      {
        tree: [
          own,
          undefined,
          leafWith(1, {
            extensions: list(20000).map((extensionType) => ({
              extensionType,
              extensionData: new Uint8Array(0),
            })),
            capabilities: { ...capabilities, extensions: list(20000).reverse() },
          }),
        ],
      },
    ],
    [
      "20000 required types, as many capabilities",
      {
        tree: [
          leafWith(0, {
            ...bundle.keyPackage.leafNode,
            capabilities: { ...capabilities, extensions: list(20000).reverse() },
          }),
        ],
        extensions: [{ extensionType: 3, extensionData }],
      },
    ],
    [
      "10000 group extensions, as many capabilities",
      {
        tree: [
          leafWith(0, {
            ...bundle.keyPackage.leafNode,
            capabilities: { ...capabilities, extensions: list(10000).reverse() },
          }),
        ],
        extensions: list(10001).map((extensionType) => ({ extensionType, extensionData: new Uint8Array(0) })),
      },
    ],
  ];
}

function measure({ run }: Case): { ms: number; outcome: string } {
  const times: number[] = [];
  let outcome = "accepted";
  for (let i = 0; i <= ROUNDS; i++) {
    const start = now();
    try {
      run();
    } catch (error) {
      outcome = error instanceof mls.MlsError ? `${error.code} ${error.rule ?? ""}` : `${error}`;
    }
    if (i > 0) times.push(now() - start);
  }
  return { ms: median(times), outcome };
}

/** `npm run bench -- mls-hostile [--json FILE]` */
export function run(args: readonly string[]): number {
  const rows = [...decoding(), ...messages(), ...welcomes()]
    .map((one) => ({ entry: one.entry, input: one.input, bytes: one.size, ...measure(one) }))
    .sort((a, b) => b.ms - a.ms);
  console.log(
    `${rows.length} inputs of up to 1 MB, portable backend; milliseconds of processor time, medians of ${ROUNDS}; the slowest:`,
  );
  for (const { entry, input, bytes: size, ms, outcome } of rows.slice(0, 20)) {
    console.log(
      `${ms.toFixed(1).padStart(8)}  ${entry.padEnd(22)} ${String(size).padStart(8)} B  ${outcome.padEnd(28)} ${input}`,
    );
  }
  const missed = rows.filter(({ ms }) => ms > TARGET).length;
  console.log(
    `refused within ${TARGET} ms: ${rows.length - missed} of ${rows.length}${missed ? ", MISSED" : ", met"}`,
  );
  const accepted = rows.filter(({ outcome }) => outcome === "accepted");
  for (const { entry, input } of accepted) console.log(`ACCEPTED: ${entry} ${input}`);
  const at = args.indexOf("--json");
  if (at >= 0 && args[at + 1])
    writeFileSync(args[at + 1]!, `${JSON.stringify({ target: TARGET, rows }, undefined, 2)}\n`);
  return accepted.length ? 1 : 0;
}
