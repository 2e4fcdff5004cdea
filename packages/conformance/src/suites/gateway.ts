// Gateway messages: read and written (`message.*`), and given to a whole client (`client.*`)
import type { Peer } from "../peers/peer.ts";
import type { Answer } from "../peers/protocol.ts";
import type { CaseContext, Suite } from "../runner/suite.ts";
import type { Fields } from "../vectors/case.ts";
import { toHex, toJson, VectorError } from "../vectors/fields.ts";
import { aboutOwn } from "./about/own.ts";

const NAME = "gateway case";
const IDS = { user_id: "1180000007919000001", channel_id: "1290000000000000007" };
const WITH_ID = [23, 31];

/** `text` or `binary` of a vector, as a request has it. */
const wireOf = (fields: Fields): { text: string } | { binary: Uint8Array } =>
  fields.has("text") ? { text: fields.text("text") } : { binary: fields.bytes("binary") };

async function decode({ subject: { peer }, check, vector, about: { rules } }: CaseContext): Promise<void> {
  const accepted = vector.bool("accepted");
  const request = { from: vector.text("from"), ...wireOf(vector) };
  const answer = await peer.call("message.decode", request);
  check.equal("the message can be read", answer.accepted, accepted, ...rules);
  if (accepted) check.same("message", answer.message, toJson(vector.map("message").tree), ...rules);
}

async function encode({ subject: { peer }, check, vector, about: { rules } }: CaseContext): Promise<void> {
  const message = toJson(vector.map("message").tree);
  const answer = await peer.call("message.encode", { from: vector.text("from"), message });
  const expected = wireOf(vector);
  if ("binary" in expected) return check.bytes("bytes", answer.binary, expected.binary, ...rules);
  check.same("JSON", parsed(answer.text ?? ""), parsed(expected.text), ...rules);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** `23 5`, `26`: opcode, and the transition id where one belongs. */
function shown(sent: Answer<"client.receive">["sent"][number]): string {
  if ("binary" in sent) return `${sent.binary[0] ?? toHex(sent.binary)}`;
  const { op, d } = (parsed(sent.text) ?? {}) as { op?: number; d?: { transition_id?: number } };
  return op !== undefined && WITH_ID.includes(op) ? `${op} ${d?.transition_id}` : `${op ?? sent.text}`;
}

function give(peer: Peer, step: Fields): Promise<Answer<"client.receive">> {
  if (step.has("connection"))
    return peer.call("client.connection", { name: NAME, state: step.text("connection") });
  return peer.call("client.receive", { name: NAME, ...wireOf(step) });
}

async function client({ subject: { peer }, check, vector, about: { rules } }: CaseContext): Promise<void> {
  await peer.call("client.create", { name: NAME, ...IDS, clock_ms: 1000 });
  for (const step of vector.maps("steps")) {
    const { sent, state } = await give(peer, step);
    check.same(`${step.path}: sent`, sent.map(shown), step.texts("sends"), ...rules);
    if (step.has("state")) check.equal(`${step.path}: state`, state, step.text("state"), ...rules);
  }
}

export const gateway: Suite = {
  name: "gateway",
  title: "Gateway messages of both forms: read, written, and given to a client",
  rules: ["O1", "O2", "M11", "E4", "E21", "E22", "E25"],
  about: aboutOwn,
  async run(context) {
    switch (context.vector.text("do")) {
      case "decode":
        return decode(context);
      case "encode":
        return encode(context);
      case "client":
        return client(context);
      default:
        throw new VectorError(`malformed vector: ${context.vector.path}.do: unknown`);
    }
  },
};
