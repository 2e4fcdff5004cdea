// Key package, welcome, commit with Remove and processing another's commit, by group size, beside davey's native addon and
// its WebAssembly build in one run.
import { writeFileSync } from "node:fs";
import * as mls from "../src/index.ts";
import { type Counts, counted, OPERATIONS } from "../test/support/counted.ts";
import { type Costs, demanded, median, now, operationCosts, STEPS, type Step, total } from "./operations.ts";
import { daveys, OwnSubject, type Setting, type Subject } from "./subjects.ts";

const SIZES = [2, 10, 50, 200, 1000];
const rounds = (size: number) => (size < 10 ? 25 : size < 50 ? 15 : 10);
/** Key packages timed in a round, after an untimed one: as the floor is, warm, whatever the round did before. */
const KEY_PACKAGES = 8;
type Samples = Record<Step, number[]>;

const bigEndian = (value: bigint) => mls.u64.encode(value);

/** The group that the subjects join: a founder of ours and `size` - 1 others, one of whom is removed afterwards. */
class Host {
  readonly setting: Setting;
  readonly #crypto = mls.createCryptoProvider();
  readonly #sender = mls.generateSignatureKeyPair(this.#crypto);
  readonly #groupId: Uint8Array;
  readonly #founder: mls.Group;
  readonly #adds: mls.CachedProposal[];

  constructor(size: number) {
    const channelId = 1000n + BigInt(size);
    const sender: mls.ExternalSender = {
      signatureKey: this.#sender.publicKey,
      credential: { credentialType: "basic", identity: bigEndian(1n) },
    };
    this.setting = { channelId, externalSender: mls.externalSenderCodec.encode(sender) };
    this.#groupId = bigEndian(channelId);
    this.#founder = mls.Group.create(this.#crypto, {
      groupId: this.#groupId,
      identity: bigEndian(100n),
      signatureKeyPair: mls.generateSignatureKeyPair(this.#crypto),
      extensions: [mls.externalSendersExtension([sender])],
    });
    // Founder, subject and these: `size` members stay, one more goes.
    this.#adds = Array.from({ length: size - 1 }, (_, i) => this.#add(this.#bystander(200n + BigInt(i))));
  }

  #bystander(user: bigint): mls.KeyPackage {
    const signatureKeyPair = mls.generateSignatureKeyPair(this.#crypto);
    return mls.createKeyPackage(this.#crypto, { identity: bigEndian(user), signatureKeyPair }).keyPackage;
  }
  #propose(epoch: bigint, proposal: mls.Proposal): Uint8Array {
    const signaturePrivateKey = this.#sender.privateKey;
    const input = { groupId: this.#groupId, epoch, senderIndex: 0, signaturePrivateKey, proposal };
    return mls.signExternalProposal(this.#crypto, input).message;
  }
  #add(keyPackage: mls.KeyPackage): mls.CachedProposal {
    return this.#founder.receiveProposal(this.#propose(0n, { proposalType: "add", keyPackage }));
  }

  /** Admits the subject; then one Remove, and the founder's commit of it. */
  admit(keyPackage: Uint8Array) {
    const own = this.#add(mls.keyPackageCodec.decode(keyPackage));
    const { welcome, group } = this.#founder.commit([...this.#adds, own]);
    const removal = this.#propose(1n, { proposalType: "remove", removed: 1 });
    const made = group.commit([group.receiveProposal(removal)]);
    return { welcome: welcome!, removal, commit: made.commit, after: mls.hex(made.group.epochAuthenticator) };
  }
}

/** A young generation's worth: a whole collection would throw compiled code away as well. */
const collect = (globalThis as { gc?: (options: { type: "minor" }) => void }).gc;

