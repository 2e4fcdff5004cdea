// Faults of the wire as values: what MLS throws at hostile input ends here.

import { MlsError, type MlsErrorCode } from "@puredave/mls";

/** Either what `run` gave, or the code it failed with; anything but an `MlsError` is a bug and goes on. */
export type Attempt<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: MlsErrorCode };

export function attempt<T>(run: () => T): Attempt<T> {
  try {
    return { ok: true, value: run() };
  } catch (error) {
    if (error instanceof MlsError) return { ok: false, code: error.code };
    throw error;
  }
}

/** What `run` decodes; `undefined` for whatever cannot be read. */
export function readable<T>(run: () => T): T | undefined {
  const read = attempt(run);
  return read.ok ? read.value : undefined;
}
