// Broken peers: gateway messages and displayable codes (O1, O2, M11, V1)
import type { Answer } from "../../../src/peers/protocol.ts";
import { type BrokenPeer, broken, change, type Handler } from "./kit.ts";

type Decode = Handler<"message.decode">;
type Decoded = Answer<"message.decode">;
const SUITE = "gateway";

/** A decoder that reads some other text where it should refuse the one it got. */
const lenient = (name: string, repair: (text: string) => string): BrokenPeer =>
  broken(
    name,
    "O1",
    SUITE,
    change("message.decode", (request, right) => {
      const answer = right(request);
      if (answer.accepted || request.text === undefined) return answer;
      return right({ ...request, text: repair(request.text) });
    }),
  );

/** A decoder whose good answers are changed. */
const reading = (
  name: string,
  rule: string,
  act: (message: Record<string, unknown>) => Record<string, unknown>,
) =>
  broken(
    name,
    rule,
    SUITE,
    change("message.decode", (request, right) => {
      const answer: Decoded = (right as Decode)(request);
      return answer.accepted ? { ...answer, message: act({ ...(answer.message as object) }) } : answer;
    }),
  );

/** Received messages with a sequence number of the test's choosing. */
const numbering = (name: string, renumber: (seq: number, binary: boolean) => number): BrokenPeer =>
  broken(
    name,
    "O2",
    SUITE,
    change("client.receive", (request, right) => {
      if (request.binary && request.binary.length > 2) {
        const binary = Uint8Array.from(request.binary);
        const seq = renumber((binary[0] ?? 0) * 256 + (binary[1] ?? 0), true);
        binary.set([seq >> 8, seq & 0xff]);
        return right({ ...request, binary });
      }
      const text = request.text?.replace(/"seq":(\d+)/, (_, seq) => `"seq":${renumber(Number(seq), false)}`);
      return right({ ...request, ...(text === undefined ? {} : { text }) });
    }),
  );

const codes = (name: string, act: Parameters<typeof change<"verify.displayable_code">>[1]): BrokenPeer =>
  broken(name, "V1", "displayable-code", change("verify.displayable_code", act));

export const brokenMessages: readonly BrokenPeer[] = [
  lenient("an id of the wrong type taken for 0", (text) =>
    text.replace(/"transition_id":(?:null|true|\[7\]|"")/, '"transition_id":0'),
  ),
  lenient("ids cut down to 16 bits", (text) => text.replace(/"?65536"?/, "0")),
  lenient("a missing id taken for 0", (text) =>
    text.replace('{"protocol_version":1}', '{"protocol_version":1,"transition_id":0}'),
  ),
  lenient("an unsafe number rounded", (text) => text.replace("9007199254740993", '"9007199254740992"')),
  reading("0 taken for an absence", "O1", (message) => {
    if (message.transition_id === 0) delete message.transition_id;
    return message;
  }),
  reading("transition ids little endian", "O1", (message) =>
    "commit" in message ? { ...message, transition_id: Number(message.transition_id) << 8 } : message,
  ),
  reading("sequence numbers of binary messages unread", "O2", (message) => {
    if ("commit" in message) delete message.seq;
    return message;
  }),
  broken(
    "an unknown opcode refused",
    "O2",
    SUITE,
    change("message.decode", (request, right) => {
      const answer = right(request);
      const unknown = (answer.message as { known?: boolean } | null)?.known === false;
      return unknown ? { accepted: false, message: null } : answer;
    }),
  ),
  broken(
    "a sequence number in the client's messages",
    "O1",
    SUITE,
    change("message.encode", (request, right) => {
      const answer = right(request);
      const numbered = request.from === "client" && answer.binary;
      return numbered ? { binary: Uint8Array.of(0, 0, ...numbered) } : answer;
    }),
  ),
  numbering("text and bytes numbered apart", (seq, binary) => (binary ? 0 : seq + 1)),
  numbering("a sequence that ends at 16 bits", (seq) =>
    Math.min(seq === 0 || seq === 1 ? 65535 : seq, 65535),
  ),
  broken(
    "falls silent after a malformed message",
    "M11",
    SUITE,
    (() => {
      const deaf = new Set<string>();
      return change("client.receive", (request, right) => {
        const outcome = right(request);
        const bad = (outcome.events as { reason?: string }[]).some(({ reason }) =>
          reason?.startsWith("malformed"),
        );
        const silent = deaf.has(request.name);
        if (bad) deaf.add(request.name);
        return silent ? { ...outcome, sent: [] } : outcome;
      });
    })(),
  ),
  codes("groups little endian", ({ data, length, group }, right) => {
    const parts = Array.from({ length: Math.ceil(data.length / (group || 1)) }, (_, at) =>
      [...data.subarray(at * group, (at + 1) * group)].reverse(),
    );
    return right({ data: Uint8Array.from(parts.flat()), length, group });
  }),
  codes("groups without their zeros", (request, right) => {
    const { code } = right(request);
    const parts = code?.match(new RegExp(`.{${request.group}}`, "g")) ?? [];
    return { code: code === null ? null : parts.map((part) => String(Number(part))).join("") };
  }),
  codes("one group for the whole", ({ data, length }, right) =>
    right({ data, length, group: Math.min(7, length) }),
  ),
  codes("a short code for too few bytes", ({ data, length, group }, right) =>
    right({ data, length: Math.min(length, data.length - (data.length % (group || 1))), group }),
  ),
];
