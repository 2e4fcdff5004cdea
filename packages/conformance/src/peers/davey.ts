// @snazzah/davey as a peer: a black box behind its published types, loaded only when asked for
import { createECDH } from "node:crypto";
import type * as Davey from "@snazzah/davey";
import { type Handlers, localPeer, Named, type Peer, PeerRefusal, Unsupported } from "./peer.ts";
import { DECRYPT_CODES, ENCRYPT_CODES } from "./protocol.ts";

// Its enums are ambient `const enum`s: only the numbers exist at run time.
const MEDIA: Readonly<Record<string, number>> = { audio: 0, video: 1 };
const CODECS: Readonly<Record<string, number>> = {
  unknown: 0,
  opus: 1,
  vp8: 2,
  vp9: 3,
  h264: 4,
  h265: 5,
  av1: 6,
};
/** Passthrough to be switched off at once. */
const NO_EXPIRY = 0;

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes);
const plain = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes);

function numberOf(table: Readonly<Record<string, number>>, name: string): number {
  const value = table[name];
  if (value === undefined) throw new PeerRefusal(`no ${JSON.stringify(name)}`);
  return value;
}

function keyPairFrom(privateKey: Uint8Array): Davey.SigningKeyPair {
  const curve = createECDH("prime256v1");
  curve.setPrivateKey(bufferOf(privateKey));
  return { private: bufferOf(privateKey), public: curve.getPublicKey() };
}

interface SenderSlot {
  session: Davey.DAVESession | undefined;
  readonly codecs: Map<number, number>;
}
interface ReceiverSlot {
  session: Davey.DAVESession | undefined;
  userId: string;
}

class DaveyHandlers {
  readonly #davey: typeof Davey;
  readonly #sessions = new Named<{ session: Davey.DAVESession | undefined }>("session");
  readonly #senders = new Named<SenderSlot>("encryptor");
  readonly #receivers = new Named<ReceiverSlot>("decryptor");

  constructor(davey: typeof Davey) {
    this.#davey = davey;
  }

