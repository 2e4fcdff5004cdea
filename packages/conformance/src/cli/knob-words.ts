// What each knob of the voice server does, for --help; the rules are those of the gateway and the SFU (G1 to G17, S1 to S3).
import type { Limits, RtpKnobs } from "../server/options.ts";
import type { GatewayKnobs } from "../sim/gateway/knobs.ts";
import type { DelayKnobs } from "../sim/network.ts";
import type { SfuKnobs } from "../sim/sfu.ts";

type Words<T> = { readonly [K in keyof T]-?: string };

export const GATEWAY_WORDS: Words<GatewayKnobs> = {
  lateConnectMs: "G1: op 11 reaches the others so much later",
  lateExternalSenderMs: "G1: op 25 follows a new connection so much later",
  daveRequired: "G2: a client without DAVE is closed with 4017",
  batchMs: "G5: proposals are collected for so long",
  revokeMs: "G5: the Add of a user who left is revoked so late",
  winDespiteLaterAppend: "G6: a commit wins although a later proposal is out",
  announceToPending: "G7: op 29 goes to pending members too",
  overlapping: "G7: several transitions may be pending at once",
  executeTimeoutMs: "G7: how long op 23 is waited for",
  executeDelayMs: "G7: op 22 follows so long after all were ready",
  executeAtOnce: "G7: a transition waits for no op 23",
  executeEarly: "G12: op 22 comes ahead of its op 29 or 30",
  reAddWaitMs: "G9: a Remove waits so long for the new op 26",
  soleByCommit: "G10: a commit removes the leaver before the reset",
  duplicate: "G12: a message is sent again with its old seq",
  duplicateWithoutSeq: "G12: a JSON message is sent again without seq",
  resumeWindowMs: "G12: how long a lost connection may resume",
  resumedFirst: "G12: op 9 comes before what was missed",
  firstSeq: "G12: seq of a connection's first message",
  lastId: "G8: the transition id given out last before the call",
  lose: "G14: a recipient never gets a 27, 29 or 22",
  lateDisconnectMs: "G15: op 13 follows the reset of the last user so much later",
  flagValid: "G16: a member sends op 31 for a valid commit",
  senderFirst: "G17: op 25 comes ahead of op 4",
  senderAtUpgrade: "G17: no op 25 while version 0 is executed",
  strangerMs: "op 11 leaves out a member, and names it so much later",
  passerBy: "G5: in every epoch somebody asks to be added and leaves",
  badCommit: "fault: a recipient gets a damaged op 29",
  badWelcome: "fault: a recipient gets a damaged op 30",
};

export const CONTROL_WORDS: Words<DelayKnobs> = {
  minDelayMs: "least delay of a message, each way",
  maxDelayMs: "greatest delay of a message, each way",
};

export const MEDIA_WORDS: Words<SfuKnobs> = {
  minDelayMs: "least delay of a packet",
  maxDelayMs: "greatest delay of a packet",
  loss: "a packet is lost",
  duplicate: "a packet comes twice",
  reorder: "a packet is held up",
  reorderMs: "for how long at most",
  silence: "S3: a frame of silence is put in behind a packet",
  tamper: "fault: a copy with one bit changed comes too",
  corrupt: "fault: the packet itself is damaged",
  straggler: "fault: a packet comes 8 to 25 s later",
};

export const RTP_WORDS: Words<RtpKnobs> = {
  extensionWords: "words of 4 bytes in a header extension",
  csrcs: "contributing sources in the header",
  padding: "a packet has 1 to 255 bytes of padding",
  paddingOnly: "a packet of nothing but padding follows",
};

export const LIMIT_WORDS: Words<Limits> = {
  messages: "G13: messages of a websocket in a second, then 4021",
  packets: "packets of a client in a second, more are dropped",
  messageBytes: "bytes of one message, then 1009",
  backlogBytes: "bytes that wait for a slow reader, then its end",
  identifyMs: "until op 0 or op 7 has to come, then 4009",
  sockets: "websockets at once",
};
