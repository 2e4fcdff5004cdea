// What the MLS suites share: the subject's internals, the suite a vector is of, GroupContexts made by hand
import { type MlsSubject, needMls } from "../../runner/mls-subject.ts";
import type { CaseContext } from "../../runner/suite.ts";
import { NotSupported } from "../../runner/verdict.ts";
import type { Fields } from "../../vectors/case.ts";
import { VectorError } from "../../vectors/fields.ts";

export const SUITE = 2;
/** Suites whose hash is SHA-256: enough where a vector needs no other primitive. */
export const SHA256_SUITES = [1, 2, 3];

export interface MlsCase {
  readonly mls: MlsSubject;
  readonly crypto: ReturnType<MlsSubject["createCryptoProvider"]>;
}

/** The library and its primitives; *not supported* for other cipher suites than `suites`. */
export function mlsCase({ subject, vector }: CaseContext, suites: readonly number[] = [SUITE]): MlsCase {
  const mls = needMls(subject.mls);
  if (vector.has("cipher_suite") && !suites.includes(vector.int("cipher_suite")))
    throw new NotSupported(`cipher suite ${vector.int("cipher_suite")}`);
  return { mls, crypto: mls.createCryptoProvider() };
}

/** §8.1 an encoded GroupContext of suite 2 without extensions, as the vectors have it. */
export function groupContext(
  { mls }: MlsCase,
  fields: { groupId: Uint8Array; epoch: number; treeHash: Uint8Array; confirmedTranscriptHash: Uint8Array },
): Uint8Array {
  const { groupId, epoch, treeHash, confirmedTranscriptHash } = fields;
  return mls.groupContextCodec.encode({
    version: 1,
    cipherSuite: SUITE,
    groupId,
    epoch: BigInt(epoch),
    treeHash,
    confirmedTranscriptHash,
    extensions: [],
  });
}

/** A ratchet tree as the vectors carry it. */
export const readTree = ({ mls }: MlsCase, bytes: Uint8Array) =>
  mls.RatchetTree.from(mls.ratchetTreeCodec.decode(bytes));
export type Tree = ReturnType<typeof readTree>;

/** A leaf index of the vector; one that names no member would send the library out of the tree. */
export function memberLeaf(tree: Tree, index: number, path: string): number {
  if (!tree.leaf(index)) throw new VectorError(`malformed vector: ${path}: no member at leaf ${index}`);
  return index;
}

export const orNull = (value: number | undefined): number | null => value ?? null;
export const nullableInt = (vector: Fields, name: string, index: number): number | null => {
  const value = vector.list(name)[index];
  return typeof value === "number" ? value : null;
};