  #session(name: string): Davey.DAVESession {
    const { session } = this.#sessions.get(name);
    if (!session) throw new PeerRefusal(`session ${JSON.stringify(name)} was not initialised`);
    return session;
  }

  /** davey throws for what it refuses; whatever it says is a refusal, not a crash. */
  #try<T>(act: () => T): T | undefined {
    try {
      return act();
    } catch {
      return undefined;
    }
  }

  /** It shows who is in a group, but not with which signature keys. */
  #members(session: Davey.DAVESession): Record<string, Uint8Array> {
    return Object.fromEntries(session.getUserIds().map((user) => [user, new Uint8Array()]));
  }

  readonly #sessionHandlers: Handlers = {
    "session.create": ({ name }) => {
      this.#sessions.set(name, { session: undefined });
      return {};
    },
    "session.init": ({ name, version, group_id, self_user_id, signature_private_key }) => {
      this.#sessions.get(name);
      const pair = signature_private_key
        ? keyPairFrom(signature_private_key)
        : this.#davey.generateP256Keypair();
      const session = new this.#davey.DAVESession(version, self_user_id, group_id, pair);
      this.#sessions.set(name, { session });
      return { signature_private_key: plain(pair.private), signature_public_key: plain(pair.public) };
    },
    "session.set_external_sender": ({ name, external_sender }) => {
      const set = this.#try(() => {
        this.#session(name).setExternalSender(bufferOf(external_sender));
        return true;
      });
      return { has_external_sender: set === true };
    },
    "session.get_key_package": ({ name, private: exported }) => {
      if (exported) throw new Unsupported("session.get_key_package with private");
      return { key_package: plain(this.#session(name).getSerializedKeyPackage()) };
    },
    "session.process_proposals": ({ name, bytes, recognized_user_ids }) => {
      const session = this.#session(name);
      const operation = bytes[0] ?? 255;
      const body = bufferOf(bytes.subarray(1));
      const made = this.#try(() => session.processProposals(operation, body, [...recognized_user_ids]));
      const commit = made?.commit ? plain(made.commit) : null;
      const welcome = made?.welcome ? plain(made.welcome) : null;
      const commit_welcome = commit && Uint8Array.of(...commit, ...(welcome ?? []));
      return { commit, welcome, commit_welcome };
    },
    "session.process_commit": ({ name, bytes }) => {
      const session = this.#session(name);
      const done = this.#try(() => {
        session.processCommit(bufferOf(bytes));
        return true;
      });
      return { result: done ? "roster" : "failed" };
    },
    "session.process_welcome": ({ name, bytes }) => {
      const session = this.#session(name);
      const done = this.#try(() => {
        session.processWelcome(bufferOf(bytes));
        return true;
      });
      return { roster: done ? this.#members(session) : null };
    },
    "session.get_last_epoch_authenticator": ({ name }) => {
      const session = this.#session(name);
      // A pending group is private and counts for nothing.
      const authenticator = (session.epoch ?? 0n) > 0n ? session.getEpochAuthenticator() : null;
      return { epoch_authenticator: authenticator ? plain(authenticator) : new Uint8Array() };
    },
    "session.get_pairwise_fingerprint": async ({ name, version, user_id }) => ({
      fingerprint: plain(await this.#session(name).getPairwiseFingerprint(version, user_id)),
    }),
    "session.reset": ({ name }) => {
      this.#session(name).reset();
      return {};
    },
  };

  readonly #mediaHandlers: Handlers = {
    "encryptor.create": ({ name }) => {
      this.#senders.set(name, { session: undefined, codecs: new Map() });
      return {};
    },
    "encryptor.set_key_ratchet": ({ name, session }) => {
      if (session === undefined) throw new Unsupported("encryptor.set_key_ratchet with base_secret");
      this.#senders.get(name).session = this.#session(session);
      return {};
    },
    "encryptor.assign_ssrc_codec": ({ name, ssrc, codec }) => {
      this.#senders.get(name).codecs.set(ssrc, numberOf(CODECS, codec));
      return {};
    },
    "encryptor.encrypt": ({ name, media_type, ssrc, frame }) => {
      const { session, codecs } = this.#senders.get(name);
      if (!session) throw new Unsupported("an encryptor apart from a session");
      const media = numberOf(MEDIA, media_type);
      const codec = codecs.get(ssrc) ?? (media === 0 ? 1 : 0);
      const sealed = this.#try(() => session.encrypt(media, codec, bufferOf(frame)));
      return sealed
        ? { code: ENCRYPT_CODES.ok, out: plain(sealed) }
        : { code: ENCRYPT_CODES.failed, out: null };
    },
    "decryptor.create": ({ name }) => {
      this.#receivers.set(name, { session: undefined, userId: "" });
      return {};
    },
    "decryptor.transition_to_key_ratchet": ({ name, session, user_id }) => {
      if (session === undefined || user_id === undefined)
        throw new Unsupported("decryptor.transition_to_key_ratchet with base_secret");
      const slot = this.#receivers.get(name);
      slot.session = this.#session(session);
      slot.userId = user_id;
      return {};
    },
    "decryptor.transition_to_passthrough": ({ name, passthrough, expiry_s }) => {
      const { session } = this.#receivers.get(name);
      if (!session) throw new Unsupported("a decryptor apart from a session");
      session.setPassthroughMode(passthrough, passthrough ? NO_EXPIRY : expiry_s);
      return {};
    },
    "decryptor.decrypt": ({ name, media_type, frame }) => {
      const { session, userId } = this.#receivers.get(name);
      if (!session) throw new Unsupported("a decryptor apart from a session");
      const opened = this.#try(() => session.decrypt(userId, numberOf(MEDIA, media_type), bufferOf(frame)));
      return opened
        ? { code: DECRYPT_CODES.ok, out: plain(opened) }
        : { code: DECRYPT_CODES.failed, out: null };
    },
  };

  readonly #verifyHandlers: Handlers = {
    "verify.pairwise_fingerprint": async (request) => {
      const { version, user_id, public_key, other_user_id, other_public_key } = request;
      const [own, other] = [bufferOf(public_key), bufferOf(other_public_key)];
      const made = await this.#davey.generatePairwiseFingerprint(version, own, user_id, other, other_user_id);
      return { fingerprint: plain(made) };
    },
    "verify.displayable_code": ({ data, length, group }) => ({
      code: this.#try(() => this.#davey.generateDisplayableCode(bufferOf(data), length, group)) ?? null,
    }),
  };

  all(): Handlers {
    return {
      version: () => ({
        name: "davey",
        version: this.#davey.VERSION,
        max_supported_protocol_version: this.#davey.DAVE_PROTOCOL_VERSION,
      }),
      ...this.#sessionHandlers,
      ...this.#mediaHandlers,
      ...this.#verifyHandlers,
    };
  }
}

/** The peer, or undefined where the package is not installed (it is a development dependency). */
export async function daveyPeer(): Promise<Peer | undefined> {
  let davey: typeof Davey;
  try {
    davey = await import("@snazzah/davey");
  } catch {
    return undefined;
  }
  return localPeer(`davey ${davey.VERSION}`, new DaveyHandlers(davey).all());
}
