// O2: a message of the voice gateway means the same in whatever form the websocket hands it out.

import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import type { ReceivedData, ServerMessage } from "../../src/index.ts";
import { encodeServerMessage } from "../../src/protocol.ts";
import { Call, type Member } from "../support/call.ts";
import { clientMessage, serverMessage } from "../support/decoded.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const bytesOf = (message: string | Uint8Array): Uint8Array =>
  typeof message === "string" ? utf8(message) : message;

function shared(bytes: Uint8Array): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(bytes.length);
  new Uint8Array(buffer).set(bytes);
  return buffer;
}

/** A view into a larger buffer, as `ws` takes it from its pool. */
function pooled(bytes: Uint8Array): Buffer {
  const pool = Buffer.alloc(bytes.length + 200, 0xee);
  pool.set(bytes, 100);
  return pool.subarray(100, 100 + bytes.length);
}

const foreign = (bytes: Uint8Array, as: string): ReceivedData =>
  runInNewContext(`${as}(Uint8Array.from(list))`, { list: [...bytes] }) as ReceivedData;

/** Every form, by name, that a websocket of any runtime gives for the same bytes. */
const FORMS: Readonly<Record<string, (bytes: Uint8Array) => ReceivedData>> = {
  "a Uint8Array": (bytes) => bytes,
  "a Buffer within a pool, as ws gives it": pooled,
  "an ArrayBuffer": (bytes) => bytes.slice().buffer,
  "a SharedArrayBuffer": shared,
  "a view of a SharedArrayBuffer": (bytes) => new Uint8Array(shared(bytes)),
  "a DataView": (bytes) => new DataView(bytes.slice().buffer),
  "fragments, as ws gives them": (bytes) => [
    bytes.slice(0, 1),
    Buffer.from(bytes.slice(1, 3)),
    bytes.slice(3),
  ],
  "a Uint8Array of another realm": (bytes) => foreign(bytes, ""),
  "an ArrayBuffer of another realm": (bytes) => foreign(bytes, "(view => view.buffer)"),
  "a Blob, as the web's WebSocket gives it": (bytes) => new Blob([bytes as Uint8Array<ArrayBuffer>]),
};

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

describe.each(Object.entries(FORMS))("%s", (_, form) => {
  const messages: ServerMessage[] = [
    { op: 11, userIds: ["200"], seq: 1 },
    { op: 4, protocolVersion: 1, seq: 2 },
    { op: 25, externalSender: new Call().signer.externalSender, seq: 3 },
  ];

  it("carries JSON and MLS messages to a client", async () => {
    const { client, sent } = new Call().join("100");
    client.beginConnection();
    sent.length = 0;
    for (const message of messages) client.receive(form(bytesOf(encodeServerMessage(message))));
    await settled();
    expect(client.seqAck).toBe(3);
    expect([...client.recognizedUserIds]).toEqual(["200"]);
    expect(sent.map(({ op }) => op)).toEqual([26]);
  });
});

describe("JSON text that is handed over as bytes", () => {
  it("is told from binary messages whose sequence number begins with the same byte", () => {
    for (const op of [25, 27, 29, 30])
      for (const low of [0x00, 0x22, 0x7d, 0xff]) {
        const binary = Uint8Array.of(0x7b, low, op, 0, 1, 2, 3);
        expect(serverMessage(binary)).toMatchObject({ op, seq: 0x7b00 | low });
      }
  });

  it("may contain any character, and spaces behind its brace", () => {
    const text = '{ "op":11,"d":{"user_ids":["7"],"name":"Ω 🦉"},"seq":9}';
    expect(serverMessage(utf8(text))).toEqual({ op: 11, userIds: ["7"], seq: 9 });
  });

  it("that is no UTF-8 is malformed, and the messages behind it are applied", () => {
    const { client, events } = new Call().join("100");
    const before = client.seqAck;
    client.receive(Uint8Array.of(0x7b, 0x22, 0xff, 0xfe, 0xff));
    expect(client.seqAck).toBe(before);
    expect(events.at(-1)).toMatchObject({ type: "ignored" });
    client.receive(utf8(`{"op":22,"d":{"transition_id":1},"seq":${before + 1}}`));
    expect(client.seqAck).toBe(before + 1);
  });

  it("is read from clients too, whose binary messages begin with their opcode", () => {
    expect(clientMessage(utf8('{"op":23,"d":{"transition_id":7}}'))).toEqual({
      op: 23,
      transitionId: 7,
    });
  });
});

