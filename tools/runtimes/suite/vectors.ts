// Every recorded vector through its suite, on this project's own peer

import { embedded } from "vectors:embedded";
import {
  decodeCbor,
  mlsInternals,
  runVectors,
  SUITE_NAMES,
  SUITES,
  selfPeer,
  type VectorFile,
  vectorFile,
} from "@puredave/conformance/portable";
import { type Part, Tally } from "./report.ts";

export const vectorFiles: readonly VectorFile[] = embedded.map(({ collection, name, bytes }) =>
  vectorFile(decodeCbor(bytes), { collection, name, path: `${collection}/${name}` }, SUITE_NAMES),
);

/** One part for each collection; a case that is not supported has not passed. */
export async function vectors(now: () => number): Promise<readonly Part[]> {
  const collections = [...new Set(vectorFiles.map(({ collection }) => collection))];
  const parts: Part[] = [];
  for (const collection of collections) {
    const tally = new Tally(`vectors ${collection}`);
    const files = vectorFiles.filter((file) => file.collection === collection);
    const subject = { peer: selfPeer("runtime"), mls: mlsInternals };
    for (const { id, verdict, finding } of await runVectors(subject, files, SUITES, { now }))
      tally.hold(`${id} ${verdict}: ${finding?.what ?? ""}`, verdict === "pass");
    parts.push(tally.part);
  }
  return parts;
}
