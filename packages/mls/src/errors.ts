// Errors of the package: one class with a code from a closed union, and one for what cannot happen.

/**
 * What went wrong, stable across versions.
 *
 * - `invalid-argument`, `disposed`: misuse by the caller, not the peer
 * - `malformed`, `too-large`, `unsupported`: the bytes are not a structure this package reads (RFC 9420 §2.1)
 * - the rest: well-formed, but a rule of the RFC refuses it; `rule` names it (see docs/rules.md)
 */
export type MlsErrorCode =
  | "invalid-argument"
  | "disposed"
  | "malformed"
  | "too-large"
  | "unsupported"
  | "invalid-key"
  | "bad-signature"
  | "bad-membership-tag"
  | "bad-confirmation-tag"
  | "decryption-failed"
  | "wrong-group"
  | "wrong-epoch"
  | "unknown-sender"
  | "unknown-proposal"
  | "unknown-psk"
  | "not-for-us"
  | "invalid-leaf-node"
  | "invalid-key-package"
  | "invalid-tree"
  | "invalid-proposal"
  | "invalid-commit"
  | "invalid-welcome"
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
    super(`${code}: ${detail}`);
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

/** The caller's mistake. */
export function misuse(holds: boolean, detail: string): asserts holds {
  if (!holds) throw new MlsError("invalid-argument", detail);
}
