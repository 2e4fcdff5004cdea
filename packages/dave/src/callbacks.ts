// The caller's callbacks, each of which may throw, return rubbish or a promise that rejects (LIB-13).

/** Told what went wrong in a callback. Never throws. */
export type Fault = (fault: unknown) => void;

const ignore = (): void => {};

/** A promise that a callback returned although nobody waits for it: its rejection is a fault, not a crash. */
function watch(returned: unknown, fault: Fault): void {
  if (typeof returned !== "object" || returned === null || !("then" in returned)) return;
  Promise.resolve(returned).then(ignore, fault);
}

/** Calls back; what the callback throws or rejects with is a fault, and what it returns is of no interest. */
export function call(callback: () => unknown, fault: Fault): void {
  try {
    watch(callback(), fault);
  } catch (thrown) {
    fault(thrown);
  }
}

/** A callback with one argument, as a function that never throws. */
export const guarded =
  <T>(callback: ((value: T) => unknown) | undefined, fault: Fault = ignore) =>
  (value: T): void => {
    if (callback !== undefined) call(() => callback(value), fault);
  };

/** What a callback returns, if it `fits`; else, or when it throws, `undefined`, and it is a fault unless it is null. */
export function ask<T>(
  callback: () => unknown,
  fits: (value: unknown) => value is T,
  fault: Fault,
  expected: string,
): T | undefined {
  try {
    const value = callback();
    if (fits(value)) return value;
    watch(value, fault);
    if (value !== undefined && value !== null) fault(new TypeError(`expected ${expected}`));
  } catch (thrown) {
    fault(thrown);
  }
  return undefined;
}
