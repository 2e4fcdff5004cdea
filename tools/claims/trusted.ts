// The first page of docs/audit-guide.md: the files to trust, in the order in which to read them.

interface Step {
  readonly why: string;
  readonly files: readonly string[];
}

const mls = (...files: string[]) => files.map((file) => `packages/mls/src/${file}.ts`);
const frames = (...files: string[]) => files.map((file) => `packages/frame-crypto/src/${file}.ts`);
const dave = (...files: string[]) => files.map((file) => `packages/dave/src/${file}.ts`);

export const TRUSTED: readonly Step[] = [
  {
    why: "The primitives of MLS: noble's SHA-256, HMAC, HKDF, P-256 and AES-GCM, and the checks that RFC 9420 asks for beyond them.",
    files: mls("crypto/provider", "crypto/portable", "crypto/hkdf", "crypto/der", "bytes"),
  },
  {
    why: "`node:crypto` in their place, and when it is believed; where randomness comes from.",
    files: mls("crypto/platform", "crypto/known-answers", "crypto/ports", "crypto/select"),
  },
  {
    why: "Secrets as objects that are overwritten; labels, and HPKE.",
    files: mls("crypto/secret", "crypto/labels", "crypto/hpke", "codec/writer"),
  },
  {
    why: "The one cipher of our own: AES-128-GCM of frames.",
    files: frames(
      "aead/aes-ghash",
      "aead/aes-gcm",
      "aead/portable",
      "aead/platform",
      "aead/keystream",
      "aead/sections",
      "aead/select",
      "aead/ports",
    ),
  },
  {
    why: "Key schedule and tree: which secrets an epoch has, and who can derive them.",
    files: mls(
      "schedule/key-schedule",
      "schedule/transcript",
      "tree/treekem",
      "tree/parent-hash",
      "tree/leaf-node",
      "tree/validation",
    ),
  },
  {
    why: "Signatures and membership tags; what a commit and a Welcome must fulfil.",
    files: mls(
      "framing/sign",
      "group/receive",
      "group/proposals",
      "group/commit-rules",
      "group/process-commit",
      "group/create-commit",
      "group/join",
      "group/epoch",
    ),
  },
  {
    why: "Where private keys and group secrets are made, kept and overwritten.",
    files: mls("group/key-package", "group/create", "group/welcome", "group/state"),
  },
  {
    why: "Signature keys, stored and drawn; the provider that a client is given.",
    files: dave("crypto", "identity", "client/randomness"),
  },
  {
    why: "What DAVE accepts of a group (E27 to E30), and the base secrets that it takes out.",
    files: dave(
      "session/session",
      "session/validity",
      "session/judgement",
      "session/proposals",
      "session/commit-queue",
      "media/sender-keys",
    ),
  },
  {
    why: "Which key a sender uses and which a receiver accepts, and until when.",
    files: dave(
      "transitions/reduce",
      "transitions/records",
      "transitions/keys",
      "transitions/holders",
      "transitions/plaintext",
      "media/session-media",
    ),
  },
  {
    why: "Counters, replay and order of judgement of a frame.",
    files: frames(
      "sender-key",
      "receiver-key",
      "generations",
      "replay-window",
      "frame-encryptor",
      "frame-decryptor",
      "format/trailer",
    ),
  },
  {
    why: "Comparing keys between people.",
    files: dave("verification", "client/known-keys"),
  },
];

/** Files that overwrite bytes or draw randomness and are not on the first page, each with the reason. */
export const BESIDE: Readonly<Record<string, string>> = {
  "packages/dave/src/client/held-frames.ts": "overwrites frames that wait, and sees no key",
  "packages/dave/src/session/import-member.ts": "takes recorded keys for tests and tools; no client calls it",
  "packages/dave/src/voice/media.ts": "the transport of @puredave/dave/voice, which no client needs",
  "packages/dave/src/voice/transport.ts": "the transport of @puredave/dave/voice, which no client needs",
  "packages/frame-crypto/src/aead/backend.ts": "types only",
  "packages/frame-crypto/src/aead/sealed.ts": "single messages for vectors and tools",
  "packages/frame-crypto/src/codec/plan.ts": "overwrites what it copied of a frame, and sees no key",
  "packages/mls/src/framing/private-message.ts": "PrivateMessages, which DAVE never uses",
  "packages/mls/src/schedule/psk.ts": "pre-shared keys, which DAVE never uses",
  "packages/mls/src/schedule/secret-tree.ts": "keys of PrivateMessages, which DAVE never uses",
};
