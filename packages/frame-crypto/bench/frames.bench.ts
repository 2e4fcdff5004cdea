// npm run bench -- frames: seal and open side by side with @snazzah/davey and plain node:crypto.
import { createCipheriv, createDecipheriv } from "node:crypto";
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import {
  type BackendChoice,
  CODECS,
  Decryptor,
  Encryptor,
  MEDIA_TYPES,
  parseFrame,
  ReceiverKey,
  SenderKey,
  splitFrame,
} from "../src/index.ts";
import { TestRatchet } from "../test/helpers/ratchet.ts";
import { CASES, type FrameCase, noise } from "./cases.ts";
import { type DaveyPair, daveyPair } from "./davey.ts";
import { type Allocation, allocation, ratio, type Subject, type Timing, time } from "./measure.ts";

export interface Row {
  frame: string;
  direction: "encrypt" | "decrypt";
  subject: string;
  medianMicroseconds: number;
  p99Microseconds: number;
  /** Time ÷ davey's time; undefined without davey. */
  ratio: number | undefined;
  target: number | undefined;
  bytesPerFrame: Allocation | undefined;
}

const SSRC = 1;
const SECRET = Uint8Array.from({ length: 16 }, (_, i) => i * 7 + 1);

/** One direction of one backend of ours, under one base secret. */
class Ours {
  readonly encryptor: Encryptor;
  readonly decryptor: Decryptor;
  readonly #case: FrameCase;

  constructor(frameCase: FrameCase, backend: BackendChoice, sending: Uint8Array, receiving: Uint8Array) {
    this.#case = frameCase;
    this.encryptor = new Encryptor({ backend });
    this.encryptor.assignSsrcToCodec(SSRC, frameCase.codec);
    this.encryptor.setKey(new SenderKey(new TestRatchet(sending)));
    this.decryptor = new Decryptor({ backend });
    this.decryptor.install(new ReceiverKey(new TestRatchet(receiving), { preparedAt: 0 }));
  }

  seal(): Uint8Array {
    const { media, frame } = this.#case;
    const result = this.encryptor.encrypt({ mediaType: media, ssrc: SSRC, frame });
    if (result.outcome !== "encrypted") throw new Error(`encrypt: ${result.outcome}`);
    return result.frame;
  }

