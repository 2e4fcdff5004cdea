// Breadth-first: the first path that breaks a rule is a shortest one.
import { nextTransitionDeadline, transition as real } from "@puredave/dave/protocol";
import {
  type Bound,
  type Deadline,
  INITIAL_WORLD,
  type Move,
  moved,
  movesOf,
  type Transition,
  type World,
} from "./model.ts";
import { normalised, symmetries } from "./normalise.ts";
import { broken } from "./rules.ts";
import { SeenSet } from "./seen.ts";

export interface Counterexample {
  readonly rule: string;
  /** Places in the lists of moves, from the initial world on: what `--replay` takes. */
  readonly path: readonly number[];
}

export interface Exploration {
  readonly states: number;
  readonly edges: number;
  /** Levels that were explored whole. */
  readonly depth: number;
  /** States reached but not explored: unknown, not passed. */
  readonly frontier: number;
  readonly counterexamples: readonly Counterexample[];
}

export interface SearchOptions {
  readonly bound: Bound;
  readonly depth: number;
  /** Start from a call of three under way instead of from nothing. */
  readonly call?: boolean;
  readonly transition?: Transition;
  readonly deadline?: Deadline;
  readonly onLevel?: (depth: number, states: number, edges: number, frontier: number) => void;
  /** Called after every 10 000 states of a level that were explored. */
  readonly onProgress?: (explored: number, ofLevel: number, states: number, edges: number) => void;
}

interface Node {
  readonly world: World;
  readonly path: readonly number[];
}

const ROOT: Node = { world: INITIAL_WORLD, path: [] };

/** The way into an encrypted call with two others, who are named and whose group was adopted under id 0. */
const CALL: readonly ((move: Move) => boolean)[] = [
  ({ event }) => event.type === "select-version" && event.version === 1,
  ({ event }) => event.type === "pending-group",
  ({ event }) => event.type === "connect" && event.userIds[0] === "1",
  ({ event }) => event.type === "connect" && event.userIds[0] === "2",
  ({ event }) => event.type === "adopted" && event.id === 0 && event.keySet.members.length === 3,
];

function callUnderWay(bound: Bound, transition: Transition, deadline: Deadline): Node {
  return CALL.reduce(({ world, path }, wanted) => {
    const moves = movesOf(world, bound, deadline);
    const index = moves.findIndex(wanted);
    const move = moves[index];
    if (move === undefined) throw new Error("the call under way cannot be reached");
    return {
      world: moved(world, move, transition(world.state, move.event, move.at)),
      path: [...path, index],
    };
  }, ROOT);
}

/** One shortest counterexample for each rule that is broken; an edge that breaks a rule is not followed. */
export function search(options: SearchOptions): Exploration {
  const { bound, transition = real, deadline = nextTransitionDeadline } = options;
  const names = symmetries(bound);
  const seen = new SeenSet();
  const found = new Map<string, Counterexample>();
  let frontier = [options.call === true ? callUnderWay(bound, transition, deadline) : ROOT];
  for (const { world } of frontier) seen.add(normalised(world, names));
  let edges = 0;
  let depth = 0;
  for (; depth < options.depth && frontier.length > 0; depth++) {
    const next: Node[] = [];
    for (const [done, { world, path }] of frontier.entries()) {
      if (done > 0 && done % 10_000 === 0) options.onProgress?.(done, frontier.length, seen.size, edges);
      for (const [index, move] of movesOf(world, bound, deadline).entries()) {
        edges++;
        const step = transition(world.state, move.event, move.at);
        const after = moved(world, move, step);
        const rules = broken({ before: world, move, step, after, transition, deadline });
        for (const rule of rules) if (!found.has(rule)) found.set(rule, { rule, path: [...path, index] });
        if (rules.length === 0 && seen.add(normalised(after, names)))
          next.push({ world: after, path: [...path, index] });
      }
    }
    frontier = next;
    options.onLevel?.(depth + 1, seen.size, edges, frontier.length);
  }
  return { states: seen.size, edges, depth, frontier: frontier.length, counterexamples: [...found.values()] };
}

const words = ({ event, at }: Move, now: number): string =>
  `${at > now ? `${at - now} ms later: ` : ""}${JSON.stringify(event, (_, value) => (typeof value === "bigint" ? Number(value) : value))}`;

/** The path told in words, one line a move with its effects. */
export function tell(
  path: readonly number[],
  bound: Bound,
  transition: Transition = real,
): readonly string[] {
  let world = INITIAL_WORLD;
  return path.map((index, i) => {
    const move = movesOf(world, bound, nextTransitionDeadline)[index];
    if (move === undefined) throw new RangeError(`step ${i + 1} has no move ${index}`);
    const step = transition(world.state, move.event, move.at);
    const after = moved(world, move, step);
    const rules = broken({ before: world, move, step, after, transition, deadline: nextTransitionDeadline });
    const line = `${i + 1}. ${words(move, world.now)} → ${step.effects.map((effect) => JSON.stringify(effect)).join(" ")}`;
    world = after;
    return rules.length === 0 ? line : `${line}\n   breaks ${rules.join(", ")}`;
  });
}
