// The group as its users see it: an immutable value, bytes in, the next value out.
import { abytes } from "../bytes.ts";
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
import { type CachedProposal, disposeState, type GroupState } from "./state.ts";

export interface Member {
  readonly leafIndex: number;
  /** Identity of the basic credential; empty for other credentials. */
  readonly identity: Uint8Array;
  readonly credentialType: "basic" | "x509";
  /** 65 bytes. */
  readonly signatureKey: Uint8Array;
}

/**
 * An MLS group at one epoch. No method changes it (except `dispose`): what advances the group returns the next one.
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
  #disposed = false;

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
   * §12.4.3.1 joins by a bare Welcome; the key package's keys stay the caller's to dispose.
   *
   * @throws MlsError `not-for-us` if the Welcome is for other key packages, else what is wrong with it
   */
  static join(crypto: CryptoProvider, options: JoinOptions): Group {
    return new Group(joinGroup(crypto, options));
  }

  /** The state behind the value, for functions beside this class. @internal */
  get state(): GroupState {
    if (this.#disposed) throw new MlsError("disposed", "the group has been disposed");
    return this.#state;
  }

  get groupId(): Uint8Array {
    return this.#state.context.groupId.slice();
  }
  get epoch(): bigint {
    return this.#state.context.epoch;
  }
  get ownLeafIndex(): number {
    return this.#state.ownLeaf;
  }
  get cipherSuite(): number {
    return this.#state.context.cipherSuite;
  }
  get version(): number {
    return this.#state.context.version;
  }
  get extensions(): readonly Extension[] {
    return this.#state.context.extensions;
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

  /** §8.5 `MLS-Exporter`; `length` at most 8160 bytes. */
  exportSecret(label: string, context: Uint8Array, length: number): Uint8Array {
    abytes(context, "context");
    const { crypto, secrets } = this.state;
    return exportSecret(crypto, secrets.exporter.bytes, label, context, length);
  }

  /** §12.1 verifies an MLSMessage that holds a proposal of this group and epoch. */
  receiveProposal(message: Uint8Array): CachedProposal {
    abytes(message, "message");
    return receiveProposal(this.state, message);
  }

  /** §12.4.1 commits proposals by reference, in the order given. `this` stays as it is. */
  commit(
    proposals: readonly CachedProposal[],
    options: CommitOptions = {},
  ): { commit: Uint8Array; welcome: Uint8Array | undefined; group: Group } {
    const { commit, welcome, state } = createCommit(this.state, proposals, options);
    return { commit, welcome, group: new Group(state) };
  }

  /** §12.4.2 processes another member's commit. `this` stays as it is. */
  processCommit(
    message: Uint8Array | MLSMessage,
    proposals: Iterable<CachedProposal>,
  ): { kind: "next"; group: Group } | { kind: "removed" } {
    const processed = processCommit(this.state, message, proposals);
    return processed.kind === "next" ? { kind: "next", group: new Group(processed.state) } : processed;
  }

  /** Wipes this epoch's secrets; keys shared with another live group stay until that is disposed. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    disposeState(this.#state);
  }

  get disposed(): boolean {
    return this.#disposed;
  }
}
