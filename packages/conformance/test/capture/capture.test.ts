// Captures: a client's tap writes them, the parser reads them, replay runs them against a fresh client
import { type CaptureRecord, captureRecord, DaveClient } from "@puredave/dave";
import { encodeServerMessage } from "@puredave/dave/protocol";
import { describe, expect, it } from "vitest";
import { CaptureError, captureLine, opcodeName, opcodeOf, parseCapture } from "../../src/capture/capture.ts";
import { replay } from "../../src/capture/replay.ts";
import { ManualClock } from "../../src/peers/self/manual-client.ts";
import { fieldsOf, shippedFiles } from "../support/vectors.ts";

const vector = fieldsOf(shippedFiles().find(({ suite }) => suite === "session-welcome")?.cases[0] ?? {});
const ids = { userId: vector.text("userId"), channelId: vector.text("groupId") };

/** A client that lives through some messages and writes them down. */
function recorded(): string {
  const records: CaptureRecord[] = [];
  const clock = new ManualClock(500);
  const client = new DaveClient({
    ...ids,
    clock,
    send: () => {},
    tap: (tapped) => void records.push(captureRecord(tapped)),
  });
  client.receive(JSON.stringify({ op: 4, d: { dave_protocol_version: 1, secret_key: [1, 2, 3] }, seq: 1 }));
  clock.advance(20);
  client.receive(encodeServerMessage({ op: 25, externalSender: vector.bytes("externalSender"), seq: 2 }));
  client.receive(encodeServerMessage({ op: 30, transitionId: 0, welcome: vector.bytes("welcome"), seq: 3 }));
  clock.advance(1000);
  client.receive(encodeServerMessage({ op: 24, protocolVersion: 1, epoch: 1n, seq: 4 }));
  return records.map(captureLine).join("\n");
}

describe("a capture", () => {
  it("holds direction, time, and text or base64; no secret of op 4", () => {
    const text = recorded();
    expect(text).not.toContain("secret_key");
    const messages = parseCapture(text);
    expect(messages.map((message) => `${message.direction} ${opcodeOf(message)}`)).toEqual([
      "in 4",
      "out 26",
      "in 25",
      "in 30",
      "in 24",
      "out 26",
    ]);
    expect(messages.map(({ at }) => at)).toEqual([500, 500, 520, 520, 1520, 1520]);
    expect(opcodeName(30)).toBe("op 30 mlsWelcome");
  });

  it("lines that are none are named by number", () => {
    const bad: readonly (readonly [string, string])[] = [
      ["{", "line 1: not JSON"],
      ["\n\n1", "line 3: not an object"],
      ['{"direction":"up","text":""}', 'line 1: direction is "in" or "out"'],
      ['{"direction":"in","at":"x","text":""}', 'line 1: "at" is a number'],
      ['{"direction":"in"}', 'line 1: neither "text" nor base64 "binary"'],
      ['{"direction":"in","binary":"*"}', 'line 1: neither "text" nor base64 "binary"'],
    ];
    for (const [text, message] of bad) expect(() => parseCapture(text)).toThrow(new CaptureError(message));
  });
});

describe("a replay", () => {
  it("answers with the same opcodes as the captured client, and nothing escapes", () => {
    const steps = replay(parseCapture(recorded()), { ...ids, seed: 1 });
    expect(steps.map(({ opcode }) => opcode)).toEqual([4, 25, 30, 24]);
    expect(steps.map(({ sent }) => sent)).toEqual(steps.map(({ captured }) => captured));
    expect(steps.filter(({ thrown }) => thrown !== undefined)).toEqual([]);
    // The welcome is for another's key package: that is told, not hidden.
    expect(steps[2]?.events).toContainEqual(expect.objectContaining({ type: "ignored", op: 30 }));
  });

  it("is the same every time with one seed", () => {
    const messages = parseCapture(recorded());
    expect(replay(messages, { ...ids, seed: 5 })).toEqual(replay(messages, { ...ids, seed: 5 }));
  });
});