function round(host: Host, subject: Subject, samples: Samples): void {
  const timed = (step: Step, body: () => void) => {
    // What the step before left behind is not collected on this one's account.
    if (step !== "key package") collect?.({ type: "minor" });
    const start = now();
    body();
    samples[step].push(now() - start);
  };
  let keyPackage = subject.fresh();
  for (let i = 0; i < KEY_PACKAGES; i++) {
    timed("key package", () => {
      keyPackage = subject.fresh();
    });
  }
  const { welcome, removal, commit, after } = host.admit(keyPackage);
  timed("welcome", () => subject.join(welcome));
  timed("commit", () => subject.commit(removal));
  timed("process", () => subject.process(commit));
  // Cross-check: an implementation that arrives elsewhere is not timed but wrong.
  if (subject.authenticator() !== after) throw new Error(`${subject.name} arrived at another epoch`);
}

interface Demand {
  readonly operations: Counts;
  readonly signedBytes: number;
}

/** The P-256 operations of each step, counted in a run. Refuses a run that asks for other ones than the RFC does. */
function countOperations(size: number, host: Host, crypto: mls.CryptoProvider): Record<Step, Demand> {
  const all = {} as Record<Step, Demand>;
  const meter = counted(crypto);
  const subject = new OwnSubject("counted", meter.crypto);
  const expect = (step: Step, body: () => void) => {
    const [seen, demand] = [meter.during(body), demanded(step, size)];
    const differs = OPERATIONS.filter((name) => seen[name] !== demand[name]);
    all[step] = { operations: seen, signedBytes: meter.signed.bytes };
    if (differs.length) throw new Error(`${step} at ${size}: ${JSON.stringify({ seen, demand })}`);
  };
  let keyPackage: Uint8Array = new Uint8Array(0);
  expect("key package", () => {
    keyPackage = subject.fresh();
  });
  const { welcome, removal, commit } = host.admit(keyPackage);
  expect("welcome", () => subject.join(welcome));
  expect("commit", () => subject.commit(removal));
  expect("process", () => subject.process(commit));
  return all;
}

/** Ratios of times, and what they are to be at most. */
const TARGETS = { "platform ÷ davey": 1, "portable ÷ WASM": 2.3, "portable ÷ floor": 1.25 } as const;
type Ratio = keyof typeof TARGETS;
const RATIOS = Object.keys(TARGETS) as Ratio[];

interface Row {
  readonly members: number;
  readonly step: Step;
  readonly milliseconds: Record<string, number>;
  /** The P-256 operations that the run makes, each at the time that noble takes for it alone in this process. */
  readonly floor: number;
  readonly ratios: Partial<Record<Ratio, number>>;
}

function row(members: number, step: Step, milliseconds: Record<string, number>, floor: number): Row {
  const { platform, portable, davey, "davey WASM": wasm } = milliseconds;
  const ratios: Row["ratios"] = {
    ...(davey && { "platform ÷ davey": platform! / davey }),
    ...(wasm && { "portable ÷ WASM": portable! / wasm }),
    "portable ÷ floor": portable! / floor,
  };
  return { members, step, milliseconds, floor, ratios };
}

function measure(size: number, noble: Costs): Row[] {
  const host = new Host(size);
  const portable = mls.createCryptoProvider({ backend: "portable" });
  const demands = countOperations(size, host, portable);
  const subjects: Subject[] = [
    new OwnSubject("platform", mls.createCryptoProvider()),
    new OwnSubject("portable", portable),
    ...daveys(host.setting),
  ];
  const empty = (): Samples => ({ "key package": [], welcome: [], commit: [], process: [] });
  const samples = new Map(subjects.map((s) => [s.name, empty()]));
  for (const subject of subjects) round(host, subject, empty());
  for (let i = 0; i < rounds(size); i++) {
    for (const subject of subjects) round(host, subject, samples.get(subject.name)!);
  }
  return STEPS.map((step) => {
    const times = subjects.map((s) => [s.name, median(samples.get(s.name)![step])]);
    const { operations, signedBytes } = demands[step];
    return row(size, step, Object.fromEntries(times), total(operations, signedBytes, noble));
  });
}

