// RFC 9420 §8: key-schedule, transcript-hashes, psk_secret
import type { CaseContext, Suite } from "../../runner/suite.ts";
import type { Fields } from "../../vectors/case.ts";
import { groupContext, type MlsCase, mlsCase } from "./support.ts";

/** Field of the vector by the name of the epoch's secret (Table 4). */
const EPOCH_SECRETS = {
  senderData: "sender_data_secret",
  encryption: "encryption_secret",
  exporter: "exporter_secret",
  external: "external_secret",
  confirmation: "confirmation_key",
  membership: "membership_key",
  resumption: "resumption_psk",
  authentication: "epoch_authenticator",
  init: "init_secret",
} as const;

function checkExporter(
  { mls, crypto }: MlsCase,
  { check }: CaseContext,
  epoch: Fields,
  exporter: Uint8Array,
): void {
  const request = epoch.map("exporter");
  const [label, context, length] = [request.text("label"), request.bytes("context"), request.int("length")];
  const exported = mls.exportSecret(crypto, exporter, label, context, length);
  check.bytes(`${request.path}.secret`, exported, request.bytes("secret"), "RFC 9420 §8.5");
}

/** One epoch from the init secret of the one before; returns its own. */
function epochStep(
  base: MlsCase,
  run: CaseContext,
  epoch: Fields,
  number: number,
  init: Uint8Array,
): Uint8Array {
  const { mls, crypto } = base;
  const { check, vector } = run;
  const context = groupContext(base, {
    groupId: vector.bytes("group_id"),
    epoch: number,
    treeHash: epoch.bytes("tree_hash"),
    confirmedTranscriptHash: epoch.bytes("confirmed_transcript_hash"),
  });
  check.bytes(`${epoch.path}.group_context`, context, epoch.bytes("group_context"), "RFC 9420 §8.1");
  const joiner = mls.joinerSecret(crypto, init, epoch.bytes("commit_secret"), context);
  check.bytes(`${epoch.path}.joiner_secret`, joiner, epoch.bytes("joiner_secret"));
  const member = mls.memberSecret(crypto, joiner, epoch.bytes("psk_secret"));
  const welcome = mls.deriveSecret(crypto, member, "welcome");
  check.bytes(`${epoch.path}.welcome_secret`, welcome, epoch.bytes("welcome_secret"));
  const secrets = mls.epochSecrets(crypto, member, context);
  for (const [name, field] of Object.entries(EPOCH_SECRETS) as [keyof typeof EPOCH_SECRETS, string][])
    check.bytes(`${epoch.path}.${field}`, secrets[name].bytes, epoch.bytes(field));
  const external = mls.deriveKeyPair(crypto, secrets.external.bytes).publicKey;
  check.bytes(`${epoch.path}.external_pub`, external, epoch.bytes("external_pub"), "RFC 9420 §8.3");
  checkExporter(base, run, epoch, secrets.exporter.bytes);
  return Uint8Array.from(secrets.init.bytes);
}

export const keySchedule: Suite = {
  name: "key-schedule",
  title: "Every secret of an epoch, epoch after epoch",
  rules: ["RFC 9420 §8", "RFC 9420 §8.1", "RFC 9420 §8.3", "RFC 9420 §8.5"],
  run(context) {
    const base = mlsCase(context);
    let init = context.vector.bytes("initial_init_secret");
    context.vector.maps("epochs").forEach((epoch, number) => {
      init = epochStep(base, context, epoch, number, init);
    });
  },
};

export const transcriptHashes: Suite = {
  name: "transcript-hashes",
  title: "Confirmed and interim transcript hashes, confirmation tag",
  rules: ["RFC 9420 §8.2", "RFC 9420 §6.1"],
  run(context) {
    const { mls, crypto } = mlsCase(context);
    const { vector, check } = context;
    const bytes = vector.bytes("authenticated_content");
    const { wireFormat, content, auth } = mls.authenticatedContentCodec.decode(bytes);
    const encoded = mls.authenticatedContentCodec.encode({ wireFormat, content, auth });
    check.bytes("the content encoded again", encoded, bytes);
    check.equal("content type", content.contentType, "commit");
    const commit = { wireFormat, content, signature: auth.signature };
    const confirmed = mls.confirmedTranscriptHash(
      crypto,
      vector.bytes("interim_transcript_hash_before"),
      commit,
    );
    check.bytes("confirmed transcript hash", confirmed, vector.bytes("confirmed_transcript_hash_after"));
    const tag = mls.confirmationTag(crypto, vector.bytes("confirmation_key"), confirmed);
    check.bytes("confirmation tag", auth.confirmationTag, tag, "RFC 9420 §6.1");
    const interim = mls.interimTranscriptHash(crypto, confirmed, tag);
    check.bytes("interim transcript hash", interim, vector.bytes("interim_transcript_hash_after"));
  },
};

export const pskSecret: Suite = {
  name: "psk_secret",
  title: "Pre-shared keys combined",
  rules: ["RFC 9420 §8.4"],
  run(context) {
    const { mls, crypto } = mlsCase(context);
    const psks = context.vector.maps("psks").map((psk) => ({
      id: { pskType: "external", pskId: psk.bytes("psk_id"), pskNonce: psk.bytes("psk_nonce") } as const,
      psk: psk.bytes("psk"),
    }));
    context.check.bytes("psk_secret", mls.pskSecret(crypto, psks), context.vector.bytes("psk_secret"));
  },
};
