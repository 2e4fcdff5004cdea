// RFC 9420 §12.4.1, §12.4.3 Making GroupInfo and Welcome.
import { EMPTY } from "../bytes.ts";
import { encryptWithLabel, signWithLabel } from "../crypto/labels.ts";
import { wipe } from "../crypto/secret.ts";
import { InternalError } from "../errors.ts";
import { EXTENSION } from "../messages/extension.ts";
import { type GroupInfo, groupInfoCodec, groupInfoContentCodec } from "../messages/group-info.ts";
import { type EncryptedGroupSecrets, groupSecretsCodec, welcomeCodec } from "../messages/welcome.ts";
import { welcomeKey } from "../schedule/key-schedule.ts";
import { commonAncestor, leafToNode } from "../tree/math.ts";
import { ratchetTreeCodec } from "../tree/nodes.ts";
import type { PathStep } from "../tree/treekem.ts";
import { keyPackageRef } from "./key-package.ts";
import type { GroupState, ProvisionalEpoch } from "./state.ts";

/** Label of the GroupInfo signature. */
export const GROUP_INFO = "GroupInfoTBS";

/** §12.4.3 signed GroupInfo of a state, with the ratchet tree in it. */
export function createGroupInfo(state: GroupState): GroupInfo {
  const extensionData = ratchetTreeCodec.encode(state.tree.toWire());
  const content = {
    groupContext: state.context,
    extensions: [{ extensionType: EXTENSION.ratchetTree, extensionData }],
    confirmationTag: state.confirmationTag,
    signer: state.ownLeaf,
  };
  const tbs = groupInfoContentCodec.encode(content);
  return { ...content, signature: signWithLabel(state.crypto, state.signatureKey.bytes, GROUP_INFO, tbs) };
}

/** `encrypted_group_info` of the new state. */
export function sealGroupInfo(state: GroupState, member: Uint8Array): Uint8Array {
  const info = groupInfoCodec.encode(createGroupInfo(state));
  const { key, nonce } = welcomeKey(state.crypto, member);
  const sealed = state.crypto.seal(key, nonce, EMPTY, info);
  wipe(key, nonce);
  return sealed;
}

/** The bare Welcome for all members that the draft adds. */
export function createWelcome(
  draft: ProvisionalEpoch,
  path: { readonly steps: readonly PathStep[]; readonly secrets: readonly Uint8Array[] },
  joiner: Uint8Array,
  encryptedGroupInfo: Uint8Array,
): Uint8Array {
  const { crypto, context } = draft.state;
  const secrets = draft.added.map(({ leafIndex, keyPackage }): EncryptedGroupSecrets => {
    const pathSecret = sharedPathSecret(draft, path, leafIndex);
    const groupSecrets = draft.toWipe(
      groupSecretsCodec.encode({
        joinerSecret: joiner,
        psks: [...draft.psks.values()],
        ...(pathSecret && { pathSecret }),
      }),
    );
    const sealed = encryptWithLabel(crypto, keyPackage.initKey, "Welcome", encryptedGroupInfo, groupSecrets);
    return { newMember: keyPackageRef(crypto, keyPackage), encryptedGroupSecrets: sealed };
  });
  return welcomeCodec.encode({ cipherSuite: context.cipherSuite, secrets, encryptedGroupInfo });
}

/** The path secret of the lowest node above both committer and new member. */
function sharedPathSecret(
  draft: ProvisionalEpoch,
  path: { readonly steps: readonly PathStep[]; readonly secrets: readonly Uint8Array[] },
  leafIndex: number,
): Uint8Array | undefined {
  if (path.steps.length === 0) return undefined;
  const ancestor = commonAncestor(leafToNode(draft.committer), leafToNode(leafIndex));
  const index = path.steps.findIndex(({ node }) => node === ancestor);
  if (index < 0) throw new InternalError("a new leaf makes its copath nodes count");
  return path.secrets[index];
}
