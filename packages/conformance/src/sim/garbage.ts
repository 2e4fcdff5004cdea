// Messages that mean nothing: from the gateway to a client (M11), and the other way (G13).
import { createCryptoProvider, externalSenderCodec, generateSignatureKeyPair } from "@puredave/mls";
import type { ServerSays } from "./gateway/wire.ts";
import type { WireMessage } from "./network.ts";
import type { SeededRandom } from "./random.ts";

const WRONG_VALUES: readonly unknown[] = [
  null,
  true,
  "",
  "x",
  -1,
  1.5,
  2 ** 60,
  [],
  {},
  [1, 2],
  "99999999999999999999999",
];

/** JSON opcodes with fields of the wrong kind, or versions nobody has. */
function wrongText(random: SeededRandom): ServerSays {
  const wrong = () => random.pick(WRONG_VALUES);
  const bodies: readonly ServerSays[] = [
    { op: 4, d: { dave_protocol_version: wrong() } },
    { op: 11, d: { user_ids: random.chance(0.5) ? wrong() : [wrong()] } },
    { op: 13, d: { user_id: wrong() } },
    { op: 21, d: { protocol_version: wrong(), transition_id: wrong() } },
    { op: 21, d: { protocol_version: 7, transition_id: 5 } },
    { op: 22, d: { transition_id: wrong() } },
    { op: 24, d: { protocol_version: 1, epoch: wrong() } },
    { op: 24, d: { protocol_version: 99, epoch: 1 } },
    { op: 27, d: {} },
    { op: random.int(40, 99), d: { user_ids: [] } },
  ];
  const message = random.pick(bodies);
  // null counts as absent, and an absent version in op 4 is 0: that would be a true message
  const isOp4 = "d" in message && message.op === 4;
  return isOp4 ? { op: 4, d: { dave_protocol_version: "x" } } : message;
}

/** Something a client must survive. */
export function garbageFor(random: SeededRandom): ServerSays {
  if (random.chance(0.5)) return wrongText(random);
  return { op: random.int(25, 32), body: random.bytes(random.int(0, 80)) };
}

/** An ExternalSender that nobody announced: a key of its own, a credential like any other. */
export function otherSender(random: SeededRandom): Uint8Array {
  const crypto = createCryptoProvider({ randomBytes: (length) => random.bytes(length) });
  return externalSenderCodec.encode({
    signatureKey: generateSignatureKeyPair(crypto).publicKey,
    credential: { credentialType: "basic", identity: random.bytes(8) },
  });
}

/** Something a gateway throws a client out for. */
export function malformedFor(random: SeededRandom): WireMessage {
  return random.pick<WireMessage>(["{", "[]", '{"op":31,"d":{}}', Uint8Array.of(26, 1), Uint8Array.of(28)]);
}

/** Bytes with the form of a protocol frame (F5) that nobody sealed: 8 bytes of tag, nonce 1, size, marker. */
export function fakeFrame(random: SeededRandom): Uint8Array {
  const media = random.bytes(random.int(1, 60));
  return Uint8Array.of(...media, ...random.bytes(8), 1, 12, 0xfa, 0xfa);
}
