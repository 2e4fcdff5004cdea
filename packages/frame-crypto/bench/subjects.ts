// What is timed beside each other, and the check that all of them make and read the same frames.
import { CODECS, MEDIA_TYPES, splitFrame } from "../src/index.ts";
import type { FrameCase } from "./cases.ts";
import type { DaveyPair } from "./davey.ts";
import type { Subject } from "./measure.ts";
import { clients, frames, type Pair, SECRET, type Way } from "./ours.ts";

export type Direction = "encrypt" | "decrypt";

/** davey's builds that run here. */
export interface Daveys {
  readonly native: DaveyPair | undefined;
  readonly wasm: DaveyPair | undefined;
}

const nothing = (): void => undefined;

/** Sealing needs no inputs. To open, each frame of a batch is made anew, for nothing decrypts twice. */
function subject(name: string, direction: Direction, seal: () => Uint8Array, work: Pair): Subject {
  if (direction === "encrypt") return { name, prepare: nothing, run: () => void work.seal() };
  let wires: Uint8Array[] = [];
  const prepare = (count: number): void => {
    wires = Array.from({ length: count }, seal);
  };
  return { name, prepare, run: (index) => void work.open(wires[index]!) };
}

function davey(name: string, pair: DaveyPair, frameCase: FrameCase, direction: Direction): Subject {
  const { media, codec, frame } = frameCase;
  const [mediaNumber, codecNumber] = [MEDIA_TYPES.indexOf(media), CODECS.indexOf(codec)];
  const given = Buffer.from(frame);
  const work: Pair = {
    seal: () => pair.encrypt(mediaNumber, codecNumber, given),
    open: (wire) => pair.decrypt(mediaNumber, wire as Buffer),
  };
  const sender = frames(frameCase, "portable", pair.ourSecret);
  return subject(name, direction, () => Buffer.from(new Uint8Array(sender.seal())), work);
}

const daveys = ({ native }: Daveys, frameCase: FrameCase, direction: Direction): Subject[] =>
  native === undefined ? [] : [davey("davey", native, frameCase, direction)];

/** davey's WebAssembly, and ours beside it; nothing where it does not load. */
export function wasmSubjects(frameCase: FrameCase, direction: Direction, { wasm }: Daveys): Subject[] {
  if (wasm === undefined || frameCase.turns !== undefined) return [];
  const ours = frames(frameCase, "auto");
  return [davey("davey WASM", wasm, frameCase, direction), subject("auto", direction, ours.seal, ours)];
}

/** So many senders, whose frames come one after the other. davey's session has one: its time is that of one key. */
function turns(frameCase: FrameCase, way: Way, direction: Direction, count: number): Subject {
  const all = Array.from({ length: count }, (_, i) =>
    frames(
      frameCase,
      way,
      SECRET.map((byte) => byte ^ (i + 1)),
    ),
  );
  if (direction === "encrypt")
    return { name: way, prepare: nothing, run: (index) => void all[index % count]!.seal() };
  let wires: Uint8Array[] = [];
  const prepare = (batch: number): void => {
    wires = Array.from({ length: batch }, (_, i) => all[i % count]!.seal());
  };
  return { name: way, prepare, run: (index) => void all[index % count]!.open(wires[index]!) };
}

/** davey, and everything of ours that a table compares with it. */
export function subjectsOf(frameCase: FrameCase, direction: Direction, others: Daveys): Subject[] {
  const theirs = daveys(others, frameCase, direction);
  if (frameCase.turns !== undefined) {
    const count = frameCase.turns;
    const native = theirs.filter(({ name }) => name === "davey");
    return [
      ...native,
      ...(["auto", "portable"] as const).map((way) => turns(frameCase, way, direction, count)),
    ];
  }
  const ours = (["auto", "portable"] as const).flatMap((way) => {
    const [apart, into] = [frames(frameCase, way), frames(frameCase, way)];
    return [
      subject(way, direction, apart.seal, apart),
      subject(`${way}, into`, direction, () => Uint8Array.from(into.seal()), into.into),
    ];
  });
  const whole = clients(frameCase);
  return [...theirs, ...ours, subject("client", direction, whole.seal, whole)];
}

/** The ways between which `auto` chooses. */
export const waysOf = (frameCase: FrameCase, direction: Direction, others: Daveys): Subject[] => [
  ...daveys(others, frameCase, direction),
  ...(["auto", "portable", "keystream", "gcm"] as const).map((way) => {
    const pair = frames(frameCase, way);
    return subject(way, direction, pair.seal, pair);
  }),
];

/** Before anything is timed: every way makes the same frame, and davey and we read each other's. */
export function crossCheck(frameCase: FrameCase, { native, wasm }: Daveys): void {
  const { name, codec, media, frame } = frameCase;
  const { transformed } = splitFrame(codec, frame);
  const expect = (what: string, got: Uint8Array, wanted: Uint8Array): void => {
    if (Buffer.compare(got, wanted) !== 0) throw new Error(`${name}: ${what} differs`);
  };
  const made = (["auto", "portable", "keystream", "gcm"] as const).map((way) =>
    frames(frameCase, way, SECRET.slice()),
  );
  const wires = made.map((pair) => pair.seal());
  for (const wire of wires) expect("a frame", wire, wires[0]!);
  made.forEach((pair, i) => void expect("what comes out", pair.open(wires[(i + 1) % 4]!), transformed));
  for (const pair of [native, wasm]) {
    if (pair === undefined) continue;
    const number = MEDIA_TYPES.indexOf(media);
    const theirs = pair.encrypt(number, CODECS.indexOf(codec), Buffer.from(frame));
    const ours = frames(frameCase, "auto", pair.ourSecret, pair.theirSecret);
    expect("what we make of davey's frame", ours.open(new Uint8Array(theirs)), transformed);
    expect(
      "what davey makes of ours",
      pair.decrypt(number, Buffer.from(new Uint8Array(ours.seal()))),
      transformed,
    );
  }
}
