// RFC 9420 §6.3 PrivateMessages of a group: handshake messages to open, application messages to send and open.
import { EMPTY } from "../bytes.ts";
import { misuse } from "../errors.ts";
import type { FramedContent, Sender } from "../framing/content.ts";
import { mlsMessageCodec, type PrivateMessage } from "../framing/message.ts";
import {
  type MessageKeys,
  type OpenedPrivate,
  openPrivateMessage,
  sealPrivateMessage,
} from "../framing/private-message.ts";
import { signContent } from "../framing/sign.ts";
import { openMessage, readMessage } from "../group/receive.ts";
import type { GroupState } from "../group/state.ts";
import { SecretTree } from "../schedule/secret-tree.ts";

/** The secret trees of live states. A tree forgets what it used, so each state has one and keeps it. */
export class MessageKeyStore {
  readonly #trees = new WeakMap<GroupState, SecretTree>();

  of(state: GroupState): MessageKeys {
    let secretTree = this.#trees.get(state);
    if (!secretTree) {
      secretTree = new SecretTree(state.crypto, state.tree.leafCount, state.secrets.encryption.bytes);
      // §9.2: the encryption secret is consumed.
      state.secrets.encryption.release();
      this.#trees.set(state, secretTree);
    }
    return { secretTree, senderDataSecret: state.secrets.senderData.bytes };
  }

  readonly open = (state: GroupState, message: PrivateMessage): OpenedPrivate => {
    const isMember = (leafIndex: number) => state.tree.leaf(leafIndex) !== undefined;
    const { crypto, ownLeaf } = state;
    return openPrivateMessage(crypto, this.of(state), message, { ownLeaf, isMember });
  };

  readonly close = (state: GroupState): void => this.#trees.get(state)?.close();
}

/** Seals application data: an MLSMessage with a PrivateMessage; `padding` zero bytes are added. */
export function sealApplication(
  store: MessageKeyStore,
  state: GroupState,
  applicationData: Uint8Array,
  padding = 0,
): Uint8Array {
  const { crypto, context, encodedContext, ownLeaf } = state;
  const content: FramedContent = {
    groupId: context.groupId,
    epoch: context.epoch,
    sender: { senderType: "member", leafIndex: ownLeaf },
    authenticatedData: EMPTY,
    contentType: "application",
    applicationData,
  };
  const wireFormat = "mls_private_message";
  const signature = signContent(crypto, state.signatureKey.bytes, wireFormat, content, encodedContext);
  const signed = { wireFormat, content, auth: { signature } } as const;
  const privateMessage = sealPrivateMessage(crypto, store.of(state), signed, padding);
  return mlsMessageCodec.encode({ version: 1, wireFormat, privateMessage });
}

/** Opens application data of another member. */
export function openApplication(
  state: GroupState,
  message: Uint8Array,
): { sender: number; applicationData: Uint8Array } {
  misuse(state.features.openPrivate !== undefined, "group", "one that was made with PrivateMessages");
  const { content } = openMessage(state, readMessage(message), "application");
  // PrivateMessages have no senders but members.
  const { leafIndex } = content.sender as Extract<Sender, { senderType: "member" }>;
  return { sender: leafIndex, applicationData: content.applicationData };
}
