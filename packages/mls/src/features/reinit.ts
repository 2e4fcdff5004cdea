// RFC 9420 §12.1.5 ReInit proposals.
import { enforce } from "../errors.ts";
import type { ProposalHandler } from "../group/state.ts";
import { validateContextExtensions } from "../messages/extension.ts";

export const reInitHandler: ProposalHandler<"reinit"> = {
  validate(state, { version, extensions }) {
    // The new group's version is not lower than the group's.
    enforce(version >= state.context.version, "12.1.5-1", "invalid-proposal");
    validateContextExtensions(extensions);
  },
  apply(draft, { groupId, version, cipherSuite, extensions }) {
    // A ReInit stands alone in its commit.
    enforce(draft.entries.length === 1, "12.2-6", "invalid-commit");
    draft.reInit = { groupId, version, cipherSuite, extensions };
  },
};
