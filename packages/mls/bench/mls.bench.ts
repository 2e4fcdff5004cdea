// Key package, welcome, commit with Remove and processing another's commit, by group size, beside davey's native addon and
// its WebAssembly build in one run.
import { writeFileSync } from "node:fs";
import * as mls from "../src/index.ts";
import { type Counts, counted, OPERATIONS } from "../test/support/counted.ts";
import { groupsBeside, type Samples } from "./baseline.ts";
import { type Costs, demanded, median, now, operationCosts, STEPS, type Step, total } from "./operations.ts";
import { daveys, OwnSubject, type Setting, type Subject } from "./subjects.ts";

const SIZES = [2, 10, 50, 200, 1000];
const rounds = (size: number) => (size < 10 ? 25 : size < 50 ? 15 : 10);
/** Key packages timed in a round, after an untimed one: as the floor is, warm, whatever the round did before. */
const KEY_PACKAGES = 8;

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
    this.#adds = Array.from({ length: size - 1 }, (_, i) => this.#add(this.bystander(200n + BigInt(i))));
  }

  bystander(user: bigint): mls.KeyPackage {
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

  /** Admits the subject; then one Remove, or an Add for each of `newcomers`, and the founder's commit of that. */
  admit(keyPackage: Uint8Array, newcomers?: readonly mls.KeyPackage[]) {
    const own = this.#add(mls.keyPackageCodec.decode(keyPackage));
    const { welcome, group } = this.#founder.commit([...this.#adds, own]);
    const proposals = newcomers?.map((newcomer) =>
      this.#propose(1n, { proposalType: "add", keyPackage: newcomer }),
    ) ?? [this.#propose(1n, { proposalType: "remove", removed: 1 })];
    const made = group.commit(proposals.map((proposal) => group.receiveProposal(proposal)));
    return {
      welcome: welcome!,
      proposals,
      commit: made.commit,
      after: mls.hex(made.group.epochAuthenticator),
    };
  }
}

/** So many join a call of two others and the subject at once: one op 27 with their Adds, one commit. */
class Crowd {
  readonly setting: Setting;
  readonly users: readonly string[];
  readonly #host: Host;
  readonly #keyPackages: readonly mls.KeyPackage[];

  constructor(count: number) {
    this.#host = new Host(2);
    this.setting = this.#host.setting;
    this.#keyPackages = Array.from({ length: count }, (_, i) => this.#host.bystander(5000n + BigInt(i)));
    this.users = ["100", "7", "200", ...this.#keyPackages.map((_, i) => `${5000 + i}`)];
  }

  admit(keyPackage: Uint8Array) {
    return this.#host.admit(keyPackage, this.#keyPackages);
  }
}

/** A young generation's worth: a whole collection would throw compiled code away as well. */
const collect = (globalThis as { gc?: (options: { type: "minor" }) => void }).gc;

function round(host: Host | Crowd, subject: Subject, samples: Samples): void {
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
  const { welcome, proposals, commit, after } = host.admit(keyPackage);
  const users = host instanceof Crowd ? host.users : undefined;
  timed("welcome", () => subject.join(welcome));
  timed("commit", () => subject.commit(proposals, users));
  timed("process", () => subject.process(commit));
  // Cross-check: an implementation that arrives elsewhere is not timed but wrong.
  if (subject.authenticator() !== after) throw new Error(`${subject.name} arrived at another epoch`);
}

interface Demand {
  readonly operations: Counts;
  readonly signedBytes: number;
}

/** The P-256 operations of each step, counted in a run. Refuses a run that asks for other ones than the RFC does, where `size` says what that is. */
function countOperations(
  size: number | undefined,
  host: Host | Crowd,
  crypto: mls.CryptoProvider,
): Record<Step, Demand> {
  const all = {} as Record<Step, Demand>;
  const meter = counted(crypto);
  const subject = new OwnSubject("counted", meter.crypto);
  const expect = (step: Step, body: () => void) => {
    const seen = meter.during(body);
    const demand = size === undefined ? seen : demanded(step, size);
    const differs = OPERATIONS.filter((name) => seen[name] !== demand[name]);
    all[step] = { operations: seen, signedBytes: meter.signed.bytes };
    if (differs.length) throw new Error(`${step} at ${size}: ${JSON.stringify({ seen, demand })}`);
  };
  let keyPackage: Uint8Array = new Uint8Array(0);
  expect("key package", () => {
    keyPackage = subject.fresh();
  });
  const { welcome, proposals, commit } = host.admit(keyPackage);
  expect("welcome", () => subject.join(welcome));
  expect("commit", () => subject.commit(proposals));
  expect("process", () => subject.process(commit));
  return all;
}

/** Ratios of times, and what they are to be at most. */
const TARGETS = { "platform ÷ davey": 1, "portable ÷ WASM": 2.3, "portable ÷ floor": 1.25 } as const;
type Ratio = keyof typeof TARGETS;
const RATIOS = Object.keys(TARGETS) as Ratio[];

interface Row {
  /** Members of the group; "+25": so many join three at once. */
  readonly members: string;
  readonly step: Step;
  readonly milliseconds: Record<string, number>;
  /** The P-256 operations that the run makes, each at the time that noble takes for it alone in this process. */
  readonly floor: number;
  readonly ratios: Partial<Record<Ratio, number>>;
}

function row(members: string, step: Step, milliseconds: Record<string, number>, floor: number): Row {
  const { platform, portable, davey, "davey WASM": wasm } = milliseconds;
  const ratios: Row["ratios"] = {
    ...(davey && { "platform ÷ davey": platform! / davey }),
    ...(wasm && { "portable ÷ WASM": portable! / wasm }),
    "portable ÷ floor": portable! / floor,
  };
  return { members, step, milliseconds, floor, ratios };
}

function measure(size: number, noble: Costs): Row[] {
  return measured(`${size}`, new Host(size), size, rounds(size), noble);
}

/** Those who were there before: what the commit costs its author, and everybody else. */
function measureCrowd(count: number, noble: Costs): Row[] {
  const rows = measured(`+${count}`, new Crowd(count), undefined, rounds(count), noble);
  return rows.filter(({ step }) => step === "commit" || step === "process");
}

function measured(
  members: string,
  host: Host | Crowd,
  size: number | undefined,
  count: number,
  noble: Costs,
): Row[] {
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
  for (let i = 0; i < count; i++) {
    for (const subject of subjects) round(host, subject, samples.get(subject.name)!);
  }
  return STEPS.map((step) => {
    const times = subjects.map((s) => [s.name, median(samples.get(s.name)![step])]);
    const { operations, signedBytes } = demands[step];
    return row(members, step, Object.fromEntries(times), total(operations, signedBytes, noble));
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
  console.log(`${members.padStart(7)} ${step.padEnd(12)}${times}  ${judged.join("")}`);
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

/** Who joins a big call: so many Adds in one commit. */
const CROWDS = [25, 199];

/** `npm run bench -- mls [--sizes 2,10] [--crowds 25,199] [--json FILE]`: without either, all sizes and crowds. */
export async function run(args: readonly string[]): Promise<number> {
  const numbers = (name: string) => option(args, name)?.split(",").map(Number);
  const everything = numbers("--sizes") === undefined && numbers("--crowds") === undefined;
  const sizes = numbers("--sizes") ?? (everything ? SIZES : []);
  const crowds = numbers("--crowds") ?? (everything ? CROWDS : []);
  if (!crowds.every((count) => Number.isInteger(count) && count >= 1 && count <= 500)) {
    console.error("--crowds: numbers of newcomers from 1 to 500, with commas between them");
    return 2;
  }
  if (!sizes.every((size) => Number.isInteger(size) && size >= 2 && size <= 1000)) {
    console.error("--sizes: numbers of members from 2 to 1000, with commas between them");
    return 2;
  }
  const baseline = option(args, "--baseline");
  if (baseline !== undefined) {
    await groupsBeside(baseline, sizes, (size) => {
      const host = new Host(size);
      return { rounds: rounds(size), round: (subject, samples) => round(host, subject, samples) };
    });
    return 0;
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
  const show = (made: readonly Row[]) => {
    rows.push(...made);
    for (const one of made) print(one);
  };
  for (const size of sizes) show(measure(size, costs.noble));
  for (const count of crowds) show(measureCrowd(count, costs.noble));
  summarize(rows);
  const file = option(args, "--json");
  if (file) {
    writeFileSync(file, `${JSON.stringify({ operations: costs, targets: TARGETS, rows }, undefined, 2)}\n`);
  }
  return 0;
}
