// The suite, the same in every runtime: no file, no socket, no name of any platform
import { selectBackend } from "@puredave/frame-crypto";
import { createCryptoProvider } from "@puredave/mls";
import { backends } from "./backends.ts";
import { hostile } from "./hostile.ts";
import { liveCall } from "./live-call.ts";
import { joinMs, opusMicros } from "./measure.ts";
import { type Part, reason, type SuiteReport } from "./report.ts";
import { vectors } from "./vectors.ts";

const platform = globalThis as { performance?: { now(): number } };
const now = (): number => platform.performance?.now() ?? Date.now();

/** A part that breaks down has one failure: the reason. */
async function part(name: string, run: () => Part | Promise<Part>): Promise<Part> {
  try {
    return await run();
  } catch (error) {
    return { name, passed: 0, failures: [`broke down: ${reason(error)}`] };
  }
}

/** The backend of frames, and with `auto` the sizes from which the platform does its part. */
function framesBackend(): string {
  const { name, changeover } = selectBackend();
  if (changeover === undefined) return name;
  const parts = [
    ["AES", changeover.keystreamFrom],
    ["GCM", changeover.gcmFrom],
  ] as const;
  const used = parts.filter(([, from]) => Number.isFinite(from));
  return used.map(([part, from]) => `${part} from ${from} B`).join(", ");
}

export async function runSuite(): Promise<SuiteReport> {
  const figures: { opusMicros: number | undefined; joinMs: number | undefined } = {
    opusMicros: undefined,
    joinMs: undefined,
  };
  const measured = await part("figures", () => {
    figures.opusMicros = opusMicros(now);
    figures.joinMs = joinMs(now);
    return { name: "figures", passed: 2, failures: [] };
  });
  const recorded = await vectors(now);
  const parts = [
    ...recorded,
    await part("live call of 4", liveCall),
    await part("backends alike", backends),
    await part("hostile inputs", hostile),
    measured,
  ];
  return {
    backend: { frames: framesBackend(), mls: createCryptoProvider().backend },
    parts,
    ...figures,
  };
}
