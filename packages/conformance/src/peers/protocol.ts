// Peer protocol 1: every command with the fields of its request and answer, once, for types and for the wire
import {
  boolean,
  bytes,
  bytesList,
  bytesMap,
  data,
  dataList,
  type Fields,
  id,
  ids,
  nullable,
  number,
  numbers,
  optional,
  pairs,
  sentList,
  text,
  type ValueOf,
} from "./kinds.ts";

const named = { name: text } as const;
const outcomes = { sent: sentList, events: dataList, state: text, ready: boolean } as const;
const member = {
  group_id: id,
  self_user_id: id,
  external_sender: bytes,
  signature_private_key: bytes,
} as const;
const keySource = { base_secret: optional(bytes), session: optional(text), user_id: optional(id) } as const;
const command = <Q extends Fields, A extends Fields>(request: Q, answer: A) => ({ request, answer });

/** Bytes are lowercase hex on the wire, user and group ids decimal strings. */
export const COMMANDS = {
  version: command({}, { name: text, version: text, max_supported_protocol_version: number }),

  "session.create": command(named, {}),
  "session.init": command(
    { ...named, version: number, group_id: id, self_user_id: id, signature_private_key: optional(bytes) },
    { signature_private_key: bytes, signature_public_key: bytes },
  ),
  "session.set_external_sender": command(
    { ...named, external_sender: bytes },
    { has_external_sender: boolean },
  ),
  "session.get_key_package": command(
    { ...named, private: optional(boolean) },
    {
      key_package: bytes,
      init_private_key: optional(bytes),
      leaf_private_key: optional(bytes),
      signature_private_key: optional(bytes),
    },
  ),
  "session.import_member": command(
    { ...named, ...member, key_package: bytes, init_private_key: bytes, leaf_private_key: bytes },
    {},
  ),
  "session.process_proposals": command(
    { ...named, bytes, recognized_user_ids: ids },
    { commit: nullable(bytes), welcome: nullable(bytes), commit_welcome: nullable(bytes) },
  ),
  "session.process_commit": command(
    { ...named, bytes },
    { result: text, roster: optional(nullable(bytesMap)) },
  ),
  "session.process_welcome": command(
    { ...named, bytes, recognized_user_ids: ids },
    { roster: nullable(bytesMap) },
  ),
  "session.get_last_epoch_authenticator": command(named, { epoch_authenticator: bytes }),
  "session.get_key_ratchet": command(
    { ...named, user_id: id, generations: optional(numbers) },
    { base_secret: nullable(bytes), keys: optional(nullable(bytesMap)) },
  ),
  "session.get_pairwise_fingerprint": command(
    { ...named, version: number, user_id: id },
    { fingerprint: bytes },
  ),
  "session.state": command(named, { current: nullable(data) }),
  "session.reset": command(named, {}),

  "gateway.create": command(
    { ...named, group_id: id, signature_private_key: optional(bytes) },
    { external_sender: bytes },
  ),
  "gateway.propose_add": command(
    { ...named, epoch: number, key_package: bytes },
    { message: bytes, proposals: bytes, ref: bytes },
  ),
  "gateway.propose_remove": command(
    { ...named, epoch: number, index: number },
    { message: bytes, proposals: bytes, ref: bytes },
  ),
  "proposals.append": command({ messages: bytesList }, { proposals: bytes }),
  "proposals.revoke": command({ refs: bytesList }, { proposals: bytes }),

  "ratchet.keys": command({ base_secret: bytes, generations: numbers }, { keys: bytesMap }),
  "cryptor.encrypt": command(
    { key: bytes, nonce: bytes, aad: bytes, plaintext: bytes },
    { success: boolean, ciphertext: optional(nullable(bytes)), tag: optional(nullable(bytes)) },
  ),
  "cryptor.decrypt": command(
    { key: bytes, nonce: bytes, aad: bytes, ciphertext: bytes, tag: bytes },
    { success: boolean, plaintext: optional(nullable(bytes)) },
  ),
  process_frame: command(
    { codec: text, frame: bytes },
    { unencrypted_ranges: pairs, unencrypted: bytes, encrypted: bytes, transformed: bytes },
  ),
  parse_frame: command(
    { frame: bytes },
    {
      is_encrypted: boolean,
      tag: optional(bytes),
      nonce: optional(number),
      ranges: optional(pairs),
      authenticated: optional(bytes),
      ciphertext: optional(bytes),
    },
  ),

  "encryptor.create": command(named, {}),
  "encryptor.set_key_ratchet": command({ ...named, ...keySource }, {}),
  "encryptor.assign_ssrc_codec": command({ ...named, ssrc: number, codec: text }, {}),
  "encryptor.set_nonce": command({ ...named, nonce: number }, {}),
  "encryptor.set_passthrough": command({ ...named, passthrough: boolean }, {}),
  "encryptor.encrypt": command(
    { ...named, media_type: text, ssrc: number, frame: bytes },
    {
      code: number,
      out: optional(nullable(bytes)),
      nonce: optional(nullable(number)),
      generation: optional(nullable(number)),
      attempts: optional(nullable(number)),
    },
  ),
  "decryptor.create": command({ ...named, s: optional(number), floor: optional(text) }, {}),
  "decryptor.transition_to_key_ratchet": command({ ...named, ...keySource, expiry_s: number }, {}),
  "decryptor.transition_to_passthrough": command({ ...named, passthrough: boolean, expiry_s: number }, {}),
  "decryptor.decrypt": command(
    { ...named, media_type: text, frame: bytes },
    { code: number, out: nullable(bytes) },
  ),
  "decryptor.advance_clock": command({ ...named, ms: number }, {}),

  // Beyond peer protocol 1, optional as every command: codes of other people's keys, gateway messages by themselves.
  "verify.pairwise_fingerprint": command(
    { version: number, user_id: id, public_key: bytes, other_user_id: id, other_public_key: bytes },
    { fingerprint: bytes },
  ),
  "verify.displayable_code": command(
    { data: bytes, length: number, group: number },
    { code: nullable(text) },
  ),
  "message.decode": command(
    { from: text, text: optional(text), binary: optional(bytes) },
    { accepted: boolean, message: optional(nullable(data)) },
  ),
  "message.encode": command({ from: text, message: data }, { text: optional(text), binary: optional(bytes) }),

  "client.create": command({ ...named, user_id: id, channel_id: id, clock_ms: number }, outcomes),
  "client.receive": command({ ...named, text: optional(text), binary: optional(bytes) }, outcomes),
  "client.advance_clock": command({ ...named, ms: number }, outcomes),
  "client.connection": command({ ...named, state: text }, outcomes),
  "client.recover": command(named, outcomes),
  "client.assign_ssrc_codec": command({ ...named, ssrc: number, codec: text }, outcomes),
  "client.encrypt": command(
    { ...named, media_type: text, ssrc: number, frame: bytes },
    { outcome: text, out: nullable(bytes), ...outcomes },
  ),
  "client.decrypt": command(
    { ...named, user_id: id, media_type: text, frame: bytes },
    { outcome: text, out: nullable(bytes), ...outcomes },
  ),
} as const;

export type CommandName = keyof typeof COMMANDS;
export type Request<C extends CommandName> = ValueOf<(typeof COMMANDS)[C]["request"]>;
export type Answer<C extends CommandName> = ValueOf<(typeof COMMANDS)[C]["answer"]>;

/** decryptor.decrypt and encryptor.encrypt answer with these numbers. */
export const ENCRYPT_CODES = { ok: 0, failed: 1, noKey: 2, noCipher: 3, tooManyAttempts: 4 } as const;
export const DECRYPT_CODES = { ok: 0, failed: 1, noKey: 2, replayed: 3, noCipher: 4 } as const;
