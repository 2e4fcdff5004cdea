// `decryptor.transition_to_passthrough` with `passthrough: false`: the smaller of the running window and now + expiry, as libdave has it.
import { describe, expect, it } from "vitest";
import { Frames } from "../../src/peers/self/frames.ts";

const frame = Uint8Array.of(1, 2, 3, 4, 5);

/** Whether a plaintext frame is taken after these steps of [passthrough, expiry in s, then ms to wait]. */
function takes(...steps: readonly (readonly [boolean, number, number])[]): boolean {
  // biome-ignore lint/suspicious/noExplicitAny: a peer's commands, without the wire around them
  const handlers = new Frames({} as never).handlers as any;
  handlers["decryptor.create"]({ name: "d" });
  for (const [passthrough, expiry_s, ms] of steps) {
    handlers["decryptor.transition_to_passthrough"]({ name: "d", passthrough, expiry_s });
    handlers["decryptor.advance_clock"]({ name: "d", ms });
  }
  return handlers["decryptor.decrypt"]({ name: "d", media_type: "audio", frame }).out !== null;
}

describe("switching passthrough off", () => {
  it("opens no window that was never open", () => expect(takes([false, 10, 1])).toBe(false));
  it("leaves the window open for the expiry", () => {
    expect(takes([true, 10, 1], [false, 10, 9_000])).toBe(true);
    expect(takes([true, 10, 1], [false, 10, 11_000])).toBe(false);
  });
  it("again does not lengthen the window that is closing", () =>
    expect(takes([true, 10, 1], [false, 10, 9_000], [false, 10, 2_000])).toBe(false));
  it("again with a shorter expiry shortens it", () =>
    expect(takes([true, 10, 1], [false, 10, 1_000], [false, 1, 2_000])).toBe(false));
});
