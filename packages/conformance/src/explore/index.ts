// `explore transitions`: the options, the report and the exit code.
import { parseArgs } from "node:util";
import { BOUNDS } from "./model.ts";
import { search, tell } from "./search.ts";

const HELP = `explore transitions [--bound A|B] [--depth N] [--call] [--replay PATH]

Tries every event in every order on the transition function, breadth first.
  --bound A|B    A: two users, 2 epochs, ids 0 and 5 (default); B: 3 epochs, ids 0, 5 and 6
  --depth N      events in a row (default 4)
  --call         from an encrypted call with two others on instead of from nothing
  --replay PATH  tells one path, as a counterexample prints it
Exit codes: 0 no rule is broken, 1 one is, 2 wrong usage.
`;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function options(args: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      bound: { type: "string", default: "A" },
      depth: { type: "string", default: "4" },
      call: { type: "boolean", default: false },
      replay: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const bound = BOUNDS[values.bound];
  const depth = Number(values.depth);
  const wrong = positionals.length !== 1 || positionals[0] !== "transitions" || bound === undefined;
  if (!values.help && (wrong || !Number.isInteger(depth) || depth < 1)) throw new Error("wrong usage");
  return { ...values, depth, bound: bound ?? BOUNDS["A"], name: values.bound };
}

/** Returns the exit code. */
export function runExplore(args: readonly string[]): number {
  let chosen: ReturnType<typeof options>;
  try {
    chosen = options(args);
  } catch (error) {
    process.stderr.write(`error: ${(error as Error).message}\n${HELP}`);
    return 2;
  }
  const { bound, depth, name, replay } = chosen;
  if (chosen.help || bound === undefined) {
    say(HELP);
    return 0;
  }
  if (replay !== undefined) {
    for (const line of tell(replay.split(",").map(Number), bound)) say(line);
    return 0;
  }
  const start = Date.now();
  const seconds = (): string => ((Date.now() - start) / 1000).toFixed(1);
  const result = search({
    bound,
    depth,
    call: chosen.call,
    onLevel: (level, states, edges, frontier) =>
      say(`depth ${level}: ${states} states, ${edges} edges, ${seconds()} s, frontier ${frontier}`),
    onProgress: (explored, ofLevel, states, edges) =>
      process.stderr.write(`  ${explored} of ${ofLevel}: ${states} states, ${edges} edges, ${seconds()} s\n`),
  });
  for (const { rule, path } of result.counterexamples) {
    say(`\n${rule}: broken by ${path.length} events; --bound ${name} --replay ${path.join(",")}`);
    for (const line of tell(path, bound)) say(`  ${line}`);
  }
  say(
    `bound ${name}, ${chosen.call ? "from a call under way" : "from nothing"}, depth ${result.depth}: ${result.states} states, ${result.edges} edges, ${seconds()} s; ` +
      `${result.frontier} states were left unexplored and count as unknown`,
  );
  return result.counterexamples.length === 0 ? 0 : 1;
}