const fixed = (value: number | undefined) => (value === undefined ? "n/a" : value.toFixed(2)).padStart(9);
const verdict = (ratio: Ratio, value: number) => (value <= TARGETS[ratio] ? "met" : "MISSED");

function print({ members, step, milliseconds, floor, ratios }: Row): void {
  const { platform, portable, davey, "davey WASM": wasm } = milliseconds;
  const judged = RATIOS.map((ratio) => {
    const value = ratios[ratio];
    return value === undefined
      ? "n/a".padEnd(18)
      : `${value.toFixed(2).padEnd(5)} ${verdict(ratio, value).padEnd(12)}`;
  });
  const times = [platform, portable, davey, wasm, floor].map(fixed).join("");
  console.log(`${String(members).padStart(7)} ${step.padEnd(12)}${times}  ${judged.join("")}`);
}

function printCosts(costs: ReturnType<typeof operationCosts>): void {
  console.log("one P-256 operation, milliseconds of processor time, medians");
  console.log(
    `${"".padEnd(16)}${Object.keys(costs)
      .map((name) => name.padStart(9))
      .join("")}`,
  );
  for (const operation of OPERATIONS) {
    console.log(
      `${operation.padEnd(16)}${Object.values(costs)
        .map((c) => fixed(c[operation]))
        .join("")}`,
    );
  }
}

/** Per target how many rows met it, and the longest turn by members. */
function summarize(rows: readonly Row[]): void {
  for (const ratio of RATIOS) {
    const judged = rows.filter((r) => r.ratios[ratio] !== undefined);
    const missed = judged.filter((r) => verdict(ratio, r.ratios[ratio]!) !== "met");
    const which = missed.map((r) => `${r.step} at ${r.members}`).join(", ");
    const met = `${judged.length - missed.length} of ${judged.length} met`;
    console.log(`${ratio}, at most ${TARGETS[ratio]}: ${met}${which && `; missed: ${which}`}`);
  }
  for (const backend of ["platform", "portable"]) {
    const turns = [...new Set(rows.map(({ members }) => members))].map((size) => {
      const times = rows.filter((r) => r.members === size).map((r) => r.milliseconds[backend]!);
      return `${Math.max(...times).toFixed(0)} ms at ${size}`;
    });
    console.log(`longest blocking turn, ${backend}: ${turns.join(", ")}`);
  }
}

/** The value behind an option. */
const option = (args: readonly string[], name: string) =>
  args.includes(name) ? args[args.indexOf(name) + 1] : undefined;

/** `npm run bench -- mls [--sizes 2,10] [--json FILE]` */
export function run(args: readonly string[]): number {
  const sizes = option(args, "--sizes")?.split(",").map(Number) ?? SIZES;
  if (!sizes.every((size) => Number.isInteger(size) && size >= 2 && size <= 1000)) {
    console.error("--sizes: numbers of members from 2 to 1000, with commas between them");
    return 2;
  }
  const costs = operationCosts();
  printCosts(costs);
  console.log(
    "\nmilliseconds of processor time, medians; floor: the P-256 operations that the run makes, each at the time that noble takes for it alone",
  );
  console.log(
    `members step         platform portable    davey     WASM    floor  ${RATIOS.map((ratio) => ratio.padEnd(18)).join("")}`,
  );
  console.log(`${"at most".padEnd(67)}${RATIOS.map((ratio) => String(TARGETS[ratio]).padEnd(18)).join("")}`);
  const rows: Row[] = [];
  for (const size of sizes) {
    for (const measured of measure(size, costs.noble)) {
      rows.push(measured);
      print(measured);
    }
  }
  summarize(rows);
  const file = option(args, "--json");
  if (file) {
    writeFileSync(file, `${JSON.stringify({ operations: costs, targets: TARGETS, rows }, undefined, 2)}\n`);
  }
  return 0;
}
