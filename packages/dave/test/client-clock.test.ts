// Time inside a client never goes back: a clock that steps back makes no key live longer.
import { describe, expect, it } from "vitest";
import type { VirtualClock } from "../src/testing.ts";
import { Call, type Member, pair } from "./support/call.ts";

/** Steps the clock back without firing anything. */
const stepBack = (clock: VirtualClock, ms: number): void => {
  clock.step(-ms);
};

describe("a clock that steps back", () => {
  it("an hour, right after an op 22: a removed member's keys are gone a minute later", () => {
    const { call, members } = Call.of(3);
    const [a, b, c] = members as [Member, Member, Member];
    const frames = Array.from({ length: 3 }, () => c.speak());
    call.removeOne(a, c, 2, 7);
    call.execute(7);
    expect(b.hear(c, frames[0]!)).toBe("decrypted");
    stepBack(call.clock, 3_600_000);
    expect(b.hear(c, frames[1]!)).toBe("decrypted");
    for (let second = 0; second < 60; second++) {
      call.clock.step(1_000);
      b.client.tick();
    }
    expect(b.hear(c, frames[2]!)).not.toBe("decrypted");
  });

  it("again and again, counts each step as no time", () => {
    const { call, a, b } = pair();
    const early = [a.speak(), a.speak()] as const;
    call.addAll(a, [call.join("300")], 7);
    call.execute(7);
    for (let step = 0; step < 100; step++) {
      call.clock.step(100);
      b.client.tick();
      stepBack(call.clock, 5_000);
      b.client.tick();
    }
    expect(b.hear(a, early[0])).toBe("decrypted");
    call.clock.step(1);
    expect(b.hear(a, early[1])).not.toBe("decrypted");
  });

  it("is asked by its own time: nextDeadline() fits the clock after a step", () => {
    const { call, b } = pair();
    b.receive({ op: 21, protocolVersion: 1, transitionId: 7 });
    stepBack(call.clock, 1_000);
    b.client.tick();
    expect(b.client.nextDeadline()).toBe(call.clock.now() + 10_000);
    call.clock.step(10_000);
    b.client.tick();
    expect(b.eventsOf("transition").at(-1)).toMatchObject({ phase: "executed", cause: "missing-execute" });
  });

  it("tick(now) moves time on, and an earlier now changes nothing", () => {
    const call = new Call();
    const clock = { now: () => 1_000 };
    const b = call.join("1", { clock });
    b.receive({ op: 21, protocolVersion: 1, transitionId: 7 });
    b.client.tick(0);
    b.client.tick(10_999);
    expect(b.eventsOf("transition").at(-1)).toMatchObject({ phase: "prepared" });
    b.client.tick(11_000);
    expect(b.eventsOf("transition").at(-1)).toMatchObject({ phase: "executed" });
  });

  it("one that gives no number, or throws, stands still", () => {
    const call = new Call();
    const faults: unknown[] = [];
    let now = (): number => 1_000;
    const b = call.join("1", { clock: { now: () => now() }, onFault: (fault) => faults.push(fault) });
    b.receive({ op: 21, protocolVersion: 1, transitionId: 7 });
    now = () => Number.NaN;
    b.client.tick();
    now = () => {
      throw new Error("no time");
    };
    b.client.tick();
    expect(faults).not.toEqual([]);
    expect(b.client.nextDeadline()).toBe(11_000);
  });
});
