// Peer protocol 1, `session.*`, over DaveSession

import {
  DaveSession,
  HashRatchet,
  importMember,
  pairwiseFingerprint,
  processProposals,
  rosterChanges,
  snowflakeBytes,
  snowflakeOf,
} from "@puredave/dave/protocol";
import {
  type CryptoProvider,
  createCryptoProvider,
  createKeyPackage,
  type Group,
  type KeyPackageBundle,
} from "@puredave/mls";
import { toHex } from "../../bytes.ts";
import { type Handlers, Named, PeerRefusal } from "../peer.ts";

const VERSION = 1;
const TAKEN = ["stored", "replaced", "unchanged"];

/** Keys of the hash ratchet by generation; asked for in any order, walked upwards. */
export function ratchetKeys(crypto: CryptoProvider, base: Uint8Array, generations: readonly number[]) {
  const ratchet = new HashRatchet(crypto, base);
  const keys: Record<string, Uint8Array> = {};
  for (const generation of [...generations].sort((a, b) => a - b)) {
    const key = ratchet.key(generation);
    if (!key) throw new PeerRefusal(`no key for generation ${generation}`);
    keys[generation] = Uint8Array.from(key);
  }
  return keys;
}

const record = (map: ReadonlyMap<string, Uint8Array>): Record<string, Uint8Array> => Object.fromEntries(map);

function stateOf(group: Group) {
  return {
    epoch: Number(group.epoch),
    own_leaf_index: group.ownLeafIndex,
    leaves: group.members.map((member) => ({
      index: member.leafIndex,
      user_id: snowflakeOf(member.identity),
      signature_key: toHex(member.signatureKey),
    })),
    tree_hash: toHex(group.treeHash),
    confirmed_transcript_hash: toHex(group.confirmedTranscriptHash),
    group_context: toHex(group.groupContext),
  };
}

/** A session under a name: before `session.init` there is none behind it. */
interface Slot {
  session: DaveSession | undefined;
  userId: string;
  hasExternalSender: boolean;
  /** One that came before `session.init`, for the session to come. */
  waiting: Uint8Array | undefined;
}

export class Sessions {
  readonly #crypto = createCryptoProvider();
  readonly #slots = new Named<Slot>("session");

  session(name: string): DaveSession {
    const { session } = this.#slots.get(name);
    if (!session) throw new PeerRefusal(`session ${JSON.stringify(name)} was not initialised`);
    return session;
  }

