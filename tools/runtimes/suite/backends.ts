// The portable and the platform's backend give the same bytes, whatever the runtime's cipher is like
import { compareBytes, SeededRandom, toHex } from "@puredave/conformance/portable";
import { HashRatchet } from "@puredave/dave/protocol";
import {
  CODECS,
  type Codec,
  Decryptor,
  Encryptor,
  ReceiverKey,
  SenderKey,
  selectBackend,
} from "@puredave/frame-crypto";
import { type CryptoProvider, createCryptoProvider } from "@puredave/mls";
import { type Part, Tally } from "./report.ts";

const BOTH = ["portable", "platform"] as const;
type Name = (typeof BOTH)[number];

/** True where the runtime has a cipher of its own that is used. */
function has(make: () => unknown): boolean {
  try {
    make();
    return true;
  } catch {
    return false;
  }
}

const ratchetOf = (base: Uint8Array) => new HashRatchet(createCryptoProvider({ backend: "portable" }), base);

function frameOf(codec: Codec, length: number, random: SeededRandom): Uint8Array {
  const frame = random.bytes(length);
  // Annex B needs a start code, VP8 a header that is not refused
  if (codec === "h264" || codec === "h265") frame.set([0, 0, 0, 1, 0x65].slice(0, length));
  return frame;
}

function framePair(base: Uint8Array, backend: Name, codec: Codec) {
  const mediaType = codec === "opus" ? ("audio" as const) : ("video" as const);
  const encryptor = new Encryptor({ backend });
  encryptor.assignSsrcToCodec(1, codec);
  encryptor.setKey(new SenderKey(ratchetOf(base)));
  const decryptor = new Decryptor({ backend });
  decryptor.install(new ReceiverKey(ratchetOf(base), { preparedAt: 0 }));
  return {
    seal: (frame: Uint8Array) => encryptor.encrypt({ mediaType, ssrc: 1, frame }),
    open: (frame: Uint8Array) => decryptor.decrypt({ mediaType, frame, now: 0 }),
  };
}

/** Lengths around every block boundary and beyond the threshold of `auto`; each opened by the other backend. */
function frames(tally: Tally): void {
  const random = new SeededRandom(2);
  const lengths = [...Array.from({ length: 70 }, (_, n) => n + 16), 255, 640, 1200, 5000, 20_000];
  for (const codec of CODECS) {
    const base = random.bytes(16);
    const [portable, platform] = BOTH.map((name) => framePair(base, name, codec)) as [
      ReturnType<typeof framePair>,
      ReturnType<typeof framePair>,
    ];
    for (const length of lengths) {
      const what = `${codec}, ${length} bytes`;
      const frame = frameOf(codec, length, random);
      const [a, b] = [portable.seal(frame), platform.seal(frame)];
      if (a.outcome !== "encrypted" || b.outcome !== "encrypted") {
        tally.hold(`${what}: both refuse alike (${a.outcome}, ${b.outcome})`, a.outcome === b.outcome);
        continue;
      }
      tally.hold(`${what}: sealed alike`, compareBytes(a.frame, b.frame) === 0);
      const [c, d] = [portable.open(b.frame), platform.open(a.frame)];
      const opened =
        c.outcome === "decrypted" && d.outcome === "decrypted" && compareBytes(c.frame, d.frame) === 0;
      // C6: the sender may drop an OBU's size field
      const same = opened && (codec === "av1" || compareBytes(c.frame, frame) === 0);
      tally.hold(`${what}: opened alike, to what it was`, same);
      const broken = Uint8Array.from(a.frame);
      broken[length]! ^= 1;
      tally.hold(`${what}: refused with a changed tag`, platform.open(broken).outcome !== "decrypted");
    }
  }
}

/** What must be equal for the same input. */
const PRIMITIVES: Readonly<Record<string, (crypto: CryptoProvider, random: SeededRandom) => unknown>> = {
  hash: (crypto, random) => crypto.hash(random.bytes(random.int(0, 300))),
  hmac: (crypto, random) => crypto.hmac(random.bytes(random.int(0, 100)), random.bytes(random.int(0, 300))),
  seal: (crypto, random) =>
    crypto.seal(
      random.bytes(16),
      random.bytes(12),
      random.bytes(random.int(0, 40)),
      random.bytes(random.int(0, 300)),
    ),
  "refused open": (crypto, random) =>
    crypto.open(random.bytes(16), random.bytes(12), random.bytes(8), random.bytes(random.int(0, 60))) ??
    "refused",
  publicKey: (crypto, random) => crypto.publicKey(random.bytes(32)) ?? "no scalar",
  isPublicKey: (crypto, random) => crypto.isPublicKey(Uint8Array.of(4, ...random.bytes(64))),
  diffieHellman: (crypto, random) => {
    const peer = crypto.publicKey(random.bytes(32));
    return (peer && crypto.diffieHellman(random.bytes(32), peer)) ?? "invalid";
  },
  "sign and verify": (crypto, random) => {
    const key = random.bytes(32);
    const message = random.bytes(random.int(0, 100));
    const signature = crypto.sign(key, message);
    const publicKey = crypto.publicKey(key)!;
    const other = Uint8Array.of(...message, 1);
    return [crypto.verify(publicKey, message, signature), crypto.verify(publicKey, other, signature)].join();
  },
};
const ROUNDS = 12;

const shown = (value: unknown): string => (value instanceof Uint8Array ? toHex(value) : String(value));

function primitives(tally: Tally): void {
  const [portable, platform] = BOTH.map((backend) => createCryptoProvider({ backend })) as [
    CryptoProvider,
    CryptoProvider,
  ];
  for (const [name, ask] of Object.entries(PRIMITIVES)) {
    for (let seed = 0; seed < ROUNDS; seed++) {
      const answers = [portable, platform].map((crypto) => shown(ask(crypto, new SeededRandom(seed))));
      tally.hold(`${name}, seed ${seed}: ${answers.join(" and ")}`, answers[0] === answers[1]);
    }
  }
  const key = new SeededRandom(3).bytes(32);
  const message = new Uint8Array(40);
  const publicKey = portable.publicKey(key)!;
  tally.hold(
    "the portable signature holds here",
    platform.verify(publicKey, message, portable.sign(key, message)),
  );
  tally.hold(
    "the platform's signature holds there",
    portable.verify(publicKey, message, platform.sign(key, message)),
  );
}

/** Where there is one backend alone, that it is the portable one is all there is to say. */
export function backends(): Part {
  const tally = new Tally("backends alike");
  if (has(() => selectBackend({ backend: "platform" }))) frames(tally);
  else tally.hold("no cipher of the platform: portable", selectBackend().name === "portable");
  if (has(() => createCryptoProvider({ backend: "platform" }))) primitives(tally);
  else tally.hold("no primitives of the platform: portable", createCryptoProvider().backend === "portable");
  return tally.part;
}