describe("a Blob is read first, and what comes behind it waits", () => {
  /** A Blob that is read when the test says so. */
  function late(message: string) {
    let resolve: (bytes: ArrayBuffer) => void = () => {};
    let reject: (fault: unknown) => void = () => {};
    const bytes = new Promise<ArrayBuffer>((yes, no) => {
      resolve = yes;
      reject = no;
    });
    const arrive = (): void => resolve(utf8(message).slice().buffer);
    return { blob: { arrayBuffer: () => bytes }, arrive, fail: () => reject(new Error("gone")) };
  }
  const execute = (seq: number): string => `{"op":22,"d":{"transition_id":${seq}},"seq":${seq}}`;
  const setup = () => {
    const faults: unknown[] = [];
    const member: Member = new Call().join("100", { onFault: (fault) => faults.push(fault) });
    const order = () => member.eventsOf("ignored").flatMap(({ transitionId }) => transitionId ?? []);
    return { ...member, client: member.client, order, faults, member };
  };

  it("whatever the form and whichever Blob is read first: the order of `receive` is kept", async () => {
    const { client, order } = setup();
    const [one, three] = [late(execute(51)), late(execute(53))];
    const reused = utf8(execute(52));
    client.receive(one.blob);
    client.receive(reused);
    reused.fill(0);
    client.receive(three.blob);
    client.receive(execute(54));
    three.arrive();
    await settled();
    expect(order()).toEqual([]);
    one.arrive();
    await settled();
    expect(order()).toEqual([51, 52, 53, 54]);
  });

  it("one that cannot be read is a fault and holds nothing up", async () => {
    const { client, order, faults, member } = setup();
    const broken = late("");
    client.receive(broken.blob);
    client.receive({ arrayBuffer: async () => "rubbish" } as never);
    client.receive(execute(52));
    broken.fail();
    await settled();
    expect(order()).toEqual([52]);
    expect(faults).toHaveLength(2);
    expect(member.eventsOf("ignored").filter(({ reason }) => reason === "malformed-message")).toHaveLength(2);
  });

  it("belongs to the connection on which it came (O4): a new identify does not wait for it", async () => {
    const { client, order, member } = setup();
    const old = late(execute(51));
    client.receive(old.blob);
    client.receive(execute(52));
    client.beginConnection();
    client.receive(execute(53));
    old.arrive();
    await settled();
    expect(order()).toEqual([53]);
    expect(member.eventsOf("ignored").filter(({ reason }) => reason === "old-connection")).toHaveLength(2);
  });

  it("that is read after `close` changes nothing", async () => {
    const { client, member } = setup();
    const blob = late(execute(51));
    client.receive(blob.blob);
    const { length } = member.events;
    client.close();
    blob.arrive();
    await settled();
    expect(member.events).toHaveLength(length);
  });
});

it.each([undefined, null, 5, true, {}, [1], [new Uint8Array(1), "x"], () => {}])(
  "what is none of these is refused at once, by its kind: %s",
  (value) => {
    const { client } = new Call().join("100");
    expect(() => client.receive(value as never)).toThrow(
      expect.objectContaining({
        code: "invalid-argument",
        message: expect.stringMatching(/^message: .*got /),
      }),
    );
  },
);

it.each([
  ["op 4", '{"op":4,"d":{"dave_protocol_version":null}}', { op: 4, protocolVersion: 0 }],
  ["op 4", '{"op":4,"d":{}}', { op: 4, protocolVersion: 0 }],
])("a version that is null is 0, as if absent: %s %s", (_, text, expected) => {
  expect(serverMessage(text)).toMatchObject(expected);
});

it("a client's version that is null is 0 too", () => {
  expect(clientMessage('{"op":0,"d":{"max_dave_protocol_version":null}}')).toMatchObject({
    maxProtocolVersion: 0,
  });
});
