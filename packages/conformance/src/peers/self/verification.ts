// Verification (V1, V2) for the runner's `verify.*` commands
import { DaveError } from "@puredave/dave";
import { displayableCode, pairwiseFingerprint } from "@puredave/dave/protocol";
import { type Handlers, PeerRefusal } from "../peer.ts";

export const verificationHandlers: Handlers = {
  "verify.pairwise_fingerprint": (request) => {
    if (request.version !== 0) throw new PeerRefusal(`no fingerprint version ${request.version}`);
    const self = { userId: request.user_id, publicKey: request.public_key };
    const other = { userId: request.other_user_id, publicKey: request.other_public_key };
    return { fingerprint: pairwiseFingerprint(self, other) };
  },
  "verify.displayable_code": ({ data, length, group }) => {
    try {
      return { code: displayableCode(data, length, group) };
    } catch (error) {
      if (error instanceof DaveError) return { code: null };
      throw error;
    }
  },
};
