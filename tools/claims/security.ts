// The claims of docs/security.md: `npm run docs` writes them into its lists, `npm run claims` asks for each whether it holds.
import { NOT_WIPED } from "../../packages/mls/test/support/not-wiped.ts";
import type { Claim, Proof } from "./claim.ts";

const tests = (...files: string[]): Proof => ({
  by: "tests",
  files: files.map((file) => file.replace(/^(mls|frame-crypto|dave|conformance)\//, "packages/$1/test/")),
});
const check = (name: string): Proof => ({ by: "check", check: name });
const nothing = (reason: string): Proof => ({ by: "nothing", reason });

type Row = readonly [name: string, text: string, proof: Proof];

const PLAINTEXT: readonly Row[] = [
  [
    "sent",
    "A frame leaves in plaintext only while protocol version 0 is executed, or under the policy `passthrough` before the first encrypted transition.",
    tests("dave/client-media.test.ts", "dave/lifecycle/random-orders.test.ts"),
  ],
  [
    "received",
    "Received plaintext is accepted only around an executed version 0 (M6): while one is prepared, 120 s at most, and 10 s after it was left.",
    tests("dave/client-media.test.ts", "frame-crypto/rules/decryptor.test.ts"),
  ],
];

const TIME: readonly Row[] = [
  [
    "comparison",
    "Comparing tags, MACs and known keys takes a time that depends on their lengths alone, as far as `npm run timing` can tell.",
    {
      by: "timing",
      subjects: ["equalBytes", "membership tag", "confirmation tag", "tag of a frame", "known key"],
    },
  ],
  [
    "range",
    "Whether 32 bytes are a private key is found out without a branch on them.",
    { by: "timing", subjects: ["range of a private key"] },
  ],
  [
    "control",
    "The check is not blind: comparisons that stop at the first difference are found out.",
    { by: "timing", subjects: ["control"], found: true },
  ],
  [
    "nonce",
    "The nonce of a portable signature is that of RFC 6979; the platform's is random, but where randomness is the caller's it is RFC 6979 as well.",
    tests("mls/crypto/primitives.test.ts", "mls/group/group.test.ts"),
  ],
  [
    "no-fallback",
    '`backend: "platform"` throws rather than fall back to code that is not constant time.',
    tests("mls/crypto/platform-choice.test.ts", "frame-crypto/aead/select.test.ts"),
  ],
  [
    "p256",
    "noble multiplies secret scalars in one sequence of point operations, whatever the scalar.",
    nothing(
      "it is a property of @noble/curves, which is used as it is; no test of this project looks into it",
    ),
  ],
];

const WIPED: readonly Row[] = [
  [
    "groups",
    "When group states and key packages are closed, no array of `mls` holds a secret that was drawn, derived or received.",
    tests("mls/crypto/wiping.test.ts"),
  ],
  [
    "work",
    "What a join or a commit derives on its way (path, joiner and commit secrets, HPKE's and the Welcome's keys, PSK secrets) is overwritten when it ends, accepted or refused at whatever step.",
    tests("mls/group/secrets.test.ts"),
  ],
  [
    "buffers",
    "Buffers of writers, Buffers of `node:crypto` and the arrays of a caller's source of randomness are overwritten once copied.",
    tests("mls/codec/writer.test.ts", "mls/crypto/wiping.test.ts"),
  ],
  [
    "client",
    "A closed client leaves no array with a base secret, a ratchet secret, a frame key, a signature key or a secret of a group.",
    tests("dave/wiping.test.ts", "dave/client-connection.test.ts"),
  ],
  [
    "frames",
    "Prepared frame keys, their tables and what frames leave in working memory are overwritten when a generation is given up.",
    tests("frame-crypto/aead/wiping.test.ts"),
  ],
  [
    "shown",
    "Secrets in `mls` print as `[secret]`; errors, events, snapshots and captures hold none.",
    tests(
      "mls/group/group.test.ts",
      "dave/transform/worker-gateway.test.ts",
      "dave/lifecycle/faults.test.ts",
      "conformance/capture/capture.test.ts",
    ),
  ],
];

const KEPT: readonly Row[] = [
  [
    "noble",
    `Arrays that \`@noble/curves\` makes and hands to nobody: ${NOT_WIPED.map(({ name }) => name).join("; ")}. Nothing else is left by the portable backend.`,
    tests("mls/crypto/wiping.test.ts"),
  ],
  [
    "numbers",
    "The BigInts and the hexadecimal strings that `@noble/curves` makes of private keys, nonces and shared points.",
    nothing("JavaScript can neither overwrite nor find a BigInt or a string"),
  ],
  [
    "engine",
    "Copies that the engine made when it moved an object or spilled a register; pages in swap; what `node:crypto` keeps for a key object until it is collected.",
    nothing("JavaScript cannot see them"),
  ],
  [
    "collector",
    "Left to the collector, though it could be held on to: what a decoder has copied of group secrets that turn out malformed; keys drawn for a key package or group whose options are then refused; keys of Updates of our own, which wait for any commit that may name them (a feature that DAVE does not use).",
    nothing(
      "it is said not to happen: nobody can reach these arrays when the call has thrown, and no key of theirs was used",
    ),
  ],
];

const bound = (name: string, text: string, ...files: string[]): Row => [name, text, tests(...files)];

const BOUNDS: readonly Row[] = [
  [
    "numbers",
    "65 536 bytes by which the structures of a message of MLS may together fall short of the smallest valid ones, 4096 proposals and 256 commits an epoch, 64 parked proposal messages, 256 waiting messages, 16 pending transitions, 16 384 named users, 1000 skipped counters a key, 3 prepared keys a receiver, a jump of 250 generations a frame.",
    check("bounds"),
  ],
  bound(
    "lengths",
    "Lengths are checked before anything is read or allocated.",
    "mls/codec/reader.test.ts",
    "mls/hostile/mutations.test.ts",
    "frame-crypto/rules/trailer.test.ts",
    "conformance/hostile/decoders.test.ts",
  ),
  bound(
    "outcome",
    "Whatever the wire brings ends as an outcome, an event or a typed error, and what is refused leaves the state as it was.",
    "conformance/hostile/session.test.ts",
    "conformance/hostile/client.test.ts",
    "frame-crypto/fuzz/corpus.test.ts",
  ),
  bound("lists", "Long lists of legal items cost no quadratic time.", "mls/hostile/long-lists.test.ts"),
];

const RULES: readonly Row[] = [
  [
    "negative",
    "Every rule of [rules.md](rules.md) has a negative test.",
    tests(
      "mls/rules/rules.test.ts",
      "mls/rules/commit.test.ts",
      "mls/rules/framing.test.ts",
      "mls/rules/key-package.test.ts",
      "mls/rules/welcome.test.ts",
      "mls/rules/wire.test.ts",
      "mls/rules/features.test.ts",
    ),
  ],
  [
    "primitives",
    "The portable primitives give the published answers, agree with `node:crypto` at the edges of keys, points, signatures and DER, and refuse what it must refuse.",
    tests("mls/crypto/primitives.test.ts", "mls/crypto/der.test.ts", "mls/vectors/crypto-basics.test.ts"),
  ],
  [
    "known-answers",
    "`node:crypto` is used only when every primitive gives its known answer, byte for byte.",
    tests("mls/crypto/platform-choice.test.ts"),
  ],
  [
    "twins",
    "The cipher of frames agrees with noble's, with `node:crypto`'s and with one that works bit by bit.",
    tests(
      "frame-crypto/aead/twins.test.ts",
      "frame-crypto/aead/short-tag-gcm.test.ts",
      "frame-crypto/vectors.test.ts",
    ),
  ],
  [
    "libdave",
    "Sessions recorded from Discord's implementation replay to the same secrets.",
    tests("dave/session-vectors.test.ts", "mls/vectors/libdave-session.test.ts"),
  ],
  ...(["codec", "tree", "group"] as const).map(
    (folder): Row => [
      `mutation-${folder}`,
      `At least 95 % of the mutants of \`mls/${folder}\` are killed by a test.`,
      { by: "mutation", folder },
    ],
  ),
];

const SUPPLY: readonly Row[] = [
  [
    "run-time",
    "At run time `mls`, `frame-crypto` and `dave` depend on `@noble/ciphers`, `@noble/curves`, `@noble/hashes` and each other alone, at exact versions whose hashes are in the lock file and here.",
    check("dependencies"),
  ],
  [
    "no-native",
    "No native code and no WebAssembly, in our packages or in those they depend on at run time.",
    check("native"),
  ],
  [
    "no-scripts",
    "No install scripts, in our packages or in those they depend on at run time; those of development dependencies are not run (`onlyBuiltDependencies: []`).",
    check("scripts"),
  ],
  [
    "bundle",
    "A bundle of `DaveClient` holds files of these packages and of `@noble/*`, and no `node:` module.",
    check("bundle"),
  ],
  ["platform", "`Buffer` and `process` are named in files called `ports.ts` alone.", check("platform-names")],
  [
    "arrows",
    "Libraries import no other library, no `node:` module and nothing against the arrows of [architecture.md](architecture.md).",
    check("arrows"),
  ],
  ["builds", "Two builds of the same source are byte-identical.", check("builds")],
  ["sizes", "Bundles stay within the budgets of `.size-limit.json`.", check("sizes")],
  [
    "surface",
    "The public surface is a committed text ([dave](../packages/dave/api/dave.api.md), [frame-crypto](../packages/frame-crypto/api/frame-crypto.api.md), [mls](../packages/mls/api/mls.api.md)): a change shows in review.",
    { by: "tests", files: ["tools/docs/test/api-reports.test.ts"] },
  ],
  [
    "release",
    "Releases are published by the workflow in `.github/workflows/release.yml` with provenance, by trusted publishing and without a long-lived token.",
    nothing("none has been published yet"),
  ],
  [
    "clean-room",
    "Written in a clean room ([clean-room.md](clean-room.md)).",
    nothing("how code was written cannot be read off it"),
  ],
  [
    "audit",
    "Audited by a third party.",
    nothing("it has **not** been; the [audit guide](audit-guide.md) is for whoever does"),
  ],
];

/** The lists of the document by the name in their markers. */
export const SECTIONS: Readonly<Record<string, readonly Row[]>> = {
  plaintext: PLAINTEXT,
  time: TIME,
  wiped: WIPED,
  kept: KEPT,
  bounds: BOUNDS,
  rules: RULES,
  supply: SUPPLY,
};

export const SECURITY_CLAIMS: readonly Claim[] = Object.entries(SECTIONS).flatMap(([section, rows]) =>
  rows.map(
    ([name, text, proof]): Claim => ({ id: `${section}/${name}`, document: "docs/security.md", text, proof }),
  ),
);
