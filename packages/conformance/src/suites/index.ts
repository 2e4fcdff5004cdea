// Every suite by its name
import type { Suite } from "../runner/suite.ts";
import type { VectorFile } from "../vectors/file.ts";
import { aead, frameDecrypt, frameEncrypt, frameParse, frameSplit } from "./frames.ts";
import { gateway } from "./gateway.ts";
import { interop, interopFile } from "./interop.ts";
import { keyReuse, keyReuseFile } from "./key-reuse.ts";
import { displayableCode, fingerprint, senderKeys } from "./keys.ts";
import { mlsSuites } from "./mls/index.ts";
import { race, raceFile } from "./race/index.ts";
import { refusals, refusalsFile } from "./refusals.ts";
import { scenarios, scenariosFile } from "./scenarios/index.ts";
import { sessionCommits, sessionReject, sessionWelcome } from "./session.ts";

export const ALL_SUITES: readonly Suite[] = [
  aead,
  displayableCode,
  fingerprint,
  frameDecrypt,
  frameEncrypt,
  frameParse,
  frameSplit,
  senderKeys,
  sessionCommits,
  sessionReject,
  sessionWelcome,
  gateway,
  keyReuse,
  interop,
  refusals,
  race,
  scenarios,
  ...mlsSuites,
];

export const SUITES: ReadonlyMap<string, Suite> = new Map(ALL_SUITES.map((suite) => [suite.name, suite]));
export const SUITE_NAMES: ReadonlySet<string> = new Set(SUITES.keys());

/** Cases that are made as they run, not recorded. */
export const liveFiles = (): readonly VectorFile[] => [
  keyReuseFile(),
  interopFile(),
  refusalsFile(),
  raceFile(),
  scenariosFile(),
];
