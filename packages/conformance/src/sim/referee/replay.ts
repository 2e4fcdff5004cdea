// Invariant (12): whoever replays a client's events knows what its getters say.
import type { DaveEvents } from "@puredave/dave";
import type { SeatClient } from "../seat.ts";

type Complain = (text: string) => void;

const same = (a: Iterable<string>, b: Iterable<string>): boolean =>
  [...a].sort().join() === [...b].sort().join();

/** A caller that listens and never asks. */
export class Replay {
  private readonly self: string;
  private state: DaveEvents["state"] = { state: "negotiating", ready: false };
  private epoch: bigint | undefined;
  private members: readonly string[] = [];
  private readonly roster = new Set<string>();
  private unrecognized: readonly string[] = [];
  private inGroup = true;
  private code: DaveEvents["privacyCode"]["current"];
  private executed: number | undefined;

  constructor(self: string) {
    this.self = self;
  }

  readonly listeners: { [K in keyof DaveEvents]?: (event: DaveEvents[K]) => void } = {
    state: (event) => {
      this.state = event;
    },
    version: ({ executed }) => {
      this.executed = executed;
    },
    epoch: ({ epoch, members }) => {
      this.epoch = epoch;
      this.members = [...members];
    },
    group: ({ inGroup }) => {
      this.inGroup = inGroup;
    },
    roster: ({ added, removed, unrecognized }) => {
      for (const userId of removed) this.roster.delete(userId);
      for (const userId of added) this.roster.add(userId);
      this.unrecognized = [...unrecognized];
    },
    privacyCode: ({ current }) => {
      this.code = current;
    },
  };

  check(client: SeatClient, complain: Complain): void {
    const { state, ready } = this.state;
    if (client.state !== state) complain(`events say state ${state}, the getter ${client.state}`);
    if (client.ready !== ready) complain(`events say ready ${ready}, the getter ${client.ready}`);
    if (client.executedVersion !== this.executed)
      complain(`events say version ${this.executed}, the getter ${client.executedVersion}`);
    if (client.inGroup !== undefined && client.inGroup !== this.inGroup)
      complain(`events say inGroup ${this.inGroup}, the getter ${client.inGroup}`);
    this.checkGroup(client, complain);
    const { code, stale } = client.privacyCode ?? {};
    if (code !== this.code?.code || stale !== this.code?.stale)
      complain(`events say privacy code ${this.code?.code} (stale ${this.code?.stale}), the getter another`);
  }

  private checkGroup(client: SeatClient, complain: Complain): void {
    const { epoch, roster = new Map<string, Uint8Array>(), unrecognized = [] } = client;
    // the event leaves ourselves out
    const others = [...roster.keys()].filter((userId) => userId !== this.self);
    if (!same(others, this.roster))
      complain(`events say roster [${[...this.roster]}], the getter [${others}]`);
    if (!same(unrecognized, this.unrecognized))
      complain(`events say unrecognized [${this.unrecognized}], the getter [${unrecognized}]`);
    if (epoch !== this.epoch) complain(`events say epoch ${this.epoch}, the getter ${epoch}`);
    if (epoch && !same(roster.keys(), this.members))
      complain(`the last epoch event named [${this.members}], the roster is [${[...roster.keys()]}]`);
  }
}
