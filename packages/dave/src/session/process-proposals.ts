// E27 as one call: op 27 in, what op 28 carries out. For sessions without a client.

import { concat } from "@puredave/mls";
import { checkBytes } from "../errors.ts";
import { type Snowflake, snowflakes } from "../snowflake.ts";
import type { ProposalsOutcome } from "./outcomes.ts";
import { parseProposals } from "./proposals.ts";
import { checkSession, type DaveSession } from "./session.ts";

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
  checkSession(session);
  checkBytes(body, "body");
  const named = snowflakes(recognized, "recognized");
  const payload = parseProposals(body);
  if (payload.outcome === "malformed")
    return { outcome: "rejected", reason: "malformed-proposals", unrecognized: [] };
  if (session.group === undefined) return { outcome: "ignored", reason: "no-group" };
  const changed =
    payload.outcome === "append"
      ? session.appendProposals(payload.messages, named)
      : session.revokeProposals(payload.refs);
  if (changed.outcome === "unrecognized")
    return { outcome: "rejected", reason: "unrecognized-user", unrecognized: changed.userIds };
  if (changed.outcome === "rejected") return { ...changed, unrecognized: [] };
  const committed = session.commitQueued();
  if (committed.outcome !== "commit") return committed;
  const { commit, welcome } = committed;
  return { ...committed, commitWelcome: concat(commit, ...(welcome ? [welcome] : [])) };
}
