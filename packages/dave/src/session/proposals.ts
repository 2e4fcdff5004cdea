// E27: reading op 27, judging external proposals, and what may be committed.

import {
  type CachedProposal,
  type CryptoProvider,
  equalBytes,
  externalSenderCodec,
  type Group,
  hex,
  type MLSMessage,
  mlsMessageCodec,
  opaque,
  proposalRef,
  Reader,
  vector,
  verifyExternalProposal,
} from "@puredave/mls";
import { attempt, readable } from "../attempt.ts";
import { MAX_EPOCH_PROPOSALS } from "../constants.ts";
import { checkBytes } from "../errors.ts";
import { snowflakeOf } from "../snowflake.ts";
import type { AppendOutcome, SessionReason } from "./outcomes.ts";
import { identityOf, membersOf } from "./roster.ts";

/** What op 27 says, from its operation byte on. */
export type ProposalsPayload =
  /** Every message as the bytes of an MLSMessage. */
  | { readonly outcome: "append"; readonly messages: readonly Uint8Array[] }
  /** References of proposals that are taken back. */
  | { readonly outcome: "revoke"; readonly refs: readonly Uint8Array[] }
  /** Another operation, or bytes that cannot be read to their end. */
  | { readonly outcome: "malformed" };

function readMessages(bytes: Uint8Array): Uint8Array[] {
  const reader = new Reader(bytes);
  const messages: Uint8Array[] = [];
  while (reader.remaining > 0) {
    const start = reader.offset;
    mlsMessageCodec.read(reader);
    messages.push(bytes.slice(start, reader.offset));
  }
  return messages;
}

const MALFORMED: ProposalsPayload = { outcome: "malformed" };

/** Reads op 27, from its operation byte on. @throws {@link DaveError} `invalid-argument` when `body` is no Uint8Array */
export function parseProposals(body: Uint8Array): ProposalsPayload {
  checkBytes(body, "body");
  const [operation] = body;
  const rest = body.subarray(1);
  if (operation === 0)
    return readable(() => ({ outcome: "append", messages: readMessages(opaque.decode(rest)) })) ?? MALFORMED;
  if (operation === 1)
    return readable(() => ({ outcome: "revoke", refs: vector(opaque).decode(rest) })) ?? MALFORMED;
  return MALFORMED;
}

/** What only DAVE demands of a proposal: external sender 0, Add or Remove. */
function daveFault(message: MLSMessage): SessionReason | undefined {
  if (message.wireFormat !== "mls_public_message") return "not-from-external-sender";
  const { content } = message.publicMessage;
  const { sender } = content;
  if (sender.senderType !== "external" || sender.senderIndex !== 0) return "not-from-external-sender";
  if (content.contentType !== "proposal") return "malformed-proposals";
  const { proposalType } = content.proposal;
  return proposalType === "add" || proposalType === "remove" ? undefined : "proposal-not-allowed";
}

/** The identity that an Add brings, empty for a credential without one; `undefined` for a Remove. */
function addedIdentity({ proposal }: CachedProposal): Uint8Array | undefined {
  return proposal.proposalType === "add" ? identityOf(proposal.keyPackage.leafNode.credential) : undefined;
}

/** The user that an Add adds; `undefined` for a Remove, and for an identity that is no user's. */
function addedUser(proposal: CachedProposal): string | undefined {
  const identity = addedIdentity(proposal);
  return identity && snowflakeOf(identity);
}

/** The user whose Add brings a leaf with the public key of a parent of the tree, with which newcomers refuse it. */
export const copiesKey =
  (group: Group) =>
  (cached: CachedProposal): string | undefined => {
    const { proposal } = cached;
    const copies =
      proposal.proposalType === "add" && group.hasParentKey(proposal.keyPackage.leafNode.encryptionKey);
    return copies ? addedUser(cached) : undefined;
  };

