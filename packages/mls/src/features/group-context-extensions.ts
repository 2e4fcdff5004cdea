// RFC 9420 §12.1.7 GroupContextExtensions proposals.
import { enforce } from "../errors.ts";
import type { ProposalHandler } from "../group/state.ts";
import { validateContextExtensions } from "../messages/extension.ts";

export const groupContextExtensionsHandler: ProposalHandler<"group_context_extensions"> = {
  // What the members must support is checked on the tree that results.
  validate: (_state, { extensions }) => validateContextExtensions(extensions),
  apply(draft, { extensions }) {
    const same = draft.entries.filter((e) => e.proposal.proposalType === "group_context_extensions");
    // There is one GroupContextExtensions proposal at most.
    enforce(same.length === 1, "12.2-5", "invalid-commit");
    draft.extensions = extensions;
    draft.pathRequired = true;
  },
};
