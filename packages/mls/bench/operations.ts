// The P-256 operations: what each takes, and how many of them RFC 9420 demands of the member that is timed.
import { p256 } from "@noble/curves/nist.js";
import { sha256 } from "@noble/hashes/sha2.js";
import * as mls from "../src/index.ts";
import { type Counts, OPERATIONS } from "../test/support/counted.ts";

/** What a member does that is timed. */
export const STEPS = ["key package", "welcome", "commit", "process"] as const;
export type Step = (typeof STEPS)[number];

export type Operation = (typeof OPERATIONS)[number];
/** Milliseconds for each operation. */
export type Costs = Record<Operation, number>;

/**
 * Processor time of this process, ms: all that is timed is synchronous, and what else runs on the machine counts in the
 * time of day but not here.
 */
export function now(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

export const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!;

type Subject = Record<Operation, () => unknown>;

const key = new Uint8Array(32).fill(7);
/** What is signed and verified when an operation is timed: as long as most messages are. */
const message = new Uint8Array(200);

/** noble's own functions, in the forms that MLS needs: uncompressed keys, any s. */
function noble(): Subject {
  const publicKey = p256.getPublicKey(key, false);
  const signature = p256.sign(message, key, { lowS: false });
  return {
    verify: () => p256.verify(signature, message, publicKey, { lowS: false }),
    sign: () => p256.sign(message, key, { lowS: false }),
    publicKey: () => p256.getPublicKey(key, false),
    diffieHellman: () => p256.getSharedSecret(key, publicKey),
  };
}

function ours(crypto: mls.CryptoProvider): Subject {
  const publicKey = crypto.publicKey(key)!;
  const signature = crypto.sign(key, message);
  return {
    verify: () => crypto.verify(publicKey, message, signature),
    sign: () => crypto.sign(key, message),
    publicKey: () => crypto.publicKey(key),
    diffieHellman: () => crypto.diffieHellman(key, publicKey),
  };
}

/** Medians of 60 calls after 40 that warm up; the subjects take turns, so that a busy moment hits them alike. */
export function operationCosts(): Record<"noble" | "portable" | "platform", Costs> {
  const subjects = {
    noble: noble(),
    portable: ours(mls.createCryptoProvider({ backend: "portable" })),
    platform: ours(mls.createCryptoProvider()),
  };
  const time = (body: () => unknown) => {
    const start = now();
    body();
    return now() - start;
  };
  const names = Object.keys(subjects) as (keyof typeof subjects)[];
  const costs = Object.fromEntries(names.map((name) => [name, {}])) as Record<keyof typeof subjects, Costs>;
  for (const operation of OPERATIONS) {
    const times = names.map((): number[] => []);
    for (let i = 0; i < 100; i++) {
      names.forEach((name, j) => {
        times[j]!.push(time(subjects[name][operation]));
      });
    }
    names.forEach((name, j) => {
      costs[name][operation] = median(times[j]!.slice(40));
    });
  }
  return costs;
}

/** Nodes of a leaf's filtered direct path (§4.1.2) as leaf ranges, from the leaf up; `blank` is the one blank leaf. */
function filteredPath(leaf: number, last: number, blank: number): { first: number; end: number }[] {
  const out: { first: number; end: number }[] = [];
  for (let size = 1; size <= last; size *= 2) {
    const first = Math.floor(leaf / (2 * size)) * 2 * size;
    const copath = Math.floor(leaf / size) % 2 ? first : first + size;
    const members = Array.from({ length: size }, (_, i) => copath + i).filter(
      (i) => i <= last && i !== blank,
    );
    if (members.length) out.push({ first, end: first + 2 * size });
  }
  return out;
}

/**
 * What the RFC demands of the subject, which joins `members` others as the last leaf; leaf 1 is removed then, by the
 * subject's own commit and, in its stead, by that of leaf 0. All parents are blank before.
 */
export function demanded(step: Step, members: number): Counts {
  switch (step) {
    case "key package": // init and leaf key; §7.2 leaf, §10 key package signed
      return { verify: 0, sign: 2, publicKey: 2, diffieHellman: 0 };
    case "welcome": // §12.4.3.1: each leaf, the GroupInfo; the group secrets opened
      return { verify: members + 2, sign: 0, publicKey: 0, diffieHellman: 1 };
    case "commit": {
      // §12.1 the proposal; §12.4.1 leaf and commit signed; §7.4–7.6 a key for the leaf, each node and each ciphertext
      const path = filteredPath(members, members, 1).length;
      return { verify: 1, sign: 2, publicKey: path + members, diffieHellman: members - 1 };
    }
    case "process": {
      // §12.4.2 leaf and commit verified; §7.5 one secret opened, the keys above derived
      const path = filteredPath(0, members, 1).filter(({ end }) => end > members).length;
      return { verify: 2, sign: 0, publicKey: path, diffieHellman: 1 };
    }
  }
}

/** What noble takes alone, ms, to hash what messages of `bytes` together have beyond those that `count` operations were timed with. */
function hashing(bytes: number, count: number): number {
  const data = new Uint8Array(Math.max(0, bytes - count * message.length));
  const times = Array.from({ length: 15 }, () => {
    const start = now();
    for (let i = 0; i < 8; i++) sha256(data);
    return (now() - start) / 8;
  });
  return median(times);
}

/** What noble takes alone, ms, for these operations and the hashes of what they sign and verify. */
export const total = (counts: Counts, signedBytes: number, costs: Costs): number =>
  OPERATIONS.reduce((sum, name) => sum + counts[name] * costs[name], 0) +
  hashing(signedBytes, counts.verify + counts.sign);
