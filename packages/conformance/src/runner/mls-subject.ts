// RFC 9420 as the MLS suites see it: the library's door for test suites
import * as internals from "@puredave/mls/internals";
import { NotSupported } from "./verdict.ts";

/** What `@puredave/mls/internals` exports, the public names among it. */
export type MlsSubject = typeof internals;

export const mlsInternals: MlsSubject = internals;

/** The internals, or *not supported*: a peer other than this project shows none. */
export function needMls(subject: MlsSubject | undefined): MlsSubject {
  if (!subject) throw new NotSupported("this peer shows no MLS internals");
  return subject;
}
