// E27 whole, for owners of a bare session.

import { concat } from "@puredave/mls";
import { checkBytes, DaveError } from "../errors.ts";
import { type Snowflake, snowflakes } from "../snowflake.ts";
import type { ProposalsOutcome } from "./outcomes.ts";
import { parseProposals } from "./proposals.ts";
import type { DaveSession } from "./session.ts";

/**
 * E27 whole: an op 27 body, from its operation byte on; then a commit of everything queued.
 *
 * @param recognized users named by op 11; the session's own always
 * @throws {@link DaveError} `invalid-argument`, `invalid-snowflake`, `closed`
 */
export function processProposals(
  session: DaveSession,
  body: Uint8Array,
  recognized: Iterable<Snowflake>,
): ProposalsOutcome {
  if (session.closed) throw new DaveError("closed", "the session was closed");
  checkBytes(body, "proposals");
  const known = new Set([session.userId, ...snowflakes(recognized)]);
  const payload = parseProposals(body);
  if (payload === undefined) return { outcome: "rejected", reason: "malformed-proposals", unrecognized: [] };
  if (session.group === undefined) return { outcome: "ignored", reason: "no-group" };
  const outcome =
    payload.operation === "append"
      ? session.appendProposals(payload.messages, known)
      : session.revokeProposals(payload.refs);
  if (outcome.outcome === "unrecognized")
    return { outcome: "rejected", reason: "unrecognized-user", unrecognized: outcome.userIds };
  if (outcome.outcome === "rejected") return { ...outcome, unrecognized: [] };
  const committed = session.commitQueued();
  if (committed.outcome === "empty") return { outcome: "queued", reason: undefined };
  if (committed.outcome === "queued") return committed;
  const { commit, welcome } = committed;
  return { ...committed, commitWelcome: concat(commit, ...(welcome ? [welcome] : [])) };
}
