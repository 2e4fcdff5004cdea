// RFC 9420 §11 Group creation: one member, epoch 0.
import { abytes, EMPTY } from "../bytes.ts";
import { generateKeyPair } from "../crypto/hpke.ts";
import { CIPHER_SUITE, type CryptoProvider, NH } from "../crypto/provider.ts";
import { Secret } from "../crypto/secret.ts";
import { misuse } from "../errors.ts";
import { type Extension, extensionsCodec, validateContextExtensions } from "../messages/extension.ts";
import { type GroupContext, groupContextCodec, MLS10 } from "../messages/group-context.ts";
import { secretsFromEpochSecret } from "../schedule/key-schedule.ts";
import { confirmationTag, interimTranscriptHash } from "../schedule/transcript.ts";
import { signLeafNode, validateLeaves } from "../tree/leaf-node.ts";
import { RatchetTree } from "../tree/ratchet-tree.ts";
import { freshLeaf, type MemberOptions } from "./key-package.ts";
import { basicFeatures } from "./proposals.ts";
import type { Features, GroupState } from "./state.ts";

/** What {@link Group.create} needs: the founder, the id and the extensions. */
export interface CreateOptions extends MemberOptions {
  /** Any length. */
  readonly groupId: Uint8Array;
  /** Group context extensions. */
  readonly extensions: readonly Extension[];
  /** Default: Add and Remove in PublicMessages. */
  readonly features?: Features;
}

export function createGroup(crypto: CryptoProvider, options: CreateOptions): GroupState {
  abytes(options?.groupId, "groupId");
  misuse(Array.isArray(options.extensions), "extensions", "an array");
  const extensions = extensionsCodec.decode(extensionsCodec.encode([...options.extensions]));
  validateContextExtensions(extensions);
  const pair = generateKeyPair(crypto);
  const signatureKey = options.signatureKeyPair?.privateKey;
  const leaf = signLeafNode(crypto, signatureKey, freshLeaf(options, pair.publicKey));
  const tree = RatchetTree.single(leaf);
  validateLeaves(tree, extensions);
  const context: GroupContext = {
    version: MLS10,
    cipherSuite: CIPHER_SUITE,
    groupId: new Uint8Array(options.groupId),
    epoch: 0n,
    treeHash: tree.treeHash(crypto),
    confirmedTranscriptHash: EMPTY,
    extensions,
  };
  const epochSecret = crypto.randomBytes(NH);
  const secrets = secretsFromEpochSecret(crypto, epochSecret);
  epochSecret.fill(0);
  const tag = confirmationTag(crypto, secrets.confirmation.bytes, EMPTY);
  return {
    crypto,
    features: options.features ?? basicFeatures,
    context,
    encodedContext: groupContextCodec.encode(context),
    tree,
    confirmationTag: tag,
    interimTranscriptHash: interimTranscriptHash(crypto, EMPTY, tag),
    secrets,
    ownLeaf: 0,
    signatureKey: new Secret<"signature">(new Uint8Array(signatureKey)),
    privateKeys: new Map([[0, new Secret<"hpke">(pair.privateKey)]]),
    received: new WeakSet(),
    verified: new Set(),
  };
}
