// The types of @puredave/mls as its users meet them: checked by the compiler in `npm test`, never run.
import { expectTypeOf } from "vitest";
import type { Secret } from "../src/crypto/secret.ts";
import {
  type CachedProposal,
  type Codec,
  type Credential,
  type CryptoProvider,
  createCryptoProvider,
  Group,
  type KeyPackage,
  type KeyPackageBundle,
  keyPackageCodec,
  type MLSMessage,
  MlsError,
  type MlsErrorCode,
  mlsMessageCodec,
  optional,
  type Proposal,
  type Sender,
  struct,
  u8,
  u64,
  vector,
} from "../src/index.ts";

declare const group: Group;
declare const bytes: Uint8Array;
declare const proposal: Proposal;
declare const message: MLSMessage;
declare const bundle: KeyPackageBundle;
declare const crypto: CryptoProvider;

// groups are values: the next one comes out
const made = group.commit([]);
expectTypeOf(made.group).toEqualTypeOf<Group>();
expectTypeOf(made.welcome).toEqualTypeOf<Uint8Array | undefined>();
const processed = group.processCommit(bytes, []);
// @ts-expect-error: who was removed has no next group
processed.group;
if (processed.outcome === "next") expectTypeOf(processed.group).toEqualTypeOf<Group>();
// @ts-expect-error: an epoch is not for writing
group.epoch = 1n;
expectTypeOf(group.receiveProposal(bytes)).toEqualTypeOf<CachedProposal>();
// @ts-expect-error: a bare proposal was verified by nobody
group.commit([proposal]);
// @ts-expect-error: groups are made by `create` and `join`
new Group();
// @ts-expect-error: a Welcome needs the key package it is for
Group.join(crypto, { welcome: bytes });
expectTypeOf(Group.join(crypto, { welcome: bytes, keyPackage: bundle })).toEqualTypeOf<Group>();

// structures are discriminated unions
if (message.wireFormat === "mls_key_package") expectTypeOf(message.keyPackage).toEqualTypeOf<KeyPackage>();
if (proposal.proposalType === "remove") expectTypeOf(proposal.removed).toEqualTypeOf<number>();
// @ts-expect-error: a Remove has no key package
if (proposal.proposalType === "remove") proposal.keyPackage;
expectTypeOf<Extract<Credential, { credentialType: "basic" }>["identity"]>().toEqualTypeOf<Uint8Array>();
expectTypeOf<Sender["senderType"]>().toEqualTypeOf<
  "member" | "external" | "new_member_proposal" | "new_member_commit"
>();

// one declaration gives type, encoder and decoder
expectTypeOf(keyPackageCodec.decode(bytes)).toEqualTypeOf<KeyPackage>();
expectTypeOf(mlsMessageCodec).toEqualTypeOf<Codec<MLSMessage>>();
expectTypeOf(vector(u8).decode(bytes)).toEqualTypeOf<number[]>();
expectTypeOf(optional(u64).decode(bytes)).toEqualTypeOf<bigint | undefined>();
const pair = struct<{ a: number; b: bigint }>({ a: u8, b: u64 });
expectTypeOf(pair.decode(bytes)).toEqualTypeOf<{ a: number; b: bigint }>();
// @ts-expect-error: a field is missing
struct<{ a: number; b: bigint }>({ a: u8 });

// secrets differ from bytes and from each other
declare const epochSecret: Secret<"epoch">;
// @ts-expect-error: another kind of secret
epochSecret satisfies Secret<"joiner">;
// @ts-expect-error: no bytes
epochSecret satisfies Uint8Array;

expectTypeOf(createCryptoProvider()).toEqualTypeOf<CryptoProvider>();
expectTypeOf(new MlsError("malformed", "").code).toEqualTypeOf<MlsErrorCode>();
// @ts-expect-error: the union is closed
new MlsError("oops", "");
expectTypeOf<Parameters<typeof Group.create>[1]>().not.toBeAny();
