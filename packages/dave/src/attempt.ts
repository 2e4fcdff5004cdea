// What MLS refuses as a value: errors at hostile input end here.

import { MlsError, type MlsErrorCode } from "@puredave/mls";

/** What a call returned, or the code that it was refused with. */
export type Attempt<T> =
  | { readonly outcome: "returned"; readonly value: T }
  | { readonly outcome: "refused"; readonly reason: MlsErrorCode };

/** Makes a call. Any error but an `MlsError` is a defect, and is thrown on. */
export function attempt<T>(run: () => T): Attempt<T> {
  try {
    return { outcome: "returned", value: run() };
  } catch (error) {
    if (error instanceof MlsError) return { outcome: "refused", reason: error.code };
    throw error;
  }
}

/** Returns what `run` decodes; `undefined` for whatever cannot be read. */
export function readable<T>(run: () => T): T | undefined {
  const read = attempt(run);
  return read.outcome === "returned" ? read.value : undefined;
}
