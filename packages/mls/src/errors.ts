// RFC 9420 §2.1–12.4 What refuses: one error class with a code from a closed union, and one for what cannot happen.

/**
 * What went wrong, stable across versions. Closed: a new reason is a new member here, and a minor version.
 *
 * - `invalid-argument`, `closed`: misuse by the caller, not the peer
 * - `malformed`, `too-large`, `unsupported`: the bytes are not a structure this package reads (RFC 9420 §2.1)
 * - the rest: well-formed, but a rule of the RFC refuses it; `rule` names it (see docs/rules.md)
 */
export type MlsErrorCode =
  /** Misuse by the caller, not the peer; the message names the argument. Remedy: fix the call. */
  | "invalid-argument"
  /**
   * A group or key package was closed and is used again. Remedy: keep the next group that `commit` or
   * `processCommit` gave; make a new key package.
   */
  | "closed"
  /**
   * The bytes are no such structure (§2.1); `path` names the field. Remedy: drop the message; it comes from a
   * broken or hostile sender.
   */
  | "malformed"
  /**
   * More bytes or items than the limits allow. Remedy: drop the message, or raise the limits of `decode` where
   * bigger ones are expected.
   */
  | "too-large"
  /**
   * A version, cipher suite or enumerated value that this package does not know; or a backend or randomness that
   * this runtime lacks. Remedy: drop the message; for `createCryptoProvider`, use `auto` or pass `randomBytes`.
   */
  | "unsupported"
  /** A public key is no point of the curve in uncompressed form. Remedy: drop the message. */
  | "invalid-key"
  /**
   * A signature does not fit its key and content. Remedy: drop the message; somebody else wrote it, or it was
   * changed.
   */
  | "bad-signature"
  /**
   * A PublicMessage of a member whose membership tag does not fit (§6.2). Remedy: drop the message; its sender is
   * not in this epoch of the group.
   */
  | "bad-membership-tag"
  /**
   * The epoch computed here is not the one that the committer computed (§8.1). Remedy: leave and join anew; the
   * states have diverged.
   */
  | "bad-confirmation-tag"
  /**
   * A sealed part cannot be opened with the key that is meant for it. Remedy: drop the message; after a commit or
   * Welcome, join anew.
   */
  | "decryption-failed"
  /** The message belongs to another group id. Remedy: give it to that group. */
  | "wrong-group"
  /**
   * The message belongs to another epoch, or the group has ended with a ReInit. Remedy: apply the commits in
   * between first, or drop the message if its epoch is over.
   */
  | "wrong-epoch"
  /** The sender is no member, or no external sender of the group. Remedy: drop the message. */
  | "unknown-sender"
  /**
   * A commit refers to a proposal that was not received, or a proposal is given that this group did not verify.
   * Remedy: give `processCommit` what `receiveProposal` of the same group returned; else join anew.
   */
  | "unknown-proposal"
  /** A pre-shared key that is not at hand. Remedy: provide it through the features, or refuse the group. */
  | "unknown-psk"
  /** A Welcome for other key packages. Remedy: wait for another, or send a new key package. */
  | "not-for-us"
  /** A leaf node that §7.3 refuses; `rule` says why. Remedy: drop the message. */
  | "invalid-leaf-node"
  /** A key package that §10.1 refuses; `rule` says why. Remedy: ask its owner for another one. */
  | "invalid-key-package"
  /**
   * A ratchet tree that §7 or §12.4.3.1 refuses; `rule` says why. Remedy: do not join; ask for another Welcome.
   */
  | "invalid-tree"
  /** A proposal that §12.1 refuses; `rule` says why. Remedy: drop it, and do not commit it. */
  | "invalid-proposal"
  /**
   * A commit, or a list of proposals to be committed, that §12.2 or §12.4 refuses; `rule` says why. Remedy:
   * commit other proposals; a received commit is to be dropped, and the group joined anew if others took it.
   */
  | "invalid-commit"
  /** A Welcome that §12.4.3.1 refuses; `rule` says why. Remedy: do not join; send a new key package. */
  | "invalid-welcome"
  /**
   * The key of a PrivateMessage was used or given up already, or its generation is too far ahead (§9.1). Remedy:
   * drop the message: a replay, or one that came far too late.
   */
  | "generation-gone";

/** The only error that input of any kind can raise. Carries no bytes and no secrets. */
export class MlsError extends Error {
  /** What went wrong; see docs/errors.md. */
  readonly code: MlsErrorCode;
  /** Number of the refused rule in docs/rules.md, e.g. `7.3-2`. */
  readonly rule?: string;
  /** Field at which decoding stopped, e.g. `commit.path.nodes[3].encryptionKey`. */
  readonly path?: string;

  /** An error of this package; `detail` is words without bytes or secrets. */
  constructor(code: MlsErrorCode, detail: string, where: { rule?: string; path?: string } = {}) {
    super(detail);
    this.name = "MlsError";
    this.code = code;
    if (where.rule !== undefined) this.rule = where.rule;
    if (where.path) this.path = where.path;
  }
}

/** A state that cannot be reached; seeing it is a defect of this package, not of the input. */
export class InternalError extends Error {
  /** `what` names the state that cannot be. */
  constructor(what: string) {
    super(what);
    this.name = "InternalError";
  }
}

/** A numbered rule of docs/rules.md: refuses unless `holds`. The rule's text stands above each call. */
export function enforce(holds: boolean, rule: string, code: MlsErrorCode): asserts holds {
  if (!holds) throw new MlsError(code, `rule ${rule}`, { rule });
}

/** The caller's mistake: an argument by its name, what was expected, and where it helps what came instead. */
export function misuse(holds: boolean, name: string, expected: string, got?: unknown): asserts holds {
  if (holds) return;
  const came = got === undefined ? "" : `, got ${kindOf(got)}`;
  throw new MlsError("invalid-argument", `${name}: expected ${expected}${came}`);
}

/** Numbers, booleans and bigints as they are; of everything else the kind alone, for it may be a secret. */
function kindOf(value: unknown): string {
  if (value === null || ["number", "boolean", "bigint"].includes(typeof value)) return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  return Object.prototype.toString.call(value).slice(8, -1);
}