  open(frame: Uint8Array): Uint8Array {
    const result = this.decryptor.decrypt({ mediaType: this.#case.media, frame, now: 0 });
    if (result.outcome !== "ok") throw new Error(`decrypt: ${result.outcome === "failed" && result.reason}`);
    return result.frame;
  }
}

/** node:crypto alone: the cipher on the joined ranges, and nothing of the frame format. */
function plainCrypto(frameCase: FrameCase) {
  const { clear, encrypted } = splitFrame(frameCase.codec, frameCase.frame);
  const key = new TestRatchet(SECRET).key(0)!;
  const iv = new Uint8Array(12);
  const seal = (): Uint8Array[] => {
    iv[8] = (iv[8]! + 1) & 255;
    const cipher = createCipheriv("aes-128-gcm", key, iv, { authTagLength: 8 });
    if (clear.length > 0) cipher.setAAD(clear);
    const text = cipher.update(encrypted);
    cipher.final();
    return [text, cipher.getAuthTag()];
  };
  const open = (text: Uint8Array, tag: Uint8Array, nonce: Uint8Array): Uint8Array => {
    const decipher = createDecipheriv("aes-128-gcm", key, nonce, { authTagLength: 8 });
    if (clear.length > 0) decipher.setAAD(clear);
    decipher.setAuthTag(tag);
    const plain = decipher.update(text);
    decipher.final();
    return plain;
  };
  return { seal, open, iv, encrypted };
}

/** Every subject must get the same frame, and davey and we each other's, before anything is timed. */
function crossCheck(frameCase: FrameCase, davey: DaveyPair | undefined): void {
  const { transformed } = splitFrame(frameCase.codec, frameCase.frame);
  const expect = (what: string, got: Uint8Array, wanted: Uint8Array): void => {
    if (Buffer.compare(got, wanted) !== 0) throw new Error(`${frameCase.name}: ${what} differs`);
  };
  const backends = ["portable", "platform", "auto"] as const;
  const made = backends.map((backend) => new Ours(frameCase, backend, SECRET, SECRET));
  const frames = made.map((ours) => ours.seal());
  for (const frame of frames) expect("a backend's frame", frame, frames[0]!);
  made.forEach((ours, i) => void expect("a backend's media", ours.open(frames[(i + 1) % 3]!), transformed));
  const parsed = parseFrame(frames[0]!);
  const plain = plainCrypto(frameCase);
  const [text, tag] = plain.seal();
  if (!parsed.ok) throw new Error(`${frameCase.name}: our own frame does not parse`);
  expect("node:crypto's ciphertext", text!, parsed.ciphertext);
  expect("node:crypto's tag", tag!, parsed.tag);
  if (davey === undefined) return;
  const media = MEDIA_TYPES.indexOf(frameCase.media);
  const theirs = davey.encrypt(media, CODECS.indexOf(frameCase.codec), Buffer.from(frameCase.frame));
  for (const backend of backends) {
    const ours = new Ours(frameCase, backend, davey.ourSecret, davey.theirSecret);
    expect("what we make of davey's frame", ours.open(new Uint8Array(theirs)), transformed);
  }
  const ours = Buffer.from(daveySource(frameCase, davey).seal());
  expect("what davey makes of ours", davey.decrypt(media, ours), transformed);
}

function sealSubjects(frameCase: FrameCase, davey: DaveyPair | undefined): Subject[] {
  const { frame, codec, media } = frameCase;
  const buffer = Buffer.from(frame);
  const numbers = [MEDIA_TYPES.indexOf(media), CODECS.indexOf(codec)] as const;
  const subjects: Subject[] = [];
  const nothing = (): void => undefined;
  if (davey)
    subjects.push({ name: "davey", prepare: nothing, run: () => void davey.encrypt(...numbers, buffer) });
  for (const backend of ["auto", "portable"] as const) {
    const ours = new Ours(frameCase, backend, SECRET, SECRET);
    subjects.push({ name: backend, prepare: nothing, run: () => void ours.seal() });
    const into = new Ours(frameCase, backend, SECRET, SECRET);
    const input = { mediaType: media, ssrc: SSRC, frame, output: new Uint8Array(frame.length + 300) };
    const run = (): void => {
      if (into.encryptor.encryptInto(input).outcome !== "encrypted") throw new Error("encryptInto");
    };
    subjects.push({ name: `${backend}, into`, prepare: nothing, run });
  }
  const plain = plainCrypto(frameCase);
  subjects.push({ name: "node:crypto", prepare: nothing, run: () => void plain.seal() });
  return subjects;
}

/** Frames of a batch, each of its own: nothing decrypts twice. */
function opening(name: string, source: () => Uint8Array, open: (frame: Uint8Array) => void): Subject {
  let frames: Uint8Array[] = [];
  return {
    name,
    prepare: (count) => {
      frames = Array.from({ length: count }, source);
    },
    run: (index) => open(frames[index]!),
  };
}

function openSubjects(frameCase: FrameCase, davey: DaveyPair | undefined): Subject[] {
  const media = MEDIA_TYPES.indexOf(frameCase.media);
  const subjects: Subject[] = [];
  if (davey) {
    subjects.push(
      opening(
        "davey",
        // One sender for all cases: under one base secret no counter is used twice.
        () => Buffer.from(daveySource(frameCase, davey).seal()),
        (frame) => void davey.decrypt(media, frame as Buffer),
      ),
    );
  }
  for (const backend of ["auto", "portable"] as const) {
    const ours = new Ours(frameCase, backend, SECRET, SECRET);
    subjects.push(
      opening(
        backend,
        () => ours.seal(),
        (frame) => void ours.open(frame),
      ),
    );
    const into = new Ours(frameCase, backend, SECRET, SECRET);
    const input = {
      mediaType: frameCase.media,
      frame: frameCase.frame,
      now: 0,
      output: new Uint8Array(13_000),
    };
    const open = (frame: Uint8Array): void => {
      input.frame = frame;
      if (into.decryptor.decryptInto(input).outcome !== "ok") throw new Error("decryptInto");
    };
    subjects.push(opening(`${backend}, into`, () => into.seal(), open));
  }
  const plain = plainCrypto(frameCase);
  const [text, tag] = plain.seal();
  const nonce = Uint8Array.from(plain.iv);
  subjects.push({
    name: "node:crypto",
    prepare: () => undefined,
    run: () => void plain.open(text!, tag!, nonce),
  });
  return subjects;
}

/** So many keys take turns, frame by frame: what a bot does that hears a call. */
const TURNS = 8;

const secretOfTurn = (i: number): Uint8Array => SECRET.map((byte) => byte ^ (i + 1));

/** davey's session has one sender of ours: its time with one key is the base. */
function turnSubjects(
  frameCase: FrameCase,
  direction: Row["direction"],
  davey: DaveyPair | undefined,
): Subject[] {
  const single = subjectsOf({ ...frameCase, byTurns: false }, direction, davey);
  const subjects = single.filter(({ name }) => name === "davey");
  for (const backend of ["auto", "portable"] as const) {
    const all = Array.from({ length: TURNS }, (_, i) => {
      const secret = secretOfTurn(i);
      return new Ours(frameCase, backend, secret, secret);
    });
    if (direction === "encrypt") {
      const run = (index: number): void => void all[index % TURNS]!.seal();
      subjects.push({ name: backend, prepare: () => undefined, run });
      continue;
    }
    let frames: Uint8Array[] = [];
    const prepare = (count: number): void => {
      frames = Array.from({ length: count }, (_, i) => all[i % TURNS]!.seal());
    };
    const run = (index: number): void => void all[index % TURNS]!.open(frames[index]!);
    subjects.push({ name: backend, prepare, run });
  }
  return subjects;
}

const sources = new WeakMap<DaveyPair, Encryptor>();

/** Our sending side towards davey: one key for the whole run. */
function daveySource({ frame, media, codec }: FrameCase, davey: DaveyPair) {
  let encryptor = sources.get(davey);
  if (encryptor === undefined) {
    encryptor = new Encryptor();
    encryptor.setKey(new SenderKey(new TestRatchet(davey.ourSecret)));
    sources.set(davey, encryptor);
  }
  const sender = encryptor;
  sender.assignSsrcToCodec(SSRC, codec);
  return {
    seal: (): Uint8Array => {
      const result = sender.encrypt({ mediaType: media, ssrc: SSRC, frame });
      if (result.outcome !== "encrypted") throw new Error(`encrypt: ${result.outcome}`);
      return result.frame;
    },
  };
}

/** Allocation is counted over so many frames, unless `--counted N` says otherwise: of 12 kB they take minutes. */
const COUNTED = 100_000;

/** The word behind an option. */
const optionOf = (args: readonly string[], option: string): string | undefined =>
  args.includes(option) ? args[args.indexOf(option) + 1] : undefined;

function subjectsOf(
  frameCase: FrameCase,
  direction: Row["direction"],
  davey: DaveyPair | undefined,
): Subject[] {
  if (frameCase.byTurns) return turnSubjects(frameCase, direction, davey);
  return direction === "encrypt" ? sealSubjects(frameCase, davey) : openSubjects(frameCase, davey);
}

/** What was timed of one case in one direction; its subjects wait for their allocations to be counted. */
interface Timed {
  readonly frameCase: FrameCase;
  readonly direction: Row["direction"];
  readonly subjects: readonly Subject[];
  readonly timings: readonly Timing[];
}

const isSmall = ({ frame }: FrameCase): boolean => frame.length < 5000;

function timed(frameCase: FrameCase, direction: Row["direction"], davey: DaveyPair | undefined): Timed {
  progress(`timing ${frameCase.name}, ${direction}`);
  const subjects = subjectsOf(frameCase, direction, davey);
  const [rounds, batch] = isSmall(frameCase) ? [300, 50] : [100, 10];
  return { frameCase, direction, subjects, timings: time(subjects, rounds, batch) };
}

function rowsOf({ frameCase, direction, subjects, timings }: Timed, counted: number): Row[] {
  progress(`counting what ${counted} frames allocate: ${frameCase.name}, ${direction}`);
  const reference = timings.find(({ name }) => name === "davey");
  const extra = direction === "encrypt" ? frameCase.sealTargets : frameCase.openTargets;
  return timings.map((timing, i) => ({
    frame: frameCase.name,
    direction,
    subject: timing.name,
    medianMicroseconds: timing.median,
    p99Microseconds: timing.p99,
    ratio: reference && ratio(timing, reference),
    target: frameCase.targets[timing.name] ?? extra?.[timing.name],
    bytesPerFrame: allocation(subjects[i]!, counted, isSmall(frameCase) ? 2000 : 500),
  }));
}

/** Minutes pass before the table: what is under way goes to standard error. */
const progress = (what: string): void => console.error(`${what} …`);

function line(row: Row): string {
  const { ratio: seen, target, bytesPerFrame: bytes } = row;
  const verdict = target === undefined || seen === undefined ? "" : seen <= target ? "met" : "MISSED";
  return [
    row.frame.padEnd(22),
    row.direction.padEnd(9),
    row.subject.padEnd(15),
    row.medianMicroseconds.toFixed(2).padStart(9),
    row.p99Microseconds.toFixed(2).padStart(9),
    (seen === undefined ? "-" : seen.toFixed(2)).padStart(8),
    (target === undefined ? "" : `≤ ${target}`).padStart(7),
    verdict.padStart(7),
    (bytes === undefined ? "-" : bytes.heap.toFixed(0)).padStart(8),
    (bytes === undefined ? "-" : bytes.arrayBuffers.toFixed(0)).padStart(8),
  ].join("");
}

/** Where the platform's cipher overtakes: what `PLATFORM_FROM` was placed by. */
function threshold(): string {
  const sizes = [256, 512, 640, 768, 896, 1024, 1280, 1536, 2048];
  const ratios = (direction: Row["direction"]): string => {
    const seen = sizes.map((size) => `${size} B ${platformToPortable(size, direction).toFixed(2)}`);
    return `platform ÷ portable, ${direction}: ${seen.join(", ")}`;
  };
  return `${ratios("encrypt")}\n${ratios("decrypt")}`;
}

function platformToPortable(size: number, direction: Row["direction"]): number {
  const frame = noise(size);
  const opus: FrameCase = { name: `${size} B`, codec: "opus", media: "audio", frame, targets: {} };
  const subjects = (["portable", "platform"] as const).map((backend): Subject => {
    const ours = new Ours(opus, backend, SECRET, SECRET);
    if (direction === "encrypt")
      return { name: backend, prepare: () => undefined, run: () => void ours.seal() };
    return opening(
      backend,
      () => ours.seal(),
      (sealed) => void ours.open(sealed),
    );
  });
  const [portable, platform] = time(subjects, 100, 30);
  return ratio(platform!, portable!);
}

const HEADER = `${"frame".padEnd(22)}${"".padEnd(9)}${"subject".padEnd(15)}${"median µs".padStart(9)}${"p99 µs".padStart(9)}${"÷ davey".padStart(8)}${"target".padStart(7)}${"".padStart(7)}${"heap B".padStart(8)}${"buf B".padStart(8)}`;

/**
 * Prints the table; `--json FILE` writes it, `--only TEXT` keeps to the frames of such a name. The exit code is 0: a figure
 * from a busy machine fails nothing.
 */
export async function run(args: readonly string[]): Promise<number> {
  const davey = await daveyPair();
  const counted = Number(optionOf(args, "--counted") ?? COUNTED);
  const processor = cpus()[0]?.model ?? "unknown processor";
  console.log(
    `frames: Node ${process.version}, ${processor}, @snazzah/davey ${davey?.version ?? "not available"}`,
  );
  const only = optionOf(args, "--only");
  const cases = CASES.filter(({ name }) => only === undefined || name.includes(only));
  for (const frameCase of cases) crossCheck(frameCase, davey);
  console.log(
    "cross-checked: portable = platform = node:crypto, and davey and we read each other's frames\n",
  );
  const directions = ["encrypt", "decrypt"] as const;
  const all = cases.flatMap((frameCase) => directions.map((d) => timed(frameCase, d, davey)));
  const overtaking = threshold();
  // Last: the collections that counting forces leave the engine a heap in which everything that allocates is slower.
  const rows = all.flatMap((one) => rowsOf(one, counted));
  console.log(HEADER);
  for (const row of rows) console.log(line(row));
  console.log("\n8 keys by turns: davey's time there is that of one key");
  console.log(overtaking);
  const targets = rows.filter(({ target, ratio: seen }) => target !== undefined && seen !== undefined);
  const met = targets.filter(({ target, ratio: seen }) => seen! <= target!);
  console.log(`targets met: ${met.length} of ${targets.length}`);
  const file = optionOf(args, "--json");
  if (file !== undefined)
    writeFileSync(
      file,
      `${JSON.stringify({ node: process.version, processor, davey: davey?.version, rows }, null, 2)}\n`,
    );
  return 0;
}
