// key-schedule: from epoch to epoch, group context, joiner, welcome and all derived secrets, external key, exporter.
import { expect } from "vitest";
import * as mls from "../../src/internals.ts";
import { bytes, type Json, rfcVectors } from "../support/vectors.ts";

const NAMES = {
  init: "init_secret",
  senderData: "sender_data_secret",
  encryption: "encryption_secret",
  exporter: "exporter_secret",
  authentication: "epoch_authenticator",
  external: "external_secret",
  confirmation: "confirmation_key",
  membership: "membership_key",
  resumption: "resumption_psk",
} as const;

rfcVectors("key-schedule", (v: Json, crypto) => {
  let init = bytes(v.initial_init_secret);
  v.epochs.forEach((epoch: Json, index: number) => {
    const context = mls.groupContextCodec.encode({
      version: 1,
      cipherSuite: v.cipher_suite,
      groupId: bytes(v.group_id),
      epoch: BigInt(index),
      treeHash: bytes(epoch.tree_hash),
      confirmedTranscriptHash: bytes(epoch.confirmed_transcript_hash),
      extensions: [],
    });
    expect(mls.hex(context)).toBe(epoch.group_context);
    const joiner = mls.joinerSecret(crypto, init, bytes(epoch.commit_secret), context);
    expect(mls.hex(joiner)).toBe(epoch.joiner_secret);
    const member = mls.memberSecret(crypto, joiner, bytes(epoch.psk_secret));
    expect(mls.hex(mls.deriveSecret(crypto, member, "welcome"))).toBe(epoch.welcome_secret);
    const secrets = mls.epochSecrets(crypto, member, context);
    for (const [name, field] of Object.entries(NAMES)) {
      expect([field, mls.hex(secrets[name as keyof typeof NAMES].bytes)]).toEqual([field, epoch[field]]);
    }
    const external = mls.deriveKeyPair(crypto, secrets.external.bytes);
    expect(mls.hex(external.publicKey)).toBe(epoch.external_pub);
    const { label, context: exportContext, length, secret } = epoch.exporter;
    const exported = mls.exportSecret(crypto, secrets.exporter.bytes, label, bytes(exportContext), length);
    expect(mls.hex(exported)).toBe(secret);
    init = secrets.init.bytes;
  });
});