  /** Only a group that others share counts; the pending one is private (§3). */
  #established(name: string): Group | undefined {
    const { session } = this.#slots.get(name);
    return session?.established ? session.group : undefined;
  }

  #open(name: string, userId: string, channelId: string, signaturePrivateKey?: Uint8Array): DaveSession {
    const session = new DaveSession({
      userId,
      channelId,
      crypto: this.#crypto,
      ...(signaturePrivateKey ? { signaturePrivateKey } : {}),
    });
    this.#slots.set(name, { session, userId, hasExternalSender: false, waiting: undefined });
    return session;
  }

  #takeExternalSender(name: string, bytes: Uint8Array): boolean {
    const session = this.session(name);
    const slot = this.#slots.get(name);
    const { outcome } = session.setExternalSender(bytes);
    slot.hasExternalSender ||= TAKEN.includes(outcome);
    session.startPendingGroup();
    return slot.hasExternalSender;
  }

  /** A key package whose private keys may be shown: made here and given to the session. */
  #exportable(name: string): KeyPackageBundle {
    const session = this.session(name);
    const bundle = createKeyPackage(this.#crypto, {
      identity: snowflakeBytes(this.#slots.get(name).userId),
      signatureKeyPair: session.signatureKeyPair,
    });
    importMember(session, {
      keyPackage: bundle.bytes,
      initPrivateKey: bundle.initPrivateKey,
      leafPrivateKey: bundle.leafPrivateKey,
    });
    return bundle;
  }

  baseSecret(name: string, userId: string): Uint8Array | null {
    return this.#established(name) ? (this.session(name).baseSecret(userId) ?? null) : null;
  }

  readonly handlers: Handlers = {
    "session.create": ({ name }) => {
      this.#slots.set(name, {
        session: undefined,
        userId: "0",
        hasExternalSender: false,
        waiting: undefined,
      });
      return {};
    },
    "session.init": ({ name, version, group_id, self_user_id, signature_private_key }) => {
      const { waiting } = this.#slots.get(name);
      if (version !== VERSION) throw new PeerRefusal(`protocol version ${version} is not spoken here`);
      const { signatureKeyPair } = this.#open(name, self_user_id, group_id, signature_private_key);
      if (waiting) this.#takeExternalSender(name, waiting);
      return {
        signature_private_key: signatureKeyPair.privateKey,
        signature_public_key: signatureKeyPair.publicKey,
      };
    },
    "session.set_external_sender": ({ name, external_sender }) => {
      const slot = this.#slots.get(name);
      if (slot.session) return { has_external_sender: this.#takeExternalSender(name, external_sender) };
      slot.waiting = external_sender;
      return { has_external_sender: true };
    },
    "session.get_key_package": ({ name, private: exported }) => {
      if (!exported) return { key_package: this.session(name).createKeyPackage() };
      const bundle = this.#exportable(name);
      return {
        key_package: bundle.bytes,
        init_private_key: bundle.initPrivateKey,
        leaf_private_key: bundle.leafPrivateKey,
        signature_private_key: bundle.signatureKeyPair.privateKey,
      };
    },
    "session.import_member": (request) => {
      const { name, self_user_id, group_id, signature_private_key } = request;
      const session = this.#open(name, self_user_id, group_id, signature_private_key);
      session.setExternalSender(request.external_sender);
      session.startPendingGroup();
      importMember(session, {
        keyPackage: request.key_package,
        initPrivateKey: request.init_private_key,
        leafPrivateKey: request.leaf_private_key,
      });
      return {};
    },
    "session.process_proposals": ({ name, bytes, recognized_user_ids }) => {
      const result = processProposals(this.session(name), bytes, recognized_user_ids);
      if (result.outcome !== "commit") return { commit: null, welcome: null, commit_welcome: null };
      return { commit: result.commit, welcome: result.welcome ?? null, commit_welcome: result.commitWelcome };
    },
    "session.process_commit": ({ name, bytes }) => {
      const session = this.session(name);
      const before = session.roster;
      const result = session.processCommit(bytes);
      if (result.outcome === "adopted")
        return { result: "roster", roster: record(rosterChanges(before, result.roster)) };
      if (result.outcome === "removed")
        return { result: "roster", roster: { [this.#slots.get(name).userId]: new Uint8Array() } };
      return { result: result.outcome === "ignored" ? "ignored" : "failed" };
    },
    "session.process_welcome": ({ name, bytes, recognized_user_ids }) => {
      const result = this.session(name).processWelcome(bytes, recognized_user_ids);
      return { roster: result.outcome === "joined" ? record(result.roster) : null };
    },
    "session.get_last_epoch_authenticator": ({ name }) => ({
      epoch_authenticator: this.#established(name)?.epochAuthenticator ?? new Uint8Array(),
    }),
    "session.get_key_ratchet": ({ name, user_id, generations = [] }) => {
      const base = this.baseSecret(name, user_id);
      if (!base) return { base_secret: null, keys: null };
      return { base_secret: base, keys: ratchetKeys(this.#crypto, base, generations) };
    },
    "session.get_pairwise_fingerprint": ({ name, version, user_id }) => {
      const other = this.#established(name) && this.session(name).roster.get(user_id);
      if (version !== 0 || !other) return { fingerprint: new Uint8Array() };
      const self = {
        userId: this.#slots.get(name).userId,
        publicKey: this.session(name).signatureKeyPair.publicKey,
      };
      return { fingerprint: pairwiseFingerprint(self, { userId: user_id, publicKey: other }) };
    },
    "session.state": ({ name }) => {
      const group = this.#established(name);
      return { current: group ? stateOf(group) : null };
    },
    "session.reset": ({ name }) => {
      this.session(name).reset();
      return {};
    },
  };
}
