// Recorded DAVE sessions: join by Welcome, then commits of other members; every state must come out as recorded.
import { describe, expect, it } from "vitest";
import {
  type CachedProposal,
  type CryptoProvider,
  Group,
  hex,
  importKeyPackage,
  opaque,
  Reader,
  vector,
} from "../../src/index.ts";
import { backends } from "../support/crypto.ts";
import { bytes, loadVectors } from "../support/vectors.ts";

// biome-ignore lint/suspicious/noExplicitAny: recorded JSON
type Json = any;

const userId = (identity: Uint8Array) => BigInt(`0x${hex(identity)}`).toString();
const littleEndian = (id: string) => {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt(id), true);
  return out;
};

function join(crypto: CryptoProvider, input: Json): Group {
  const bundle = importKeyPackage(crypto, {
    keyPackage: bytes(input.keyPackage),
    initPrivateKey: bytes(input.initPrivateKey),
    leafPrivateKey: bytes(input.leafPrivateKey),
    signaturePrivateKey: bytes(input.signaturePrivateKey),
  });
  return Group.join(crypto, { welcome: bytes(input.welcome), keyPackage: bundle });
}

function expectState(group: Group, after: Json): void {
  const found = {
    epoch: Number(group.epoch),
    ownLeafIndex: group.ownLeafIndex,
    members: group.members.map((m) => [m.leafIndex, userId(m.identity), hex(m.signatureKey)]),
    treeHash: hex(group.treeHash),
    groupContext: hex(group.groupContext),
    confirmedTranscriptHash: hex(group.confirmedTranscriptHash),
    epochAuthenticator: hex(group.epochAuthenticator),
    exporterSecret: hex(group.state.secrets.exporter.bytes),
  };
  const { senders, ...rest } = after;
  expect(found).toEqual(rest);
  for (const [id, sender] of Object.entries<Json>(senders)) {
    const base = group.exportSecret("Discord Secure Frames v0", littleEndian(id), 16);
    expect(hex(base)).toBe(sender.baseSecret ?? sender.base ?? Object.values<string>(sender)[0]);
  }
}

/** Op 27: operation byte, then a vector of MLSMessages (append) or of references (revoke). */
function queue(group: Group, payload: Uint8Array, cache: Map<string, CachedProposal>): void {
  const reader = new Reader(payload);
  if (reader.uint(1) === 1) {
    for (const ref of vector(opaque).read(reader)) cache.delete(hex(ref));
    return;
  }
  const body = opaque.read(reader);
  for (const message of splitMessages(body)) {
    const proposal = group.receiveProposal(message);
    cache.set(proposal.refHex, proposal);
  }
}

function splitMessages(body: Uint8Array): Uint8Array[] {
  const reader = new Reader(body);
  const out: Uint8Array[] = [];
  while (reader.remaining > 0) {
    const start = reader.offset;
    mlsMessageCodec.read(reader);
    out.push(body.slice(start, reader.offset));
  }
  return out;
}

import { mlsMessageCodec } from "../../src/index.ts";

describe.each(backends)("libdave sessions, $backend backend", (crypto) => {
  const { cases: welcomes } = loadVectors("libdave/session-welcome");
  it.each(welcomes as Json[])("welcome: $kind", (recorded) => {
    expectState(join(crypto, recorded), recorded.after);
  });

  const { cases: commits } = loadVectors("libdave/session-commits");
  it.each(commits as Json[])("commits: $kind", (recorded) => {
    let group = join(crypto, recorded);
    expectState(group, recorded.after);
    for (const epoch of recorded.epochs) {
      const cache = new Map<string, CachedProposal>();
      queue(group, bytes(epoch.proposals), cache);
      const processed = group.processCommit(bytes(epoch.commit), cache.values());
      expect(processed.outcome).toBe("next");
      if (processed.outcome !== "next") return;
      group.close();
      group = processed.group;
      expectState(group, epoch.after);
    }
  });
});
