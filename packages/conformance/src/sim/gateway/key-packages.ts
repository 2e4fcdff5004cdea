// voice-gateway.md G3: key packages (op 26).
import { equalBytes } from "@puredave/mls";
import type { Call, Session } from "./call.ts";

// G3: accepted when it holds, else close 4020 (false). An identical 26 changes nothing.
export function offerKeyPackage(call: Call, session: Session, bytes: Uint8Array): boolean {
  const inspected = call.mls.inspectKeyPackage(bytes, session.userId);
  if (inspected === undefined) return false;
  const before = session.offered;
  if (before && equalBytes(before.bytes, inspected.bytes)) return true;
  // G3: a new 26 supersedes the old one; proposals.ts revokes its Add
  if (before?.state === "fresh") before.state = "void";
  session.offered = { ...inspected, session, order: call.order(), state: "fresh" };
  return true;
}
