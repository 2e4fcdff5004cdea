// The group as the delivery service sees it: who sits at which leaf, what was proposed, and which commit wins (G3–G6).

import {
  type Commit,
  type CryptoProvider,
  equalBytes,
  hex,
  type KeyPackage,
  keyPackageCodec,
  keyPackageRef,
  type LeafNode,
  mlsMessageCodec,
  validateKeyPackage,
  welcomeCodec,
} from "@puredave/mls";
import { snowflakeBytes } from "../snowflake.ts";
import type { Connection } from "./connection.ts";
import type { SignedProposal } from "./proposal-signer.ts";

/** A key package that a client has sent (26). */
export interface Package {
  /** The connection that brought it. */
  readonly owner: Connection;
  /** Decoded. */
  readonly keyPackage: KeyPackage;
  /** Its KeyPackageRef in hexadecimal. */
  readonly ref: string;
}

/** A proposal of the current epoch. */
export interface Proposed extends SignedProposal {
  /** Whom it adds or removes. */
  readonly userId: string;
  /** The key package of whom an Add would add. */
  readonly added?: Package;
  /** The leaf that a Remove would empty. */
  readonly removed?: number;
  /** The connections that got it. */
  readonly sentTo: Set<Connection>;
  /** Whether the gateway has revoked it. */
  revoked: boolean;
}

/** The body of a 28. */
export interface CommitMessage {
  readonly commit: Uint8Array;
  readonly welcome?: Uint8Array | undefined;
}

/** What the gateway makes of a 28. */
export type Verdict =
  | { readonly verdict: "wins"; readonly commit: Uint8Array; readonly proposals: readonly Proposed[] }
  /** Late, or overtaken by other proposals: dropped without a word. */
  | { readonly verdict: "dropped"; readonly reason: string }
  /** No client that follows the rules sends this: close 4020. */
  | { readonly verdict: "refused"; readonly reason: string };

const refused = (reason: string): Verdict => ({ verdict: "refused", reason });
const dropped = (reason: string): Verdict => ({ verdict: "dropped", reason });

const FOREVER = 0xffff_ffff_ffff_ffffn;

/** The bytes behind a `decode` that throws for anything malformed. */
function readable<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch {
    return undefined;
  }
}

/** G3: a key package as op 26 brings it, bare or in an MLSMessage; or why it is refused. */
export function readPackage(crypto: CryptoProvider, owner: Connection, bytes: Uint8Array): Package | string {
  const wrapped = readable(() => mlsMessageCodec.decode(bytes));
  const bare = wrapped?.wireFormat === "mls_key_package" ? keyPackageCodec.encode(wrapped.keyPackage) : bytes;
  const keyPackage = readable(() => keyPackageCodec.decode(bare));
  if (keyPackage === undefined) return "no key package";
  const { leafNode } = keyPackage;
  const valid = readable(() => {
    validateKeyPackage(crypto, keyPackage);
    return true;
  });
  if (valid === undefined) return "the key package is invalid";
  if (!isUser(leafNode, owner.userId)) return "the credential is not the authenticated user";
  if (leafNode.leafNodeSource !== "key_package") return "the leaf was not made for a key package";
  const { notBefore, notAfter } = leafNode.lifetime;
  if (notBefore !== 0n || notAfter !== FOREVER) return "the lifetime is limited";
  if (leafNode.extensions.length > 0 || keyPackage.extensions.length > 0) return "there are extensions";
  return { owner, keyPackage, ref: hex(keyPackageRef(crypto, keyPackage)) };
}

const isUser = ({ credential }: LeafNode, userId: string): boolean =>
  credential.credentialType === "basic" && equalBytes(credential.identity, snowflakeBytes(userId));

/** One epoch: its members by leaf, and what was proposed in it. Epoch 0 has no members that anybody shares. */
export class Epoch {
  readonly groupId: Uint8Array;
  readonly number: bigint;
  readonly leaves: readonly (Package | undefined)[];
  readonly proposals: Proposed[] = [];
  /** The refs of every proposal of this call, in hexadecimal: late commits may name those of a group that is gone. */
  readonly #everProposed: Set<string>;

  constructor(
    groupId: Uint8Array,
    number = 0n,
    leaves: readonly (Package | undefined)[] = [],
    everProposed: Set<string> = new Set<string>(),
  ) {
    this.groupId = groupId;
    this.number = number;
    this.leaves = leaves;
    this.#everProposed = everProposed;
  }

