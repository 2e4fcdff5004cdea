// Somebody who only listens: what a client's events say about its state, to be compared with its getters.

import type { DaveClient, DaveEvent, PrivacyCode } from "../../src/index.ts";

/** The names of a set, in one order. */
const list = (names: Iterable<string>): string => [...names].sort().join(" ");

const codeOf = (code: PrivacyCode | undefined): string =>
  code === undefined ? "none" : code.code + (code.stale ? " stale" : "");

/** Loose on purpose: an event is plain data, and only the fields that it has are read. */
interface Told {
  readonly type: string;
  readonly state: string;
  readonly ready: boolean;
  readonly executed: number;
  readonly epoch: bigint;
  readonly inGroup: boolean;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly unrecognized: readonly string[];
  readonly current: PrivacyCode | undefined;
}

export class ReplayedEvents {
  readonly #userId: string;
  #state = "negotiating";
  #ready = false;
  #executed: number | undefined;
  #epoch: bigint | undefined;
  #inGroup = true;
  #unrecognized: readonly string[] = [];
  readonly #roster = new Set<string>();
  #code: PrivacyCode | undefined;

  constructor(userId: string) {
    this.#userId = userId;
  }

  event(event: DaveEvent): void {
    const told = event as unknown as Told;
    switch (told.type) {
      case "state":
        this.#state = told.state;
        this.#ready = told.ready;
        return;
      case "version":
        this.#executed = told.executed;
        return;
      case "epoch":
        this.#epoch = told.epoch;
        return;
      case "group":
        this.#inGroup = told.inGroup;
        return;
      case "roster":
        for (const userId of told.added) this.#roster.add(userId);
        for (const userId of told.removed) this.#roster.delete(userId);
        this.#unrecognized = told.unrecognized;
        return;
      case "privacyCode":
        this.#code = told.current;
    }
  }

  /** The first difference between what was told and what the getters say. */
  differenceFrom(client: DaveClient): string | undefined {
    const others = [...client.roster.keys()].filter((userId) => userId !== this.#userId);
    const { inGroup, unrecognized } = client as { inGroup?: boolean; unrecognized?: readonly string[] };
    const pairs: readonly (readonly [name: string, told: unknown, is: unknown])[] = [
      ["state", this.#state, client.state],
      ["ready", this.#ready, client.ready],
      ["executedVersion", this.#executed, client.executedVersion],
      ["roster", list(this.#roster), list(others)],
      ["inGroup", this.#inGroup, inGroup],
      ["unrecognized", list(this.#unrecognized), list(unrecognized ?? [])],
      ["voicePrivacyCode", codeOf(this.#code), codeOf(client.privacyCode)],
      ["epoch", this.#epoch, client.epoch],
    ];
    const [name, told, is] = pairs.find((pair) => pair[1] !== pair[2]) ?? [];
    return name === undefined ? undefined : `the events say ${name} ${told}, the getter says ${is}`;
  }
}
