// RFC 9420 §12 The group as its users see it: an immutable value, bytes in, the next value out.
import { abytes, equalBytes } from "../bytes.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { MlsError } from "../errors.ts";
import type { MLSMessage } from "../framing/message.ts";
import type { Extension } from "../messages/extension.ts";
import { exportSecret } from "../schedule/key-schedule.ts";
import { type CreateOptions, createGroup } from "./create.ts";
import { type CommitOptions, createCommit } from "./create-commit.ts";
import { type JoinOptions, joinGroup } from "./join.ts";
import { processCommit } from "./process-commit.ts";
import { receiveProposal } from "./receive.ts";
import { type CachedProposal, closeState, type GroupState } from "./state.ts";

/** A member as the ratchet tree shows it. */
export interface Member {
  /** §7 Place in the tree, 0 to the number of leaves - 1. */
  readonly leafIndex: number;
  /** Identity of the basic credential; empty for other credentials. */
  readonly identity: Uint8Array;
  /** §5.3 */
  readonly credentialType: "basic" | "x509";
  /** 65 bytes. */
  readonly signatureKey: Uint8Array;
}

/**
 * An MLS group at one epoch. No method changes it (except `close`): what advances the group returns the next one.
 *
 * @example
 * ```ts
 * const group = Group.create(crypto, { groupId, identity, signatureKeyPair, extensions: [] });
 * const { commit, group: next } = group.commit([], { forcePath: true });
 * next.epoch; // 1n
 * ```
 */
export class Group {
  readonly #state: GroupState;
  #closed = false;

  private constructor(state: GroupState) {
    this.#state = state;
  }

  /** The same group, from a state that functions beside this class have made. @internal */
  static fromState(state: GroupState): Group {
    return new Group(state);
  }

  /** §11 one member, epoch 0. @throws MlsError `invalid-argument`, or the rule that the parameters break */
  static create(crypto: CryptoProvider, options: CreateOptions): Group {
    return new Group(createGroup(crypto, options));
  }

  /**
   * §12.4.3.1 joins by a bare Welcome; the key package's keys stay the caller's to close.
   *
   * @throws MlsError `not-for-us` if the Welcome is for other key packages, else what is wrong with it
   */
  static join(crypto: CryptoProvider, options: JoinOptions): Group {
    return new Group(joinGroup(crypto, options));
  }

