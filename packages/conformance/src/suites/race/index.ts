// Race scenarios: scenes played against the peer's `client.*` commands
import { selfPeer } from "../../peers/self/index.ts";
import type { CaseContext, Suite } from "../../runner/suite.ts";
import { Mismatch } from "../../runner/verdict.ts";
import { VectorError } from "../../vectors/fields.ts";
import type { VectorFile } from "../../vectors/file.ts";
import { aboutScene } from "../about/scenes.ts";
import { membershipScenes } from "./membership.ts";
import { pendingScenes } from "./pending.ts";
import { makeStage, type Scene } from "./stage.ts";
import { transitionScenes } from "./transitions.ts";
import { versionScenes } from "./versions.ts";

const SCENES: ReadonlyMap<string, Scene> = new Map(
  [...transitionScenes, ...pendingScenes, ...versionScenes, ...membershipScenes].map((scene) => [
    scene.name,
    scene,
  ]),
);

/** The scenes as cases: their script is code, their name and what they show the vector. */
export function raceFile(): VectorFile {
  const cases = [...SCENES.values()].map(({ name, shows, rules }) => ({ kind: shows, scene: name, rules }));
  return { suite: "race", collection: "live", path: "(made as it runs)", cases, head: {} };
}

async function run({ subject: { peer }, vector, check }: CaseContext): Promise<void> {
  const scene = SCENES.get(vector.text("scene"));
  if (!scene) throw new VectorError(`malformed vector: ${vector.path}.scene: no such scene`);
  try {
    await scene.play(makeStage(peer, selfPeer("runner"), check));
  } catch (error) {
    // A finding without rules of its own is about what the scene shows.
    if (error instanceof Mismatch && error.finding.rules.length === 0)
      throw new Mismatch({ ...error.finding, rules: scene.rules });
    throw error;
  }
}

export const race: Suite = {
  name: "race",
  title: "Whole clients in scripted races with the gateway",
  rules: [
    ...["P3", "P4", "O2", "O3", "M1", "M2", "M3", "M4", "M5", "M6", "M7", "M8", "M9", "M10", "M11"],
    ...["E4", "E11", "E13", "E21", "E22", "E24", "E27", "E29", "E30", "E31"],
    ...["K1", "K4", "K5", "K7", "F6", "F8", "F10"],
  ],
  about: aboutScene,
  run,
};
