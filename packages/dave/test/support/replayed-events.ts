// Replays a client's events and compares what they say with what its getters say.
import { expect } from "vitest";
import type { DaveClient, DaveEvents } from "../../src/index.ts";

/** What events and getters both tell. */
interface View {
  readonly state: string;
  readonly ready: boolean;
  readonly epoch: bigint | undefined;
  readonly executedVersion: number | undefined;
  /** Members without ourselves, in order. */
  readonly roster: readonly string[];
  readonly unrecognized: readonly string[];
  readonly inGroup: boolean;
  readonly privacyCode: DaveEvents["privacyCode"]["current"];
}

/** What holds before the first event. */
const NOTHING: View = {
  state: "negotiating",
  ready: false,
  epoch: undefined,
  executedVersion: undefined,
  roster: [],
  unrecognized: [],
  inGroup: true,
  privacyCode: undefined,
};

function viewOf(client: DaveClient): View {
  return {
    state: client.state,
    ready: client.ready,
    epoch: client.epoch,
    executedVersion: client.executedVersion,
    roster: [...client.roster.keys()].filter((userId) => userId !== client.userId).sort(),
    unrecognized: [...client.unrecognized].sort(),
    inGroup: client.inGroup,
    privacyCode: client.privacyCode,
  };
}

/** A closed client tells nothing more. */
function isClosed(client: DaveClient): boolean {
  const nothing = { candidates: [], mediaType: "audio", frame: new Uint8Array(0) } as const;
  const heard = client.decryptAmong(nothing);
  return heard.outcome === "failed" && heard.reason === "closed";
}

export interface ReplayedEvents {
  /** Fails the test when the events so far do not give what the getters say. A closed client is not looked at. */
  check(): void;
}

/**
 * Listens to a client from its first event on.
 *
 * @param client has been given nothing yet
 */
export function replayEvents(client: DaveClient): ReplayedEvents {
  let told = NOTHING;
  const tell = (change: Partial<View>): void => {
    told = { ...told, ...change };
  };
  client.on("state", ({ state, ready }) => tell({ state, ready }));
  client.on("epoch", ({ epoch }) => tell({ epoch }));
  client.on("version", ({ executed, previous }) => {
    expect(previous, "the version before, as it was told").toBe(told.executedVersion);
    tell({ executedVersion: executed });
  });
  client.on("roster", ({ added, removed, unrecognized }) => {
    const roster = new Set([...told.roster, ...added]);
    for (const userId of removed) expect(roster.delete(userId), `${userId} was in the roster`).toBe(true);
    tell({ roster: [...roster].sort(), unrecognized: [...unrecognized].sort() });
  });
  client.on("group", ({ inGroup }) => tell({ inGroup }));
  client.on("privacyCode", ({ current }) => tell({ privacyCode: current }));
  return {
    check() {
      if (!isClosed(client)) expect(told, "events replayed, against the getters").toEqual(viewOf(client));
    },
  };
}
