// The gateway itself, with real clients: what it sends, to whom and in which order (G1, G4–G11, G14, G15).

import { describe, expect, it } from "vitest";
import { DaveClient, type ServerMessage } from "../../src/index.ts";
import {
  always,
  CALM,
  type Choices,
  type Connection,
  type ScriptedClient,
  ScriptedGateway,
  VirtualClock,
  VoiceGateway,
} from "../../src/testing.ts";

const channelId = "927310423890473011";

/** A call whose every message from the gateway is noted. */
class Stage {
  readonly time = new VirtualClock();
  readonly gateway: VoiceGateway;
  readonly got = new Map<string, ServerMessage[]>();
  readonly clients = new Map<string, DaveClient>();

  constructor(choices: Choices = CALM) {
    this.gateway = new VoiceGateway({ channelId, clock: this.time, choices, firstId: 65_534 });
  }

  join(userId: string): DaveClient {
    let connection: Connection | undefined;
    const client = new DaveClient({
      userId,
      channelId,
      clock: this.time,
      send: (data) => connection && this.gateway.receive(connection, data),
    });
    const got: ServerMessage[] = [];
    this.got.set(userId, got);
    this.clients.set(userId, client);
    connection = this.gateway.identify(userId, 1, {
      deliver: (data, message) => {
        got.push(message);
        client.receive(data);
      },
    });
    this.time.advance(100);
    return client;
  }

  /** The opcodes that a user got since the last look, in order. */
  ops(userId: string): number[] {
    return this.got
      .get(userId)!
      .splice(0)
      .map(({ op }) => op as number);
  }

  ids(userId: string): number[] {
    return this.got
      .get(userId)!
      .flatMap((message) => ("transitionId" in message ? [message.transitionId] : []));
  }
}

describe("the gateway that follows the rules", () => {
  it("names everybody, tells the version and the external sender, then proposes (G1, G4)", () => {
    const stage = new Stage();
    stage.join("1");
    expect(stage.ops("1")).toEqual([11, 4, 25]);
    stage.join("2");
    expect(stage.ops("2").slice(0, 4)).toEqual([11, 4, 25, 27]);
    expect(stage.gateway.epoch).toBe(1n);
  });

  it("gives the first group the id 0 and no 22, later ones other ids that wrap past 65535 to 1 (G7, G8)", () => {
    const stage = new Stage();
    for (const userId of ["1", "2", "3", "4"]) stage.join(userId);
    expect(stage.ids("1")).toEqual([0, 65_535, 65_535, 1, 1]);
    expect(stage.gateway.settled).toBe(true);
  });

  it("tells 13, then removes whoever left (G9)", () => {
    const stage = new Stage();
    for (const userId of ["1", "2", "3"]) stage.join(userId);
    stage.ops("1");
    stage.gateway.leave("3");
    stage.time.advance(100);
    expect(stage.ops("1")).toEqual([13, 27, 29, 22]);
  });

  it("resets a sole member: 13, 24 epoch 1, 21 id 0, and no Remove (G10)", () => {
    const stage = new Stage();
    for (const userId of ["1", "2"]) stage.join(userId);
    stage.ops("1");
    stage.gateway.leave("2");
    stage.time.advance(100);
    expect([stage.ops("1"), stage.gateway.epoch]).toEqual([[13, 24, 21], 0n]);
    expect(stage.clients.get("1")?.state).toBe("alone");
  });

  it("begins a new group when nobody is left who could commit (G10)", () => {
    const stage = new Stage();
    const [a, b] = [stage.join("1"), stage.join("2")];
    stage.ops("1");
    a.recover();
    b.recover();
    stage.time.advance(5_000);
    expect(stage.ops("1")).toContain(24);
    expect([stage.gateway.settled, a.privacyCode?.code]).toEqual([true, b.privacyCode?.code]);
  });

  it("downgrades for a client without DAVE, and upgrades when it has gone (G11)", () => {
    const stage = new Stage();
    const [a] = [stage.join("1"), stage.join("2")];
    stage.ops("1");
    stage.gateway.identify("9", 0, { deliver: () => {} });
    stage.time.advance(100);
    expect([stage.ops("1"), a.state]).toEqual([[11, 21, 22], "plain"]);
    stage.gateway.leave("9");
    stage.time.advance(100);
    expect([stage.ops("1").slice(0, 2), a.state, stage.gateway.version]).toEqual([[13, 24], "encrypted", 1]);
    expect(stage.ids("1")).not.toContain(0);
  });

  it("loses a message for one member only, and never what nobody else gets (G14)", () => {
    const stage = new Stage();
    for (const userId of ["1", "2"]) stage.join(userId);
    stage.gateway.loseNext("2", 29);
    for (const userId of ["1", "2"]) stage.ops(userId);
    stage.join("3");
    expect([stage.ops("1"), stage.ops("2")]).toEqual([
      [11, 27, 29],
      [11, 27],
    ]);
    stage.time.advance(2_000);
    expect([stage.ops("1"), stage.ops("2")]).toEqual([[22], [22]]);
  });

  it("plays the race of 24 and 21 id 0 to one member, and then removes and adds it under another id (G15)", () => {
    const stage = new Stage(always([], { race: 200 }));
    for (const userId of ["1", "2"]) stage.join(userId);
    for (const userId of ["1", "2"]) stage.ops(userId);
    stage.gateway.race("2");
    stage.time.advance(1_000);
    expect(stage.ops("2").slice(0, 2)).toEqual([24, 21]);
    expect([stage.ops("1"), stage.gateway.settled]).toEqual([[27, 29, 22], true]);
  });

  it("replays what a lost socket has missed, once, with op 9 before or behind it (G12)", () => {
    for (const [choices, ops] of [
      [CALM, [9, 11]],
      [always(["resumed-last"]), [11, 9]],
    ] as const) {
      const time = new VirtualClock();
      const gateway = new VoiceGateway({ channelId, clock: time, choices });
      const connection = gateway.identify("1", 1, { deliver: () => {} });
      time.advance(10);
      connection.lost();
      gateway.identify("2", 0, { deliver: () => {} });
      const missed: number[] = [];
      gateway.resume(connection, 3, (_, { op }) => missed.push(op as number));
      time.advance(10);
      expect(missed.filter((op) => op !== 21)).toEqual(ops);
    }
  });

  it("closes a client that sends what no client may send (G13)", () => {
    const time = new VirtualClock();
    const gateway = new VoiceGateway({ channelId, clock: time });
    const connection = gateway.identify("1", 1, { deliver: () => {} });
    gateway.receive(connection, Uint8Array.of(26, 1, 2, 3));
    expect([gateway.faults, gateway.users, connection.open]).toEqual([["1: 26: no key package"], [], false]);
  });
});

