// `on`, `once` and `off`: each addition is a listener of its own.
import { expect, it } from "vitest";
import { DaveClient } from "../../src/index.ts";

const make = () => {
  const client = new DaveClient({ userId: "1", channelId: "2", send: () => {} });
  const count = { calls: 0 };
  const listener = () => {
    count.calls++;
  };
  /** Changes the state once. */
  const happen = () => client.receive('{"op":4,"d":{"dave_protocol_version":0}}');
  return { client, count, listener, happen };
};
const OTHER = '{"op":4,"d":{"dave_protocol_version":1}}';

it("a listener stays when the same function is added once more with `once`", () => {
  const { client, count, listener, happen } = make();
  client.on("state", listener);
  client.once("state", listener);
  happen();
  expect(count.calls).toBe(2);
  client.beginConnection();
  client.receive(OTHER);
  expect(count.calls).toBeGreaterThan(2);
});

it("what `on` returns ends its own listening alone, and `off` ends all of a function", () => {
  const { client, count, listener, happen } = make();
  const stop = client.on("state", listener);
  client.on("state", listener);
  stop();
  happen();
  expect(count.calls).toBe(1);
  client.on("state", listener);
  client.off("state", listener);
  client.beginConnection();
  client.receive(OTHER);
  expect(count.calls).toBe(1);
});
