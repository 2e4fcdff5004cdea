// passive-client-*: joins by a Welcome, then follows the group through proposals and commits of others.
import { expect } from "vitest";
import * as mls from "../../src/internals.ts";
import { bytes, type Json } from "./vectors.ts";

function unwrap(message: Uint8Array): mls.MLSMessage {
  return mls.mlsMessageCodec.decode(message);
}

export function followPassively(v: Json, crypto: mls.CryptoProvider): void {
  const resumption = new mls.ResumptionKeys();
  const externals = new Map(v.external_psks.map((p: Json) => [p.psk_id, bytes(p.psk)]));
  const features = mls.fullFeatures({
    psks: {
      external: (id) => externals.get(mls.hex(id)) as Uint8Array | undefined,
      resumption: resumption.find,
    },
  });
  const packed = unwrap(bytes(v.key_package));
  const welcome = unwrap(bytes(v.welcome));
  if (packed.wireFormat !== "mls_key_package" || welcome.wireFormat !== "mls_welcome")
    throw new Error("shape");
  const keyPackage = mls.importKeyPackage(crypto, {
    keyPackage: mls.keyPackageCodec.encode(packed.keyPackage),
    initPrivateKey: bytes(v.init_priv),
    leafPrivateKey: bytes(v.encryption_priv),
    signaturePrivateKey: bytes(v.signature_priv),
  });
  let group = mls.Group.join(crypto, {
    welcome: mls.welcomeCodec.encode(welcome.welcome),
    keyPackage,
    features,
    ...(v.ratchet_tree && { ratchetTree: bytes(v.ratchet_tree) }),
  });
  expect(mls.hex(group.epochAuthenticator)).toBe(v.initial_epoch_authenticator);
  for (const epoch of v.epochs) {
    resumption.remember(group.groupId, group.epoch, group.state.secrets.resumption.bytes);
    const proposals = epoch.proposals.map((p: string) => group.receiveProposal(bytes(p)));
    const processed = group.processCommit(bytes(epoch.commit), proposals);
    if (processed.outcome !== "next") throw new Error("removed");
    group.close();
    group = processed.group;
    expect(mls.hex(group.epochAuthenticator)).toBe(epoch.epoch_authenticator);
  }
}
