// Broken peers: sessions (E27, E29, E30, P2, P3)
import { parseProposals, snowflakeOf } from "@puredave/dave/protocol";
import { mlsMessageCodec } from "@puredave/mls";
import type { Answer } from "../../../src/peers/protocol.ts";
import { appendBody } from "../../../src/peers/self/gateway.ts";
import { selfHandlers } from "../../../src/peers/self/index.ts";
import { fromHex } from "../../../src/vectors/fields.ts";
import { type BrokenPeer, broken, change, type Handler } from "./kit.ts";

/** Everybody that an op 27 would add, as if the gateway had named them. */
function everybodyIn(body: Uint8Array): string[] {
  const payload = parseProposals(body);
  if (payload.outcome !== "append") return [];
  return payload.messages.flatMap((message) => {
    const decoded = mlsMessageCodec.decode(message);
    if (decoded.wireFormat !== "mls_public_message") return [];
    const { content } = decoded.publicMessage;
    if (content.contentType !== "proposal" || content.proposal.proposalType !== "add") return [];
    const { credential } = content.proposal.keyPackage.leafNode;
    return credential.credentialType === "basic" ? [snowflakeOf(credential.identity) ?? ""] : [];
  });
}

const inlineProposals = (bytes: Uint8Array): boolean => {
  try {
    const message = mlsMessageCodec.decode(bytes);
    if (message.wireFormat !== "mls_public_message") return false;
    const { content } = message.publicMessage;
    return (
      content.contentType === "commit" && content.commit.proposals.some(({ type }) => type === "proposal")
    );
  } catch {
    return false;
  }
};

export const brokenSessions: readonly BrokenPeer[] = [
  broken(
    "adds whom nobody named",
    "E27",
    "session-reject",
    change("session.process_proposals", (r, right) =>
      right({ ...r, recognized_user_ids: [...r.recognized_user_ids, ...everybodyIn(r.bytes)] }),
    ),
  ),
  broken(
    "accepts inline proposals",
    "E29",
    "session-reject",
    change("session.process_commit", (r, right) => {
      const answer = right(r);
      return inlineProposals(r.bytes) ? { result: "roster", roster: {} } : answer;
    }),
  ),
  broken(
    "an invalid commit resets the session",
    "E29",
    "session-reject",
    change("session.process_commit", (r, right, all) => {
      const answer = right(r);
      if (answer.result === "failed") (all["session.reset"] as Handler<"session.reset">)({ name: r.name });
      return answer;
    }),
  ),
  broken(
    "flags nothing: every bad commit ignored",
    "E29",
    "session-reject",
    change("session.process_commit", (r, right) => {
      const answer = right(r);
      return answer.result === "failed" ? { result: "ignored" } : answer;
    }),
  ),
  broken(
    "takes any welcome",
    "E30",
    "session-reject",
    change("session.process_welcome", (r, right) => ({ roster: right(r).roster ?? {} })),
  ),
  broken(
    "tells the roster, not its changes",
    "E29",
    "session-commits",
    change("session.process_commit", (r, right, all) => {
      const answer = right(r);
      const state = (all["session.state"] as Handler<"session.state">)({ name: r.name }).current as {
        leaves: { user_id: string; signature_key: string }[];
      } | null;
      const roster = Object.fromEntries(
        (state?.leaves ?? []).map((leaf) => [leaf.user_id, fromHex(leaf.signature_key)]),
      );
      const left = Object.entries(answer.roster ?? {}).filter(([, key]) => key.length === 0);
      return left.length > 0 ? { ...answer, roster } : answer;
    }),
  ),
  broken(
    "a leaf short",
    "P2",
    "session-welcome",
    change("session.state", (r, right) => {
      const { current } = right(r);
      const state = current as { leaves: unknown[] } | null;
      return { current: state && { ...state, leaves: state.leaves.slice(1) } };
    }),
  ),
  broken("the authenticator of the epoch before", "P3", "session-commits", () => {
    const all = selfHandlers("broken");
    const process = all["session.process_commit"] as Handler<"session.process_commit">;
    const read = all[
      "session.get_last_epoch_authenticator"
    ] as Handler<"session.get_last_epoch_authenticator">;
    let before: Answer<"session.get_last_epoch_authenticator"> | undefined;
    return {
      ...all,
      "session.process_commit": (r) => {
        before = read({ name: r.name });
        return process(r);
      },
      "session.get_last_epoch_authenticator": (r) => before ?? read(r),
    };
  }),
  broken(
    "keeps the good half of a batch",
    "E27",
    "live-reject",
    change("session.process_proposals", (r, right) => {
      const payload = parseProposals(r.bytes);
      if (payload.outcome !== "append" || payload.messages.length < 2) return right(r);
      const answers = payload.messages.map((message) => right({ ...r, bytes: appendBody([message]) }));
      return answers.find(({ commit }) => commit !== null) ?? right(r);
    }),
  ),
  broken(
    "reads as far as it can",
    "E29",
    "live-reject",
    change("session.process_commit", (r, right) => {
      const answer = right(r);
      return answer.result === "failed" ? right({ ...r, bytes: r.bytes.subarray(0, -1) }) : answer;
    }),
  ),
  broken(
    "removes whom it likes",
    "E27",
    "live-reject",
    change("session.process_proposals", (r, right) => {
      const answer = right(r);
      return answer.commit ? answer : { ...answer, commit: r.bytes };
    }),
  ),
];