describe("the gateway by hand", () => {
  /** Clients of a scripted gateway. */
  function scripted(...userIds: string[]): {
    gateway: ScriptedGateway;
    seats: [ScriptedClient, DaveClient][];
  } {
    const gateway = new ScriptedGateway({ channelId });
    const seats = userIds.map((userId): [ScriptedClient, DaveClient] => {
      const client = new DaveClient({ userId, channelId, send: (data) => gateway.take(seat, data) });
      const seat = gateway.connect(userId, (data) => client.receive(data));
      return [seat, client];
    });
    return { gateway, seats };
  }

  it("sends exactly what the script says, and the members agree", () => {
    const { gateway, seats } = scripted("1", "2", "3");
    const [[a, first], [b, second], [c, third]] = seats as [
      [ScriptedClient, DaveClient],
      [ScriptedClient, DaveClient],
      [ScriptedClient, DaveClient],
    ];
    gateway.hello([a, b, c]);
    gateway.append([a], gateway.add(b));
    gateway.announce(0, a, { to: [a], added: [b] });
    const unwanted = gateway.add(c);
    gateway.append([a, b], unwanted);
    gateway.revoke([a, b], unwanted);
    gateway.append([a, b], gateway.add(c));
    gateway.announce(7, b, { to: [a, b], added: [c] });
    expect([first.epoch, second.epoch, third.epoch]).toEqual([2n, 2n, 2n]);
    gateway.tell([a, b, c], { op: 22, transitionId: 7 });
    const codes = [first, second, third].map(({ privacyCode }) => privacyCode?.code);
    expect(new Set(codes).size).toBe(1);
    gateway.append([a, c], gateway.remove(b));
    gateway.announce(8, c, { to: [a, c] });
    expect([...first.roster.keys()]).toEqual(["1", "3"]);
  });

  it("E30: a member that op 11 has not named is reported until it is named, at later epochs too", () => {
    const { gateway, seats } = scripted("1", "2", "3", "4");
    const [[a], [b], [c], [d, last]] = seats as [
      [ScriptedClient, DaveClient],
      [ScriptedClient, DaveClient],
      [ScriptedClient, DaveClient],
      [ScriptedClient, DaveClient],
    ];
    gateway.hello([a, b, c]);
    gateway.tell([d], { op: 11, userIds: ["1", "3"] }, { op: 4, protocolVersion: 1 });
    gateway.tell([d], { op: 25, externalSender: gateway.signer.externalSender });
    gateway.tell([a, b, c], { op: 11, userIds: ["4"] });
    gateway.append([a], gateway.add(b), gateway.add(d));
    gateway.announce(0, a, { to: [a], added: [b, d] });
    expect(last.unrecognized).toEqual(["2"]);
    gateway.append([a, b, d], gateway.add(c));
    gateway.announce(5, a, { to: [a, b, d], added: [c] });
    expect([last.epoch, last.unrecognized]).toEqual([2n, ["2"]]);
    gateway.tell([d], { op: 11, userIds: ["2"] });
    expect(last.unrecognized).toEqual([]);
  });
});
