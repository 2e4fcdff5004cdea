// Virtual time, the seeded generator and the ordered channel: the same seed gives the same call.
import fc from "fast-check";
import { expect, test } from "vitest";
import { SkewedClock, VirtualClock } from "../../src/sim/clock.ts";
import { Link } from "../../src/sim/network.ts";
import { SeededRandom } from "../../src/sim/random.ts";

test("callbacks run by time, then in the order they were asked for", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50)), (delays) => {
      const clock = new VirtualClock(1000);
      const ran: [number, number][] = [];
      for (const [i, delay] of delays.entries())
        clock.setTimer(delay, () => ran.push([clock.now() - 1000, i]));
      clock.runUntil(2000);
      const expected = delays.map((delay, i) => [delay, i] as [number, number]);
      expect(ran).toEqual(expected.sort((a, b) => a[0] - b[0] || a[1] - b[1]));
      expect(clock.now()).toBe(2000);
    }),
  );
});

test("a cancelled timer does not run", () => {
  const clock = new VirtualClock();
  let ran = 0;
  const cancel = clock.setTimer(5, () => ran++);
  clock.setTimer(6, () => ran++);
  cancel();
  clock.runUntil(10);
  expect(ran).toBe(1);
});

test("a skewed clock counts its own milliseconds", () => {
  const clock = new VirtualClock();
  const skewed = new SkewedClock(clock, 500, 2);
  let at = 0;
  skewed.setTimer(100, () => {
    at = clock.now();
  });
  clock.runUntil(200);
  expect(at).toBeCloseTo(50, 3);
  expect(skewed.now()).toBe(900);
});

test("the generator repeats from its seed, and forks do not disturb each other", () => {
  const draw = (random: SeededRandom) => Array.from({ length: 8 }, () => random.u32());
  expect(draw(new SeededRandom(7))).toEqual(draw(new SeededRandom(7)));
  expect(draw(new SeededRandom(7))).not.toEqual(draw(new SeededRandom(8)));
  const [one, two] = [new SeededRandom(7), new SeededRandom(7)];
  draw(one.fork("a"));
  expect(draw(one.fork("b"))).toEqual(draw(two.fork("b")));
  expect(new SeededRandom(1).bytes(33)).toHaveLength(33);
});

test("G12 delay never reorders the messages of a connection", () => {
  const clock = new VirtualClock();
  const heard: string[] = [];
  const link = new Link(
    clock,
    new SeededRandom(3),
    { minDelayMs: 0, maxDelayMs: 100 },
    {
      toClient: (message) => heard.push(String(message)),
      toServer: () => {},
      closed: () => {},
    },
  );
  const sent = Array.from({ length: 100 }, (_, i) => String(i));
  for (const message of sent) link.deliver(message);
  clock.runUntil(1000);
  expect(heard).toEqual(sent);
});
