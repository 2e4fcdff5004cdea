// The vector files of this project's own making, from their generators and from what was recorded
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { asBytes, Fields } from "../case.ts";
import { decodeCbor, type Tree, type Value } from "../cbor.ts";
import { displayableCodeFile } from "./displayable-code.ts";
import { gatewayFile } from "./gateway.ts";

/** The folder of the files made here. */
export const MADE = "puredave";

const recorded = (folder: string, suite: string): Fields =>
  new Fields(decodeCbor(readFileSync(join(folder, "libdave", `${suite}.cbor`))) as Tree, suite);

export interface MadeFile {
  readonly suite: string;
  /** The generator, from the package's folder. */
  readonly by: string;
  readonly value: Value;
}

/** Makes every file anew; `folder` holds the recorded ones that they draw on. */
export function madeFiles(folder: string): readonly MadeFile[] {
  const welcomes = recorded(folder, "session-welcome").maps("cases");
  const [first] = welcomes as [Fields];
  const epoch = recorded(folder, "session-commits").maps("cases")[0]?.maps("epochs")[0];
  const mls = {
    externalSender: first.bytes("externalSender"),
    welcome: first.bytes("welcome"),
    commit: asBytes(epoch?.tree.commit, "session-commits/0"),
  };
  const codes = {
    authenticators: welcomes.slice(0, 4).map((one) => one.map("after").bytes("epochAuthenticator")),
    fingerprints: recorded(folder, "fingerprint")
      .maps("cases")
      .map((one) => one.bytes("fingerprint")),
  };
  const by = (name: string): string => `src/vectors/made/${name}.ts`;
  return [
    { suite: "displayable-code", by: by("displayable-code"), value: displayableCodeFile(codes) },
    { suite: "gateway", by: by("gateway"), value: gatewayFile(mls) },
  ];
}
