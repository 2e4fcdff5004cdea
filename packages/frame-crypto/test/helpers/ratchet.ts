// K2 the hash ratchet, written here from RFC 9420 §8 and §9.1 with node:crypto alone.
import { createHmac } from "node:crypto";
import type { KeyRatchet } from "../../src/index.ts";

/** RFC 5869 §2.3. Takes a PRK of any length: s_0 is 16 bytes. */
function expand(secret: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  let block = Buffer.alloc(0);
  let output = Buffer.alloc(0);
  for (let i = 1; output.length < length; i++) {
    block = createHmac("sha256", secret).update(block).update(info).update(Uint8Array.of(i)).digest();
    output = Buffer.concat([output, block]);
  }
  return new Uint8Array(output.subarray(0, length));
}

/** RFC 9420 §8: ExpandWithLabel(secret, label, generation as u32, length). */
function deriveTreeSecret(secret: Uint8Array, label: string, generation: number, length: number): Uint8Array {
  const name = Buffer.from(`MLS 1.0 ${label}`);
  const context = Buffer.alloc(4);
  context.writeUInt32BE(generation);
  const lengthBytes = Buffer.alloc(2);
  lengthBytes.writeUInt16BE(length);
  return expand(
    secret,
    Buffer.concat([lengthBytes, Uint8Array.of(name.length), name, Uint8Array.of(4), context]),
    length,
  );
}

/** K2. Counts how often keys were asked for, and notes what was erased. */
export class TestRatchet implements KeyRatchet {
  derivations = 0;
  erased = -1;
  readonly #secrets: Uint8Array[];

  constructor(baseSecret: Uint8Array) {
    this.#secrets = [baseSecret];
  }

  key(generation: number): Uint8Array | undefined {
    this.derivations++;
    if (generation <= this.erased) return undefined;
    for (let g = this.#secrets.length; g <= generation; g++) {
      this.#secrets.push(deriveTreeSecret(this.#secrets[g - 1]!, "secret", g - 1, 32));
    }
    return deriveTreeSecret(this.#secrets[generation]!, "key", generation, 16);
  }

  erase(generation: number): void {
    this.erased = Math.max(this.erased, generation);
  }
}
