// npm run fuzz -- frames --minutes N: hostile bytes against everything that takes a frame.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { MARKER } from "../src/index.ts";
import { readCorpus, seeds, writeCorpus } from "./corpus.ts";
import { mutate } from "./mutate.ts";
import { Random } from "./random.ts";
import { allTargets, type Target, Violation } from "./targets.ts";

export interface Finding {
  readonly target: string;
  readonly input: Uint8Array;
  readonly error: unknown;
}

export interface Session {
  readonly executions: Map<string, number>;
  readonly signatures: Map<string, number>;
  readonly corpus: Uint8Array[];
  /** Inputs that showed something no other had. */
  readonly added: Uint8Array[];
  readonly findings: Finding[];
  slowestMs: number;
}

/** No input may take longer than this. */
const HANG_MS = 2000;
const MAX_INPUT = 4096;

export const newSession = (corpus: readonly Uint8Array[]): Session => ({
  executions: new Map(),
  signatures: new Map(),
  corpus: [...seeds(), ...corpus],
  added: [],
  findings: [],
  slowestMs: 0,
});

/** One input against one target; notes what is new, and what must not be. */
export function execute(session: Session, target: Target, input: Uint8Array, random: Random): void {
  const { executions, signatures } = session;
  executions.set(target.name, (executions.get(target.name) ?? 0) + 1);
  const before = performance.now();
  try {
    const signature = `${target.name}: ${target.run(input, random)}`;
    const seen = signatures.get(signature) ?? 0;
    signatures.set(signature, seen + 1);
    if (seen === 0) {
      session.corpus.push(input);
      session.added.push(input);
    }
  } catch (error) {
    session.findings.push({ target: target.name, input, error });
  }
  const took = performance.now() - before;
  session.slowestMs = Math.max(session.slowestMs, took);
  if (took > HANG_MS) {
    session.findings.push({ target: target.name, input, error: new Violation(`took ${took.toFixed(0)} ms`) });
  }
}

/** A batch of mutated inputs, each against every target. */
export function round(session: Session, targets: readonly Target[], random: Random, inputs: number): void {
  for (let i = 0; i < inputs; i++) {
    const { corpus } = session;
    let from = corpus[random.below(corpus.length)]!;
    // Media is for the codecs; everything else lives on frames.
    if (from.at(-1) !== MARKER && random.below(2) === 0) from = corpus[random.below(corpus.length)]!;
    const other = corpus[random.below(corpus.length)]!;
    const input = mutate(from, other, random).subarray(0, MAX_INPUT);
    for (const target of targets) execute(session, target, input, random);
  }
}

const total = (session: Session): number => [...session.executions.values()].reduce((sum, n) => sum + n, 0);

function report(session: Session): void {
  for (const [name, count] of session.executions) console.log(`  ${name.padEnd(20)} ${count} executions`);
  for (const [signature, count] of [...session.signatures].sort())
    console.log(`  ${signature.padEnd(56)} ${count}`);
  for (const { target, input, error } of session.findings.slice(0, 20)) {
    console.log(`FOUND ${target}: ${error}\n  ${Buffer.from(input).toString("hex")}`);
  }
}

const option = (args: readonly string[], name: string): string | undefined => {
  const at = args.indexOf(name);
  return at < 0 ? undefined : args[at + 1];
};

/**
 * `--minutes N` (1), `--seed S` (drawn), `--save` writes inputs that showed something new to the corpus. Run from
 * the repository's root. The exit code is 1 when anything was found.
 */
export function run(args: readonly string[]): number {
  const minutes = Number(option(args, "--minutes") ?? 1);
  const seed = Number(option(args, "--seed") ?? Math.floor(performance.timeOrigin % 2 ** 32));
  if (!(minutes > 0) || !Number.isSafeInteger(seed)) {
    console.error("usage: npm run fuzz -- frames [--minutes N] [--seed S] [--save]");
    return 2;
  }
  const file = join("packages", "frame-crypto", "fuzz", "corpus", "frames.txt");
  const kept = existsSync(file) ? readCorpus(file) : [];
  const session = newSession(kept);
  const targets = allTargets();
  const random = new Random(seed);
  console.log(`frames: seed ${seed}, ${session.corpus.length} inputs in the corpus, ${minutes} minutes`);
  for (const input of [...session.corpus])
    for (const target of targets) execute(session, target, input, random);
  const start = performance.now();
  const end = start + minutes * 60_000;
  let nextReport = start + 10_000;
  while (performance.now() < end && session.findings.length === 0) {
    round(session, targets, random, 2000);
    if (performance.now() < nextReport) continue;
    nextReport += 10_000;
    console.log(
      `  ${((performance.now() - start) / 1000).toFixed(0)} s: ${total(session)} executions, corpus ${session.corpus.length}`,
    );
  }
  report(session);
  if (args.includes("--save")) writeCorpus(file, [...kept, ...session.added]);
  const { findings, slowestMs } = session;
  console.log(
    `frames: ${total(session)} executions, ${findings.length} found, slowest ${slowestMs.toFixed(1)} ms, seed ${seed}`,
  );
  return findings.length === 0 ? 0 : 1;
}