  /** An unestablished group of the same call. */
  restarted(): Epoch {
    return new Epoch(this.groupId, 0n, [], this.#everProposed);
  }

  /** Notes a proposal of this epoch. */
  propose(proposal: Proposed): Proposed {
    this.proposals.push(proposal);
    this.#everProposed.add(hex(proposal.ref));
    return proposal;
  }

  /** Whether the group is established. */
  get established(): boolean {
    return this.number > 0n;
  }

  /** The leaf that belongs to a connection; -1: none. */
  leafOf(connection: Connection): number {
    return this.leaves.findIndex((leaf) => leaf?.owner === connection);
  }

  /** G6: whether a commit of `author` is valid. `lenient`: a later append may be missing from it. */
  judge(author: Connection, message: CommitMessage, lenient: boolean): Verdict {
    const decoded = readable(() => mlsMessageCodec.decode(message.commit));
    if (decoded?.wireFormat !== "mls_public_message") return refused("28: no PublicMessage");
    const { content } = decoded.publicMessage;
    if (content.contentType !== "commit" || content.sender.senderType !== "member")
      return refused("28: no commit of a member");
    if (!equalBytes(content.groupId, this.groupId)) return refused("28: another group");
    if (content.epoch !== this.number) return dropped("another epoch");
    const named = this.#named(content.commit);
    if (!Array.isArray(named)) return named;
    const leaf = this.established ? this.leafOf(author) : 0;
    if (leaf < 0) return dropped("the author is no member any more");
    if (content.sender.leafIndex !== leaf) return refused("28: the sender is another leaf");
    return this.#judgeProposals(author, { ...message, path: content.commit.path?.leafNode }, named, lenient);
  }

  #named({ proposals }: Commit): Proposed[] | Verdict {
    if (proposals.length === 0) return refused("28: no proposals");
    const named: Proposed[] = [];
    for (const proposal of proposals) {
      if (proposal.type !== "reference") return refused("28: a proposal by value");
      const { reference } = proposal;
      const known = this.proposals.find(({ ref }) => equalBytes(ref, reference));
      if (known !== undefined) named.push(known);
      else if (this.#everProposed.has(hex(reference))) return dropped("a proposal of another epoch");
      else return refused("28: an unknown proposal");
    }
    return named;
  }

  #judgeProposals(
    author: Connection,
    message: CommitMessage & { readonly path: LeafNode | undefined },
    named: readonly Proposed[],
    lenient: boolean,
  ): Verdict {
    const { commit, welcome, path } = message;
    if (named.some(({ sentTo }) => !sentTo.has(author))) return refused("28: a proposal of others");
    const removes = named.some(({ removed }) => removed !== undefined);
    if (removes && path === undefined) return refused("28: a Remove without a path");
    if (path !== undefined && !this.#keepsIdentity(author, path)) return refused("28: another identity");
    const covered = welcomed(welcome);
    if (covered === undefined) return refused("28: no Welcome");
    const adds = named.flatMap(({ added }) => (added === undefined ? [] : [added.ref]));
    if (adds.some((ref) => !covered.has(ref))) return refused("28: the Welcome leaves somebody out");
    if (named.some(({ revoked }) => revoked)) return dropped("a proposal was revoked");
    const newest = Math.max(...named.map((proposal) => this.proposals.indexOf(proposal)));
    const missing = this.proposals.filter(
      (proposal, i) =>
        !proposal.revoked &&
        proposal.sentTo.has(author) &&
        !named.includes(proposal) &&
        !(lenient && i > newest),
    );
    return missing.length > 0
      ? dropped("a proposal is missing")
      : { verdict: "wins", commit, proposals: named };
  }

  #keepsIdentity(author: Connection, leafNode: LeafNode): boolean {
    if (!isUser(leafNode, author.userId)) return false;
    const old = this.leaves[this.leafOf(author)];
    return old === undefined || equalBytes(old.keyPackage.leafNode.signatureKey, leafNode.signatureKey);
  }

  /** The next epoch: Removes first, then each Add at the leftmost free leaf (RFC 9420 §7.7, §12.3). */
  after(author: Package, proposals: readonly Proposed[]): Epoch {
    const leaves: (Package | undefined)[] = this.established ? [...this.leaves] : [author];
    for (const { removed } of proposals) if (removed !== undefined) leaves[removed] = undefined;
    for (const { added } of proposals) {
      if (added === undefined) continue;
      const free = leaves.indexOf(undefined);
      if (free < 0) leaves.push(added);
      else leaves[free] = added;
    }
    return new Epoch(this.groupId, this.number + 1n, leaves, this.#everProposed);
  }
}

/** The refs that a Welcome covers; no Welcome covers nobody. */
function welcomed(welcome: Uint8Array | undefined): ReadonlySet<string> | undefined {
  if (welcome === undefined) return new Set();
  const decoded = readable(() => welcomeCodec.decode(welcome));
  return decoded && new Set(decoded.secrets.map(({ newMember }) => hex(newMember)));
}
