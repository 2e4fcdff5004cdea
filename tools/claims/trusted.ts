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
    files: mls("crypto/secret", "crypto/labels", "crypto/hpke"),
  },
  {
    why: "The one cipher of our own: AES-128-GCM of frames.",
    files: frames(
      "aead/aes-ghash",
      "aead/aes-gcm",
      "aead/portable",
      "aead/platform",
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
      "group/commit-rules",
      "group/process-commit",
      "group/create-commit",
      "group/join",
      "group/epoch",
    ),
  },
  {
    why: "Signature keys, stored and drawn; the provider that a client is given.",
    files: dave("crypto", "identity"),
  },
  {
    why: "What DAVE accepts of a group (E27 to E30), and the base secrets that it takes out.",
    files: dave(
      "session/session",
      "session/validity",
      "session/judgement",
      "session/proposals",
      "media/sender-keys",
    ),
  },
  {
    why: "Which key a sender uses and which a receiver accepts, and until when.",
    files: dave(
      "transitions/reduce",
      "transitions/records",
      "transitions/keys",
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
