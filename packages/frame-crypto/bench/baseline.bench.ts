// npm run bench -- frames --baseline DIR: this checkout's build beside that of another checkout, in one process.

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type * as Library from "../src/index.ts";
import { TestRatchet } from "../test/helpers/ratchet.ts";
import { casesFor, type FrameCase } from "./cases.ts";
import { ratio, type Subject, time } from "./measure.ts";
import { SECRET } from "./ours.ts";
import type { Direction } from "./subjects.ts";

const SSRC = 1;
/** Between the counters of two subjects of one base secret: a receiver meets none twice. */
const SPACING = 1 << 19;

/** The build of frame-crypto in a checkout. */
const library = async (checkout: string): Promise<typeof Library> =>
  (await import(
    pathToFileURL(join(checkout, "packages", "frame-crypto", "dist", "index.js")).href
  )) as typeof Library;

/** A checkout of an earlier commit may say `ok` where this one says `decrypted`. */
const opened = (outcome: string): boolean => outcome === "decrypted" || outcome === "ok";

function subject(name: string, lib: typeof Library, frameCase: FrameCase, direction: Direction): Subject {
  const { media: mediaType, codec, frame } = frameCase;
  const encryptor = new lib.Encryptor();
  encryptor.assignSsrcToCodec(SSRC, codec);
  encryptor.setKey(new lib.SenderKey(new TestRatchet(SECRET), { counter: SPACING }));
  const decryptor = new lib.Decryptor();
  decryptor.install(new lib.ReceiverKey(new TestRatchet(SECRET), { preparedAt: -1e12 }));
  const seal = (): Uint8Array => {
    const result = encryptor.encrypt({ mediaType, ssrc: SSRC, frame });
    if (result.outcome !== "encrypted") throw new Error(`${name}: ${result.outcome}`);
    return result.frame;
  };
  if (direction === "encrypt") return { name, prepare: () => undefined, run: () => void seal() };
  let wires: Uint8Array[] = [];
  return {
    name,
    prepare(count) {
      wires = Array.from({ length: count }, seal);
    },
    run(index) {
      const { outcome } = decryptor.decrypt({ mediaType, frame: wires[index]!, now: 0 });
      if (!opened(outcome)) throw new Error(`${name}: ${outcome}`);
    },
  };
}

/** Prints time ÷ time before for each frame, and the largest of these ratios. */
export async function framesBeside(
  checkout: string,
  only: string | undefined,
  rounds: number,
): Promise<number> {
  const [ours, before] = [await library(process.cwd()), await library(checkout)];
  console.log(
    "frames, auto: this checkout beside the other, µs\n\n| frame | | now | before | now ÷ before |",
  );
  console.log("| --- | --- | ---: | ---: | ---: |");
  const ratios: number[] = [];
  for (const frameCase of casesFor("Node").filter(
    ({ name, turns }) => turns === undefined && (only === undefined || name.includes(only)),
  )) {
    for (const direction of ["encrypt", "decrypt"] as const) {
      const subjects = [
        subject("now", ours, frameCase, direction),
        subject("before", before, frameCase, direction),
      ];
      const [now, then] = time(subjects, rounds, frameCase.frame.length < 3000 ? 50 : 12);
      ratios.push(ratio(now!, then!));
      const figures = [now!.low, then!.low, ratio(now!, then!)].map((value) => value.toFixed(2));
      console.log(`| ${[frameCase.name, direction, ...figures].join(" | ")} |`);
    }
  }
  const mean = ratios.reduce((sum, one) => sum + Math.log(one), 0) / ratios.length;
  console.log(
    `\nnow ÷ before: ${Math.exp(mean).toFixed(2)} on average, at most ${Math.max(...ratios).toFixed(2)}\n`,
  );
  return 0;
}
