// Suites in the formats of the MLS working group
import type { Suite } from "../../runner/suite.ts";
import { cryptoBasics } from "./crypto-basics.ts";
import { keySchedule, pskSecret, transcriptHashes } from "./key-schedule.ts";
import { deserialization, messages } from "./messages.ts";
import { passiveClients } from "./passive-client.ts";
import { messageProtection, secretTree } from "./protection.ts";
import { treeMath, treeOperations, treeValidation } from "./tree.ts";
import { treekem } from "./treekem.ts";
import { welcome } from "./welcome.ts";

export const mlsSuites: readonly Suite[] = [
  cryptoBasics,
  deserialization,
  keySchedule,
  messageProtection,
  messages,
  ...passiveClients,
  pskSecret,
  secretTree,
  transcriptHashes,
  treeMath,
  treeOperations,
  treeValidation,
  treekem,
  welcome,
];
