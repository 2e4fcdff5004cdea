// Every rule that a case may prove: the protocol's by id, in a few words, and the sections of RFC 9420

/** Whom a rule binds: a client, the server (the gateway and the SFU), or the caller of a client. */
export type Bound = "client" | "server" | "caller";

/** Rules of docs/protocol.md in its order, each in a few words. */
export const RULES = {
  P1: "group id: the channel's snowflake, 8 bytes big endian",
  P2: "member identity: the user's snowflake, 8 bytes big endian",
  P3: "MLS parameters of protocol version 1",
  P4: "one signature key per process, fresh HPKE keys per key package",
  O1: "numbers as JSON numbers or text, 0 is a value, anything else an error",
  O2: "one 16-bit sequence for both forms; what is not newer is ignored",
  O3: "a resume resets nothing; what was owed is sent after op 9",
  O4: "messages of an older connection change nothing",
  M1: "receivers first: a prepared key is accepted at once",
  M2: "sender last: keys change at execution",
  M3: "retention of 10 s runs from execution",
  M4: "a reset of MLS leaves media alone",
  M5: "plaintext is sent at version 0 only",
  M6: "plaintext is accepted in its windows only",
  M7: "the state shown to the caller",
  M8: "what happens to frames while not ready",
  M9: "every entitled member decrypts every frame",
  M10: "several pending transitions, each under its id",
  M11: "nothing from the wire throws; doubled and late deliveries are harmless",
  E4: "op 4: the version, and one key package",
  E11: "op 11 adds users and never replaces them",
  E13: "op 13 takes a user away, not at once their keys",
  E21: "op 21: a transition to a version; id 0 executes at once",
  E22: "op 22 executes, early ones are remembered",
  E24: "op 24: epoch 1 resets MLS, another announces a version",
  E25: "op 25: the external sender",
  E27: "op 27: proposals, all or nothing, then a commit",
  E29: "op 29: the announced commit",
  E30: "op 30: the welcome for the newest key package",
  E31: "op 31: recovery, in order and with restraint",
  K1: "base secret from the exporter",
  K2: "hash ratchet over the base secret",
  K3: "counter, generation and nonce",
  K4: "counter and replay state belong to the base secret",
  K5: "a receiver's order of checks; a frame that fails commits nothing",
  K6: "limits of generations, and how long old ones live",
  K7: "each counter decrypts once; 1000 skipped ones are kept",
  F1: "AES-128-GCM with 8 bytes of tag; clear bytes are authenticated",
  F2: "trailer: clear ranges ascending and merged, size",
  F3: "ULEB128 of at most 10 bytes, up to 2^53 - 1",
  F4: "growth of a frame is bounded and known beforehand",
  F5: "what is a protocol frame",
  F6: "encrypting a frame",
  F7: "start codes in H.264 and H.265: the next counter, 10 attempts",
  F8: "decrypting: silence, plaintext, then every live key",
  F9: "the receiver returns the frame as transformed",
  F10: "silence of three bytes passes always",
  C0: "anything malformed: the whole frame is encrypted as it is",
  C1: "Opus and VP9: all encrypted",
  C2: "VP8: 10 or 1 bytes clear",
  C3: "NAL units and their start codes",
  C4: "H.264: slice headers clear",
  C5: "H.265: NAL headers clear",
  C6: "AV1: OBU headers clear, sizes minimal",
  R1: "RTP padding and extensions around the frame",
  V1: "displayable codes",
  V2: "pairwise fingerprints",
  V3: "self signature of a persistent key",
  V4: "which epoch the privacy code is of",
  G1: "what a new connection is told",
  G2: "the version of the call",
  G3: "which key packages are accepted",
  G4: "no established group yet",
  G5: "who gets proposals, and in which order",
  G6: "which commit wins",
  G7: "announcing a commit and its welcome",
  G8: "transition ids",
  G9: "leaving, rejoining, recovering",
  G10: "a sole member, or nobody left to commit",
  G11: "a client without DAVE",
  G12: "sequence numbers and resuming",
  G13: "clients that misbehave",
  S1: "whom media is forwarded to",
  S2: "no protocol frames to clients without DAVE",
  S3: "what an SFU may do to media",
} as const satisfies Readonly<Record<string, string>>;

export type RuleId = keyof typeof RULES;

/** G and S are the server's; R1 is for whoever holds RTP. */
export const boundBy = (id: string): Bound =>
  /^[GS]/.test(id) ? "server" : id === "R1" ? "caller" : "client";

export const isRule = (rule: string): rule is RuleId => Object.hasOwn(RULES, rule);

/** Sections of RFC 9420, written `RFC 9420 §7.8` or `RFC 9420 Appendix C`. */
const SECTION = /^RFC 9420 (?:§(\d+)((?:\.\d+)*)|Appendix [A-D])$/;
const LAST_SECTION = 17;

export function isSection(rule: string): boolean {
  const match = SECTION.exec(rule);
  if (!match) return false;
  return match[1] === undefined || (Number(match[1]) >= 1 && Number(match[1]) <= LAST_SECTION);
}

/** Rules by their place in {@link RULES}, then sections by number. */
export function byRule(a: string, b: string): number {
  const order = Object.keys(RULES);
  const [at, bt] = [order.indexOf(a), order.indexOf(b)];
  if (at >= 0 && bt >= 0) return at - bt;
  if (at >= 0 || bt >= 0) return at >= 0 ? -1 : 1;
  return a.localeCompare(b, "en", { numeric: true });
}
