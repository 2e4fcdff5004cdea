// Everything of RFC 9420 that this package understands, as one set of features.
import { basicFeatures } from "../group/proposals.ts";
import type { Features, GroupState } from "../group/state.ts";
import type { LeafPolicy } from "../tree/leaf-node.ts";
import { externalCommit, externalInitHandler } from "./external-commit.ts";
import { groupContextExtensionsHandler } from "./group-context-extensions.ts";
import { MessageKeyStore, openApplication, sealApplication } from "./private-message.ts";
import { type PskStore, pskHandler, pskSecretFrom, validateWelcomePsks } from "./psk.ts";
import { reInitHandler } from "./reinit.ts";
import { createUpdate, type PendingUpdates, updateHandler } from "./update.ts";

export interface FullFeatures extends Features {
  /** An Update of our leaf, as an MLSMessage. */
  createUpdate(group: { readonly state: GroupState }): Uint8Array;
  /** Application data in a PrivateMessage. */
  sealApplication(group: { readonly state: GroupState }, data: Uint8Array, padding?: number): Uint8Array;
  openApplication(
    group: { readonly state: GroupState },
    message: Uint8Array,
  ): { sender: number; applicationData: Uint8Array };
}

/** Update, PreSharedKey, ReInit, ExternalInit, GroupContextExtensions, PrivateMessage, for one member of one group. */
export function fullFeatures(options: { psks?: PskStore; policy?: LeafPolicy } = {}): FullFeatures {
  const { psks = {}, policy = {} } = options;
  const pending: PendingUpdates = new Map();
  const messages = new MessageKeyStore();
  return {
    proposals: {
      ...basicFeatures.proposals,
      update: updateHandler(pending),
      psk: pskHandler,
      reinit: reInitHandler,
      external_init: externalInitHandler,
      group_context_extensions: groupContextExtensionsHandler,
    },
    openPrivate: messages.open,
    pskSecret: pskSecretFrom(psks),
    validateWelcome: validateWelcomePsks,
    externalCommit,
    policy,
    close: messages.close,
    createUpdate: ({ state }) => createUpdate(state, pending),
    sealApplication: ({ state }, data, padding) => sealApplication(messages, state, data, padding),
    openApplication: ({ state }, message) => openApplication(state, message),
  };
}
