// RFC 9420 §12.4: passive-client-*: joins by a Welcome, then follows the commits of others
import type { Group } from "@puredave/mls";
import type { CaseContext, Suite } from "../../runner/suite.ts";
import { asBytes, type Fields } from "../../vectors/case.ts";
import { toHex, VectorError } from "../../vectors/fields.ts";
import { type MlsCase, mlsCase } from "./support.ts";

function features({ mls }: MlsCase, { vector }: CaseContext) {
  const resumption = new mls.ResumptionKeys();
  const external = new Map(
    vector.maps("external_psks").map((psk) => [toHex(psk.bytes("psk_id")), psk.bytes("psk")]),
  );
  const psks = { external: (id: Uint8Array) => external.get(toHex(id)), resumption: resumption.find };
  return { resumption, features: mls.fullFeatures({ psks }) };
}

function join(base: MlsCase, run: CaseContext, support: ReturnType<typeof features>): Group {
  const { mls, crypto } = base;
  const { vector } = run;
  const packed = mls.mlsMessageCodec.decode(vector.bytes("key_package"));
  const welcome = mls.mlsMessageCodec.decode(vector.bytes("welcome"));
  if (packed.wireFormat !== "mls_key_package" || welcome.wireFormat !== "mls_welcome")
    throw new VectorError("malformed vector: key_package and welcome are MLSMessages of these kinds");
  const keyPackage = mls.importKeyPackage(crypto, {
    keyPackage: mls.keyPackageCodec.encode(packed.keyPackage),
    initPrivateKey: vector.bytes("init_priv"),
    leafPrivateKey: vector.bytes("encryption_priv"),
    signaturePrivateKey: vector.bytes("signature_priv"),
  });
  return mls.Group.join(crypto, {
    welcome: mls.welcomeCodec.encode(welcome.welcome),
    keyPackage,
    features: support.features,
    ...(vector.has("ratchet_tree") ? { ratchetTree: vector.bytes("ratchet_tree") } : {}),
  });
}

function follow(group: Group, epoch: Fields): Group {
  const proposals = epoch
    .list("proposals")
    .map((message, at) => group.receiveProposal(asBytes(message, `${epoch.path}.proposals[${at}]`)));
  const processed = group.processCommit(epoch.bytes("commit"), proposals);
  if (processed.outcome !== "next")
    throw new VectorError(`malformed vector: ${epoch.path} removes the client`);
  group.close();
  return processed.group;
}

const passiveClient = (name: string, title: string): Suite => ({
  name,
  title,
  rules: ["RFC 9420 §12.4.2", "RFC 9420 §12.4.3.1"],
  run(context) {
    const base = mlsCase(context);
    const { vector, check } = context;
    const support = features(base, context);
    let group = join(base, context, support);
    const initial = vector.bytes("initial_epoch_authenticator");
    check.bytes("epoch authenticator of the Welcome", group.epochAuthenticator, initial, "RFC 9420 §8.7");
    for (const epoch of vector.maps("epochs")) {
      support.resumption.remember(group.groupId, group.epoch, group.state.secrets.resumption.bytes);
      group = follow(group, epoch);
      const expected = epoch.bytes("epoch_authenticator");
      check.bytes(`${epoch.path}.epoch_authenticator`, group.epochAuthenticator, expected, "RFC 9420 §8.7");
    }
  },
});

export const passiveClients: readonly Suite[] = [
  passiveClient("passive-client-welcome", "Joining as a passive client"),
  passiveClient("passive-client-handling-commit", "Following commits as a passive client"),
  passiveClient("passive-client-random", "Following a random group as a passive client"),
];
