// Key package, welcome, commit with Remove and processing another's commit, by group size, beside davey in one run.
import { writeFileSync } from "node:fs";
import * as mls from "../src/index.ts";
import { counted, OPERATIONS } from "../test/support/counted.ts";
import { davey, OwnSubject, type Setting, type Subject } from "./subjects.ts";

const SIZES = [2, 10, 50, 200, 1000];
const ROUNDS: Record<number, number> = { 2: 25, 10: 15, 50: 8, 200: 3, 1000: 1 };
const STEPS = ["key package", "welcome", "commit", "process"] as const;
type Step = (typeof STEPS)[number];
type Samples = Record<Step, number[]>;

const now = () => performance.now();
const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!;
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

function round(host: Host, subject: Subject, samples: Samples): void {
  const timed = (step: Step, body: () => void) => {
    const start = now();
    body();
    samples[step].push(now() - start);
  };
  let keyPackage: Uint8Array = new Uint8Array(0);
  timed("key package", () => {
    keyPackage = subject.fresh();
  });
  const { welcome, removal, commit, after } = host.admit(keyPackage);
  timed("welcome", () => subject.join(welcome));
  timed("commit", () => subject.commit(removal));
  timed("process", () => subject.process(commit));
  // Cross-check: an implementation that arrives elsewhere is not timed but wrong.
  if (subject.authenticator() !== after) throw new Error(`${subject.name} arrived at another epoch`);
}

/** What one P-256 operation takes in a backend, ms. */
function operationCosts(crypto: mls.CryptoProvider): Record<(typeof OPERATIONS)[number], number> {
  const pair = mls.generateSignatureKeyPair(crypto);
  const message = new Uint8Array(200);
  const signature = crypto.sign(pair.privateKey, message);
  const cost = (body: () => void) => {
    const times = Array.from({ length: 40 }, () => {
      const start = now();
      body();
      return now() - start;
    });
    return median(times.slice(10));
  };
  return {
    verify: cost(() => void crypto.verify(pair.publicKey, message, signature)),
    sign: cost(() => void crypto.sign(pair.privateKey, message)),
    publicKey: cost(() => void crypto.publicKey(pair.privateKey)),
    diffieHellman: cost(() => void crypto.diffieHellman(pair.privateKey, pair.publicKey)),
  };
}

/** The time of the P-256 operations alone that each step asks for, ms. */
function floors(host: Host, crypto: mls.CryptoProvider): Record<Step, number> {
  const costs = operationCosts(crypto);
  const meter = counted(crypto);
  const subject = new OwnSubject("counted", meter.crypto);
  const time = (body: () => void) => {
    const counts = meter.during(body);
    return OPERATIONS.reduce((sum, name) => sum + counts[name] * costs[name], 0);
  };
  let keyPackage: Uint8Array = new Uint8Array(0);
  const first = time(() => {
    keyPackage = subject.fresh();
  });
  const { welcome, removal, commit } = host.admit(keyPackage);
  return {
    "key package": first,
    welcome: time(() => subject.join(welcome)),
    commit: time(() => subject.commit(removal)),
    process: time(() => subject.process(commit)),
  };
}

interface Row {
  readonly members: number;
  readonly step: Step;
  readonly milliseconds: Record<string, number>;
  readonly portableFloor: number;
}

function measure(size: number): Row[] {
  const host = new Host(size);
  const portable = mls.createCryptoProvider({ backend: "portable" });
  const subjects: Subject[] = [
    new OwnSubject("platform", mls.createCryptoProvider()),
    new OwnSubject("portable", portable),
  ];
  const peer = davey(host.setting);
  if (peer) subjects.push(peer);
  const samples = new Map(
    subjects.map((s) => [s.name, { "key package": [], welcome: [], commit: [], process: [] } as Samples]),
  );
  const warmUp = { "key package": [], welcome: [], commit: [], process: [] } as Samples;
  for (const subject of subjects) round(host, subject, warmUp);
  for (let i = 0; i < ROUNDS[size]!; i++) {
    for (const subject of subjects) round(host, subject, samples.get(subject.name)!);
  }
  const floor = floors(host, portable);
  return STEPS.map((step) => ({
    members: size,
    step,
    milliseconds: Object.fromEntries(subjects.map((s) => [s.name, median(samples.get(s.name)![step])])),
    portableFloor: floor[step],
  }));
}

const fixed = (value: number | undefined, digits = 2) =>
  (value === undefined ? "n/a" : value.toFixed(digits)).padStart(9);

function print(row: Row): void {
  const { platform, portable, davey: peer } = row.milliseconds;
  const ratio = (value: number | undefined) => (peer && value ? value / peer : undefined);
  console.log(
    `${String(row.members).padStart(7)} ${row.step.padEnd(12)}${fixed(platform)}${fixed(portable)}${fixed(peer)}` +
      `${fixed(ratio(platform))}${fixed(ratio(portable))}${fixed(portable! / row.portableFloor)}`,
  );
}

/** `npm run bench -- mls [--json FILE]` */
export function run(args: readonly string[]): number {
  console.log("milliseconds, medians; x: times davey; floor: times the P-256 operations alone (portable)");
  console.log("members step         platform portable    davey   plat.x   port.x    floor");
  const rows: Row[] = [];
  for (const size of SIZES) {
    for (const row of measure(size)) {
      rows.push(row);
      print(row);
    }
  }
  for (const backend of ["platform", "portable"]) {
    const turns = SIZES.map((size) => {
      const longest = Math.max(
        ...rows.filter((r) => r.members === size).map((r) => r.milliseconds[backend]!),
      );
      return `${longest.toFixed(0)} ms at ${size}`;
    });
    console.log(`longest blocking turn, ${backend}: ${turns.join(", ")}`);
  }
  const at = args.indexOf("--json");
  if (at >= 0 && args[at + 1]) writeFileSync(args[at + 1]!, `${JSON.stringify({ rows }, undefined, 2)}\n`);
  return 0;
}