/** What was verified in one epoch: a message that comes again is not verified again, and there is an end to new ones. */
export class VerifiedProposals {
  readonly #crypto: CryptoProvider;
  readonly #byRef = new Map<string, CachedProposal>();
  #count = 0;

  constructor(crypto: CryptoProvider) {
    this.#crypto = crypto;
  }

  /** A message that `daveFault` has nothing against. */
  verify(group: Group, bytes: Uint8Array): CachedProposal | SessionReason {
    // The reference of an external proposal is a hash of the whole message with its signature, so equal references mean equal messages.
    const known = this.#byRef.get(hex(proposalRef(this.#crypto, bytes)));
    if (known) return known;
    if (this.#count++ >= MAX_EPOCH_PROPOSALS) return "too-many-proposals";
    const cached = group.receiveProposal(bytes);
    this.#byRef.set(cached.refHex, cached);
    return cached;
  }
}

/** One proposal of an append, verified against `group`. */
function judgeProposal(
  group: Group,
  bytes: Uint8Array,
  verified: VerifiedProposals,
): CachedProposal | SessionReason {
  const judged = attempt(() => daveFault(mlsMessageCodec.decode(bytes)) ?? verified.verify(group, bytes));
  if (judged.outcome === "refused") return judged.reason;
  if (typeof judged.value === "string") return judged.value;
  const added = addedIdentity(judged.value);
  return added !== undefined && snowflakeOf(added) === undefined ? "credential-not-allowed" : judged.value;
}

/** E27: whether every message is correctly signed by the external sender for a later epoch of `group`. */
export function areAhead(
  crypto: CryptoProvider,
  group: Group,
  messages: readonly Uint8Array[],
  externalSender: Uint8Array,
): boolean {
  const isAhead = (bytes: Uint8Array): boolean => {
    const message = mlsMessageCodec.decode(bytes);
    if (daveFault(message) !== undefined || message.wireFormat !== "mls_public_message") return false;
    const { groupId, epoch } = message.publicMessage.content;
    if (!equalBytes(groupId, group.groupId) || epoch <= group.epoch) return false;
    const { signatureKey } = externalSenderCodec.decode(externalSender);
    return verifyExternalProposal(crypto, message.publicMessage, signatureKey);
  };
  return messages.length > 0 && readable(() => messages.every(isAhead)) === true;
}

/** The proposals of an append: all or nothing (MLS-06). */
export function judgeProposals(
  group: Group,
  messages: readonly Uint8Array[],
  recognized: (userId: string) => boolean,
  verified: VerifiedProposals,
): Exclude<AppendOutcome, { outcome: "queued" }> | { outcome: "valid"; proposals: CachedProposal[] } {
  const proposals: CachedProposal[] = [];
  for (const bytes of messages) {
    const judged = judgeProposal(group, bytes, verified);
    if (typeof judged === "string") return { outcome: "rejected", reason: judged };
    proposals.push(judged);
  }
  const strangers = proposals
    .map(addedUser)
    .filter((userId) => userId !== undefined && !recognized(userId)) as string[];
  if (strangers.length > 0) return { outcome: "unrecognized", userIds: [...new Set(strangers)] };
  return { outcome: "valid", proposals };
}

/** Why the queue cannot be committed now; `undefined` when it can. */
export function queueFault(group: Group, queue: readonly CachedProposal[]): SessionReason | undefined {
  const removed = new Set<number>();
  for (const { proposal } of queue) {
    if (proposal.proposalType !== "remove") continue;
    if (proposal.removed === group.ownLeafIndex) return "removes-self";
    if (removed.has(proposal.removed)) return "double-remove";
    removed.add(proposal.removed);
  }
  // checked on the result: Remove and Add of one user is fine
  const stay = membersOf(group).filter(({ leafIndex }) => !removed.has(leafIndex));
  const come = queue.map(addedIdentity).filter((identity) => identity !== undefined);
  const result = [...stay.map(({ identity }) => identity), ...come].map(hex);
  return new Set(result).size === result.length ? undefined : "duplicate-identity";
}
