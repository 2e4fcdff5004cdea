// Implementations that are wrong on purpose, one rule each
import { brokenClients } from "./clients.ts";
import { brokenFrames } from "./frames.ts";
import { brokenKeys } from "./keys.ts";
import type { BrokenPeer } from "./kit.ts";
import { brokenMessages } from "./messages.ts";
import { brokenSessions } from "./sessions.ts";

export const BROKEN_PEERS: readonly BrokenPeer[] = [
  ...brokenFrames,
  ...brokenKeys,
  ...brokenSessions,
  ...brokenClients,
  ...brokenMessages,
];