  /** The state behind the value, for functions beside this class. @internal */
  get state(): GroupState {
    if (this.#closed) throw new MlsError("closed", "the group has been closed");
    return this.#state;
  }

  /** A copy of the group's id. */
  get groupId(): Uint8Array {
    return this.#state.context.groupId.slice();
  }
  /** §8.1, 0 in a group just created; 64 bits. */
  get epoch(): bigint {
    return this.#state.context.epoch;
  }
  /** Our place in the tree. */
  get ownLeafIndex(): number {
    return this.#state.ownLeaf;
  }
  /** Always 2 (§17.1). */
  get cipherSuite(): number {
    return this.#state.context.cipherSuite;
  }
  /** Always 1, `mls10`. */
  get version(): number {
    return this.#state.context.version;
  }
  /** §8.1 the group context extensions, copied. */
  get extensions(): readonly Extension[] {
    return this.#state.context.extensions.map((extension) => ({
      ...extension,
      extensionData: extension.extensionData.slice(),
    }));
  }
  /** 32 bytes. */
  get treeHash(): Uint8Array {
    return this.#state.context.treeHash.slice();
  }
  /** 32 bytes; empty at epoch 0. */
  get confirmedTranscriptHash(): Uint8Array {
    return this.#state.context.confirmedTranscriptHash.slice();
  }
  /** §8.1 the encoded GroupContext. */
  get groupContext(): Uint8Array {
    return this.#state.encodedContext.slice();
  }
  /** §8.7, 32 bytes. */
  get epochAuthenticator(): Uint8Array {
    return this.state.secrets.authentication.bytes.slice();
  }

  /** In leaf order, blanks left out. */
  get members(): readonly Member[] {
    return Array.from(this.#state.tree.leaves(), ([leafIndex, { credential, signatureKey }]) => ({
      leafIndex,
      identity: credential.credentialType === "basic" ? credential.identity.slice() : new Uint8Array(0),
      credentialType: credential.credentialType,
      signatureKey: signatureKey.slice(),
    }));
  }

  /**
   * Whether a parent node of the ratchet tree has this public key (65 bytes). Newcomers refuse a tree in which a leaf has it,
   * too (§12.4.3.1), until the parent's key is another one.
   *
   * @throws {@link MlsError} `invalid-argument`
   * @example
   * ```ts
   * const group = Group.create(crypto, { groupId, identity, signatureKeyPair, extensions: [] });
   * group.hasParentKey(signatureKeyPair.publicKey); // false
   * ```
   */
  hasParentKey(publicKey: Uint8Array): boolean {
    abytes(publicKey, "publicKey");
    for (const [, parent] of this.#state.tree.parents())
      if (equalBytes(parent.encryptionKey, publicKey)) return true;
    return false;
  }

  /**
   * §8.5 `MLS-Exporter(label, context, length)`; `length` at most 8160 bytes, `context` of any length.
   *
   * @throws {@link MlsError} `invalid-argument`, `closed`
   * @example
   * ```ts
   * const group = Group.create(crypto, { groupId, identity, signatureKeyPair, extensions: [] });
   * group.exportSecret("label", new Uint8Array(), 16); // 16 bytes
   * ```
   */
  exportSecret(label: string, context: Uint8Array, length: number): Uint8Array {
    abytes(context, "context");
    const { crypto, secrets } = this.state;
    return exportSecret(crypto, secrets.exporter.bytes, label, context, length);
  }

  /**
   * §12.1 verifies an MLSMessage that holds a proposal of this group and epoch. `this` stays as it is.
   *
   * @throws {@link MlsError} `invalid-argument`, `closed`, or what is wrong with it: `malformed`, `wrong-group`,
   * `wrong-epoch`, `unknown-sender`, `bad-signature`, `bad-membership-tag`, `invalid-proposal` …
   */
  receiveProposal(message: Uint8Array): CachedProposal {
    abytes(message, "message");
    return receiveProposal(this.state, message);
  }

  /**
   * §12.4.1 commits proposals by reference, in the order given. `this` stays as it is.
   *
   * @returns `commit`: an MLSMessage with a PublicMessage; `welcome`: a bare Welcome when anybody is added; `group`: the
   * next epoch, for when the commit wins
   * @throws {@link MlsError} `invalid-argument`, `closed`, `unknown-proposal`, `invalid-commit`, `invalid-proposal`
   */
  commit(
    proposals: readonly CachedProposal[],
    options: CommitOptions = {},
  ): { commit: Uint8Array; welcome: Uint8Array | undefined; group: Group } {
    const { commit, welcome, state } = createCommit(this.state, proposals, options);
    return { commit, welcome, group: new Group(state) };
  }

  /**
   * §12.4.2 processes another member's commit. `this` stays as it is.
   *
   * @param proposals what {@link Group.receiveProposal} of this group verified; those that the commit names are used
   * @returns the `next` group, or `removed`: the commit takes us out
   * @throws {@link MlsError} `invalid-argument`, `closed`, or what is wrong with the commit: `wrong-epoch`,
   * `unknown-proposal`, `bad-signature`, `bad-confirmation-tag`, `decryption-failed`, `invalid-commit` …
   */
  processCommit(
    message: Uint8Array | MLSMessage,
    proposals: Iterable<CachedProposal>,
  ): { outcome: "next"; group: Group } | { outcome: "removed" } {
    const processed = processCommit(this.state, message, proposals);
    return processed.outcome === "next" ? { outcome: "next", group: new Group(processed.state) } : processed;
  }

  /** Wipes this epoch's secrets; keys shared with another live group stay until that is closed. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeState(this.#state);
  }

  /** Whether the secrets are wiped: what needs one throws `closed`. */
  get closed(): boolean {
    return this.#closed;
  }
}
