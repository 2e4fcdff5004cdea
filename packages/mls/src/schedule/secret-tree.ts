// RFC 9420 §9 Secret Tree; §9.1 sender ratchets; §9.2 the deletion schedule.
import { ascii, EMPTY } from "../bytes.ts";
import { deriveTreeSecret, expandWithLabel } from "../crypto/labels.ts";
import { type CryptoProvider, NH, NK, NN } from "../crypto/provider.ts";
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

  /** The keys of a generation; they stay until `consume`, so that a forged message uses up nothing. */
  peek(generation: number): KeyAndNonce {
    // A message does not skip more generations than the limit.
    enforce(generation - this.#next < MAX_SKIP, "9-1", "generation-gone");
    while (this.#next <= generation) this.#step();
    const found = this.#waiting.get(generation);
    // Each generation's key opens one message.
    enforce(found !== undefined, "9.2-1", "generation-gone");
    return found;
  }

  consume(generation: number): void {
    const found = this.#waiting.get(generation);
    found?.key.fill(0);
    found?.nonce.fill(0);
    this.#waiting.delete(generation);
  }

  #step(): void {
    const derive = (label: string, length: number) =>
      deriveTreeSecret(this.#crypto, this.#secret, label, this.#next, length);
    this.#waiting.set(this.#next, { key: derive("key", NK), nonce: derive("nonce", NN) });
    const following = derive("secret", NH);
    this.#secret.fill(0);
    this.#secret = following;
    this.#next++;
    if (this.#waiting.size > MAX_SKIP) this.consume(this.#waiting.keys().next().value!);
  }

  dispose(): void {
    this.#secret.fill(0);
    for (const generation of [...this.#waiting.keys()]) this.consume(generation);
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

  /** Keys of one generation of a leaf's ratchet. @throws MlsError `generation-gone` */
  peek(leafIndex: number, type: RatchetType, generation: number): KeyAndNonce {
    return this.#ratchet(leafIndex, type).peek(generation);
  }

  /** Forgets one generation. */
  consume(leafIndex: number, type: RatchetType, generation: number): void {
    this.#ratchet(leafIndex, type).consume(generation);
  }

  /** The first generation that has not been derived yet: the next to send with. */
  nextGeneration(leafIndex: number, type: RatchetType): number {
    return this.#ratchet(leafIndex, type).next;
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
    this.#secrets.get(node)?.fill(0);
    this.#secrets.delete(node);
  }

  dispose(): void {
    for (const node of [...this.#secrets.keys()]) this.#wipe(node);
    for (const ratchet of this.#ratchets.values()) ratchet.dispose();
  }
}
