// The story of a call in words.
import type { GatewayEvent } from "../sim/gateway/call.ts";

type NameOf = (userId: string) => string;

const list = (userIds: readonly string[], nameOf: NameOf): string => userIds.map(nameOf).join(", ");

function describeEpoch(event: GatewayEvent & { type: "epoch" }, nameOf: NameOf): string {
  const parts = [`epoch ${event.epoch} by ${nameOf(event.author)}'s commit`];
  if (event.added.length > 0) parts.push(`adds ${list(event.added, nameOf)}`);
  if (event.removed.length > 0) parts.push(`removes ${list(event.removed, nameOf)}`);
  parts.push(`transition ${event.transitionId}${event.transitionId === 0 ? ", executed at once" : ""}`);
  return parts.join("; ");
}

/** One line about what the gateway did, or undefined when it is not worth one. */
export function describeEvent(event: GatewayEvent, nameOf: NameOf): string | undefined {
  switch (event.type) {
    case "epoch":
      return describeEpoch(event, nameOf);
    case "executed":
      return `transition ${event.transitionId} executed, version ${event.version}`;
    case "reset":
      return `reset (${event.why}), version ${event.version}`;
    case "flagged":
      return `${nameOf(event.userId)} flags transition ${event.transitionId}`;
    case "closed":
      return `${nameOf(event.userId)} is thrown out (${event.code})`;
    case "resumed":
      return `${nameOf(event.userId)} resumes`;
    default:
      return undefined;
  }
}

/** Virtual milliseconds as m:ss.mmm. */
export function formatTime(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const rest = String(Math.floor(ms % 1000)).padStart(3, "0");
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}.${rest}`;
}
