// E29, E30: what a commit or welcome must satisfy beyond RFC 9420.

import {
  type Commit,
  decodeExternalSenders,
  equalBytes,
  externalSenderCodec,
  type FramedContent,
  type Group,
  type KeyPackageBundle,
  type MLSMessage,
  mlsMessageCodec,
  type Welcome,
  welcomeCodec,
} from "@puredave/mls";
import { readable } from "../attempt.ts";
import { snowflakeOf } from "../snowflake.ts";
import type { SessionReason } from "./outcomes.ts";
import { membersOf } from "./roster.ts";

/** A commit as a member reads it, before any cryptography. */
export interface ReadCommit {
  readonly content: FramedContent;
  readonly commit: Commit;
}

/** The commit inside an MLSMessage; `undefined`: unreadable, not a PublicMessage or not a commit. */
export function readCommit(bytes: Uint8Array): ReadCommit | undefined {
  const message: MLSMessage | undefined = readable(() => mlsMessageCodec.decode(bytes));
  if (message?.wireFormat !== "mls_public_message") return undefined;
  const { content } = message.publicMessage;
  if (content.contentType !== "commit") return undefined;
  return { content, commit: content.commit };
}

/** Whose turn a commit is: ours now, or why not (E29). */
export function commitPlace(
  group: Group,
  { content }: ReadCommit,
): { readonly outcome: "ignored" | "invalid"; readonly reason: SessionReason } | undefined {
  if (!equalBytes(content.groupId, group.groupId)) return { outcome: "ignored", reason: "other-group" };
  if (content.epoch < group.epoch) return { outcome: "ignored", reason: "past-epoch" };
  if (content.epoch > group.epoch) return { outcome: "invalid", reason: "future-epoch" };
  return undefined;
}

/** DAVE's own rules for a commit of the current epoch. */
export function commitFault(group: Group, { content, commit }: ReadCommit): SessionReason | undefined {
  if (content.sender.senderType !== "member") return "not-a-member";
  const { leafIndex } = content.sender;
  const author = membersOf(group).find((member) => member.leafIndex === leafIndex);
  if (author === undefined) return "not-a-member";
  if (commit.proposals.length === 0) return "no-proposals";
  if (commit.proposals.some(({ type }) => type !== "reference")) return "proposals-by-value";
  const leaf = commit.path?.leafNode;
  if (leaf === undefined) return undefined;
  const { credential, signatureKey } = leaf;
  const same =
    credential.credentialType === "basic" &&
    equalBytes(credential.identity, author.identity) &&
    equalBytes(signatureKey, author.signatureKey);
  return same ? undefined : "leaf-identity-changed";
}

/** What the roster of any group of ours must satisfy: basic credentials of 8 bytes, everybody once. */
export function rosterFault(group: Group): SessionReason | undefined {
  const seen = new Set<string>();
  for (const { identity } of membersOf(group)) {
    const userId = snowflakeOf(identity);
    if (userId === undefined) return "credential-not-allowed";
    if (seen.has(userId)) return "duplicate-identity";
    seen.add(userId);
  }
  return undefined;
}

/** A Welcome and whether it is for `keyPackage`, the newest of ours. */
export function readWelcome(
  bytes: Uint8Array,
  keyPackage: KeyPackageBundle | undefined,
): { readonly welcome: Welcome; readonly forNewest: boolean } | undefined {
  const welcome = readable(() => welcomeCodec.decode(bytes));
  if (welcome === undefined) return undefined;
  const forNewest =
    keyPackage !== undefined &&
    welcome.secrets.some(({ newMember }) => equalBytes(newMember, keyPackage.ref));
  return { welcome, forNewest };
}

/** E30: our group id, exactly one extension, holding exactly op 25's external sender. */
export function joinedFault(
  group: Group,
  groupId: Uint8Array,
  externalSender: Uint8Array | undefined,
): SessionReason | undefined {
  if (!equalBytes(group.groupId, groupId)) return "other-group";
  // §3: no two members share epoch 0
  if (group.epoch === 0n) return "epoch-zero";
  const [extension, ...others] = group.extensions;
  if (extension === undefined || others.length > 0 || externalSender === undefined)
    return "external-sender-mismatch";
  const senders = readable(() => decodeExternalSenders(extension));
  const [sender, ...more] = senders ?? [];
  if (sender === undefined || more.length > 0) return "external-sender-mismatch";
  if (!equalBytes(externalSenderCodec.encode(sender), externalSender)) return "external-sender-mismatch";
  return rosterFault(group);
}
