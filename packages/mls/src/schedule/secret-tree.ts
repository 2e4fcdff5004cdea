// RFC 9420 §9 Secret Tree; §9.1 sender ratchets; §9.2 the deletion schedule.
import { ascii, EMPTY } from "../bytes.ts";
import { deriveTreeSecret, expandWithLabel } from "../crypto/labels.ts";
import { type CryptoProvider, NH, NK, NN } from "../crypto/provider.ts";
import { wipe } from "../crypto/secret.ts";
import { enforce, MlsError } from "../errors.ts";
import * as math from "../tree/math.ts";

export type RatchetType = "handshake" | "application";

/** Key (16 bytes) and nonce (12 bytes) of one generation. */
export interface KeyAndNonce {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
}

/** Generations that may be skipped at once; what a ratchet keeps at most for late messages. */
const MAX_SKIP = 1000;

/** The keys of one generation before it is known whether their message is genuine. */
export interface Reached extends KeyAndNonce {
  readonly generation: number;
  /** The message is genuine: the generation is used up, and those skipped on the way to it wait for theirs. */
  keep(): void;
  /** The message is not genuine: the ratchet is as it was. */
  forget(): void;
}

/** One sender's hash ratchet. Keys of skipped generations wait here until used. */
class Ratchet {
  readonly #crypto: CryptoProvider;
  readonly #waiting = new Map<number, KeyAndNonce>();
  #secret: Uint8Array;
  #next = 0;

  constructor(crypto: CryptoProvider, secret: Uint8Array) {
    this.#crypto = crypto;
    this.#secret = secret;
  }

  get next(): number {
    return this.#next;
  }

  /** The keys of a generation. The ratchet moves at `keep`, not before. */
  reach(generation: number): Reached {
    return generation < this.#next ? this.#late(generation) : this.#ahead(generation);
  }

  #late(generation: number): Reached {
    const found = this.#waiting.get(generation);
    // Each generation's key opens one message.
    enforce(found !== undefined, "9.2-1", "generation-gone");
    return { ...found, generation, keep: () => this.#consume(generation), forget: () => undefined };
  }

  #ahead(generation: number): Reached {
    const first = this.#next;
    // A message does not skip more generations than the limit.
    enforce(generation - first < MAX_SKIP, "9-1", "generation-gone");
    const derived: KeyAndNonce[] = [];
    let secret: Uint8Array = this.#secret.slice();
    for (let at = first; at <= generation; at++) {
      const derive = (label: string, length: number) =>
        deriveTreeSecret(this.#crypto, secret, label, at, length);
      derived.push({ key: derive("key", NK), nonce: derive("nonce", NN) });
      const following = derive("secret", NH);
      wipe(secret);
      secret = following;
    }
    const keep = () => {
      wipe(this.#secret);
      this.#secret = secret;
      this.#next = generation + 1;
      for (const [i, keys] of derived.entries()) this.#waiting.set(first + i, keys);
      this.#consume(generation);
      for (const oldest of this.#waiting.keys()) if (this.#waiting.size > MAX_SKIP) this.#consume(oldest);
    };
    const forget = () => wipe(secret, ...derived.flatMap(({ key, nonce }) => [key, nonce]));
    return { ...derived.at(-1)!, generation, keep, forget };
  }

  #consume(generation: number): void {
    const found = this.#waiting.get(generation);
    if (found) wipe(found.key, found.nonce);
    this.#waiting.delete(generation);
  }

  close(): void {
    wipe(this.#secret);
    for (const generation of [...this.#waiting.keys()]) this.#consume(generation);
  }
}

/** The secrets of one epoch's messages. It forgets what it has used: mutable by the RFC's own demand. */
export class SecretTree {
  readonly #crypto: CryptoProvider;
  readonly #leafCount: number;
  readonly #secrets: Map<number, Uint8Array>;
  readonly #ratchets = new Map<string, Ratchet>();

  /** `encryptionSecret` is copied; `leafCount` a power of two. */
  constructor(crypto: CryptoProvider, leafCount: number, encryptionSecret: Uint8Array) {
    this.#crypto = crypto;
    this.#leafCount = leafCount;
    this.#secrets = new Map([[math.root(leafCount), encryptionSecret.slice()]]);
  }

  /** Keys of one generation of a leaf's ratchet, which moves only when they are kept. @throws MlsError `generation-gone` */
  reach(leafIndex: number, type: RatchetType, generation: number): Reached {
    return this.#ratchet(leafIndex, type).reach(generation);
  }

  /** Keys of the first generation that was not used yet: the next to send with. */
  next(leafIndex: number, type: RatchetType): Reached {
    const ratchet = this.#ratchet(leafIndex, type);
    return ratchet.reach(ratchet.next);
  }

  #ratchet(leafIndex: number, type: RatchetType): Ratchet {
    if (leafIndex >= this.#leafCount) throw new MlsError("unknown-sender", "no such leaf");
    if (!this.#ratchets.has(`${leafIndex}/${type}`)) this.#openLeaf(leafIndex);
    return this.#ratchets.get(`${leafIndex}/${type}`)!;
  }

  // §9: down from the nearest ancestor whose secret is still there; what has been derived from is wiped.
  #openLeaf(leafIndex: number): void {
    const leaf = math.leafToNode(leafIndex);
    const path = [leaf, ...math.directPath(leaf, this.#leafCount)];
    const start = path.findIndex((node) => this.#secrets.has(node));
    for (let i = start; i > 0; i--) this.#split(path[i]!);
    const secret = this.#secrets.get(leaf)!;
    for (const type of ["handshake", "application"] as const) {
      const first = expandWithLabel(this.#crypto, secret, type, EMPTY, NH);
      this.#ratchets.set(`${leafIndex}/${type}`, new Ratchet(this.#crypto, first));
    }
    this.#wipe(leaf);
  }

  #split(node: number): void {
    const secret = this.#secrets.get(node)!;
    const derive = (side: string) => expandWithLabel(this.#crypto, secret, "tree", ascii(side), NH);
    this.#secrets.set(math.left(node)!, derive("left"));
    this.#secrets.set(math.right(node)!, derive("right"));
    this.#wipe(node);
  }

  #wipe(node: number): void {
    wipe(this.#secrets.get(node)!);
    this.#secrets.delete(node);
  }

  close(): void {
    for (const node of [...this.#secrets.keys()]) this.#wipe(node);
    for (const ratchet of this.#ratchets.values()) ratchet.close();
  }
}
