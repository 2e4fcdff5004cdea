// Buffers that never leave the code under test: caught where it cuts them, to see that they are overwritten at the end.
import { onTestFinished, vi } from "vitest";

/** The arrays that `body` calls `method` of. */
export function caughtBuffers(method: "slice" | "subarray", body: () => unknown): Uint8Array[] {
  const caught: Uint8Array[] = [];
  const original = Uint8Array.prototype[method];
  const spy = vi.spyOn(Uint8Array.prototype, method).mockImplementation(function (this: Uint8Array, ...args) {
    caught.push(this);
    return original.apply(this, args) as Uint8Array<ArrayBuffer>;
  });
  onTestFinished(() => spy.mockRestore());
  body();
  spy.mockRestore();
  return caught;
}

/** For work whose secrets are looked at afterwards: none is overwritten. */
export const kept = <T>(secret: T): T => secret;

export const isWiped = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);
