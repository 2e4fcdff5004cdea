// Hostile input against a whole client: it never throws, nothing faults inside, and it stays usable
import * as dave from "@puredave/dave";
import { describe, expect, it } from "vitest";
import { SeededRandom } from "../../src/sim/random.ts";
import { allStrings, EFFORT, SEED } from "../support/hostile.ts";
import { mutate } from "../support/mutate.ts";

describe("a whole client under siege", () => {
  const strings = [...allStrings().values()].filter(({ bytes }) => bytes.length < 4096);

  it("receive and decrypt never throw, and nothing faults inside", () => {
    const random = new SeededRandom(SEED).fork("client");
    const faults: unknown[] = [];
    const client = new dave.DaveClient({
      userId: "1",
      channelId: "2",
      send: () => {},
      clock: { now: () => 0 },
      onFault: (fault) => faults.push(fault),
    });
    client.receive(JSON.stringify({ op: 4, d: { dave_protocol_version: 1 } }));
    let seq = 0;
    for (let n = 0; n < 6000 * EFFORT; n++) {
      const { bytes } = random.pick(strings);
      const body = mutate(bytes, random);
      const op = random.pick([25, 27, 29, 30, 26, 28, random.int(0, 255)]);
      seq = (seq + 1) & 0xffff;
      client.receive(Uint8Array.of(seq >> 8, seq & 255, op, ...body));
      client.receive(random.pick([body, body.slice().buffer, new DataView(body.slice().buffer)]));
      client.decrypt({ userId: "3", mediaType: random.pick(["audio", "video"]), frame: body });
    }
    expect(faults).toEqual([]);
    // It still works: a good message with the next number is applied.
    client.receive(JSON.stringify({ op: 11, d: { user_ids: ["9"] } }));
    expect(client.state).not.toBe("alone");
  });

  it("JSON of every shape is refused by an event at most", () => {
    const random = new SeededRandom(SEED).fork("json");
    const client = new dave.DaveClient({
      userId: "1",
      channelId: "2",
      send: () => {},
      clock: { now: () => 0 },
    });
    const odd = [
      null,
      true,
      -1,
      1.5,
      Number.MAX_VALUE,
      "",
      "x",
      "18446744073709551616",
      [],
      {},
      [[]],
      "__proto__",
    ];
    let heard = 0;
    client.on("ignored", () => heard++);
    for (let n = 0; n < 4000 * EFFORT; n++) {
      const fields = [
        "user_ids",
        "user_id",
        "protocol_version",
        "transition_id",
        "epoch",
        "dave_protocol_version",
      ];
      const d = Object.fromEntries(fields.map((field) => [field, random.pick(odd)]));
      const message = {
        op: random.pick([4, 11, 13, 21, 22, 24, 9, ...odd]),
        d: random.pick([d, d, d, ...odd]),
      };
      const text = JSON.stringify(message) ?? "";
      client.receive(random.chance(0.2) ? text.slice(0, random.int(0, text.length)) : text);
    }
    expect(heard).toBeGreaterThan(1000);
    expect(client.epoch).toBeUndefined();
  });
});
