// Live interop: the peer and this project form groups together in both roles, and send each other every codec

import { voicePrivacyCode } from "@puredave/dave/protocol";
import { splitFrame } from "@puredave/frame-crypto";
import frames from "../../media/frames.json" with { type: "json" };
import { inTurn, LiveGroup, type Seat, sessionName } from "../peers/live.ts";
import { type Peer, Unsupported } from "../peers/peer.ts";
import { DECRYPT_CODES, ENCRYPT_CODES } from "../peers/protocol.ts";
import { codecOf } from "../peers/self/frames.ts";
import { selfPeer } from "../peers/self/index.ts";
import type { Check } from "../runner/check.ts";
import type { CaseContext, Suite } from "../runner/suite.ts";
import { SeededRandom } from "../sim/random.ts";
import { fromHex } from "../vectors/fields.ts";
import type { VectorFile } from "../vectors/file.ts";

const FIRST_USER = 1_000_000_000_000_000_000n;
const GROUP_ID = "1312131213121312131";
const SSRC = 7;
const EXPIRY_S = 10;
const MAX_MEMBERS = 8;
const FRAMES_A_CODEC = 2;
/** Scrypt takes its time: codes are compared in groups up to this size. */
const FINGERPRINTED = 3;

const mediaFrames = (): Readonly<Record<string, readonly string[]>> => frames;

/** Cases are made, not recorded: sizes from 2 to 8, the founder from either side, seeds that replay. */
export function interopFile(): VectorFile {
  const sizes = Array.from({ length: MAX_MEMBERS - 1 }, (_, at) => at + 2);
  const cases = sizes.flatMap((members) =>
    ["peer", "self"].map((founder) => ({
      kind: `${members} members, ${founder === "peer" ? "the peer" : "this project"} first`,
      members,
      founder,
      epochs: 4,
      seed: members * 10 + (founder === "peer" ? 1 : 0),
    })),
  );
  return { suite: "interop", collection: "live", path: "(made as it runs)", cases, head: {} };
}

/** Seats taken by the two sides in turn, so that both are in every group from 2 members on. */
class Seats {
  readonly #sides: readonly Peer[];
  #count = 0;
  constructor(sides: readonly Peer[]) {
    this.#sides = sides;
  }
  next(): Seat {
    const peer = this.#sides[this.#count % this.#sides.length] as Peer;
    return { peer, userId: String(FIRST_USER + BigInt(this.#count++)) };
  }
  take(count: number): Seat[] {
    return Array.from({ length: count }, () => this.next());
  }
}

const mediaType = (codec: string): string => (codec === "opus" ? "audio" : "video");

async function sealAll({ userId, peer }: Seat, codec: string, plain: readonly Uint8Array[], check: Check) {
  const name = sessionName(userId);
  await peer.call("encryptor.assign_ssrc_codec", { name, ssrc: SSRC, codec });
  return inTurn(plain, async (frame) => {
    const request = { name, media_type: mediaType(codec), ssrc: SSRC, frame };
    const { code, out } = await peer.call("encryptor.encrypt", request);
    check.equal(`${peer.label} encrypts ${codec}`, code, ENCRYPT_CODES.ok, "F6");
    return out ?? new Uint8Array();
  });
}

async function openAll(
  receiver: Seat,
  sender: Seat,
  codec: string,
  sealed: Uint8Array,
  plain: Uint8Array,
  check: Check,
) {
  const name = `${sessionName(receiver.userId)} hears ${sender.userId}`;
  const request = { name, media_type: mediaType(codec), frame: sealed };
  const { code, out } = await receiver.peer.call("decryptor.decrypt", request);
  const what = `${receiver.peer.label} decrypts ${codec} of ${sender.peer.label}`;
  check.equal(what, code, DECRYPT_CODES.ok, "F8", "K1", "K2");
  check.bytes(`${what}: bytes`, out, splitFrame(codecOf(codec), plain).transformed, "F9");
}

async function installKeys(members: readonly Seat[], sender: Seat): Promise<void> {
  const own = sessionName(sender.userId);
  await sender.peer.call("encryptor.create", { name: own });
  await sender.peer.call("encryptor.set_key_ratchet", { name: own, session: own, user_id: sender.userId });
  for (const receiver of members) {
    if (receiver === sender) continue;
    const session = sessionName(receiver.userId);
    const name = `${session} hears ${sender.userId}`;
    await receiver.peer.call("decryptor.create", { name });
    const source = { session, user_id: sender.userId, expiry_s: EXPIRY_S };
    await receiver.peer.call("decryptor.transition_to_key_ratchet", { name, ...source });
  }
}

/** Every member sends some frames of every codec; every other member gets them as they were. */
async function exchangeMedia(members: readonly Seat[], random: SeededRandom, check: Check): Promise<void> {
  for (const sender of members) {
    await installKeys(members, sender);
    for (const [codec, all] of Object.entries(mediaFrames())) {
      const plain = Array.from({ length: FRAMES_A_CODEC }, () => fromHex(random.pick(all)));
      const sealed = await sealAll(sender, codec, plain, check);
      for (const receiver of members) {
        if (receiver === sender) continue;
        for (const [at, frame] of sealed.entries())
          await openAll(receiver, sender, codec, frame, plain[at] ?? new Uint8Array(), check);
      }
    }
  }
}

/** One to three changes: someone leaves (if two stay), one or two come (if there is room). */
function changes(group: LiveGroup, seats: Seats, random: SeededRandom, most: number) {
  const { members } = group;
  const removes = members.length > 2 && random.chance(2 / 3) ? [random.pick(members).userId] : [];
  const room = most - (members.length - removes.length);
  const wanted = removes.length === 0 ? random.int(1, 2) : random.int(0, 1);
  const adds = seats.take(Math.max(0, Math.min(room, wanted)));
  if (adds.length === 0 && removes.length === 0) removes.push(random.pick(members).userId);
  const committer = random.pick(members.filter(({ userId }) => !removes.includes(userId))).userId;
  return { adds, removes, committer };
}

/** What a peer may lack without the rest of the case being lost. */
async function ifSupported<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Unsupported) return undefined;
    throw error;
  }
}

/** V1, V2, V4: both sides show their users the same codes. */
async function compareCodes(members: readonly Seat[], peer: Peer, check: Check): Promise<void> {
  const theirs = members.find((seat) => seat.peer === peer);
  const ours = members.find((seat) => seat.peer !== peer);
  if (!theirs || !ours) return;
  const own = { name: sessionName(ours.userId) };
  const { epoch_authenticator: data } = await ours.peer.call("session.get_last_epoch_authenticator", own);
  const code = await ifSupported(peer.call("verify.displayable_code", { data, length: 30, group: 5 }));
  if (code) check.equal("voice privacy code", code.code, voicePrivacyCode(data), "V1", "V4");
  const fingerprintOf = (seat: Seat, other: Seat) =>
    seat.peer.call("session.get_pairwise_fingerprint", {
      name: sessionName(seat.userId),
      version: 0,
      user_id: other.userId,
    });
  const seen = await ifSupported(fingerprintOf(theirs, ours));
  const expected = await fingerprintOf(ours, theirs);
  if (seen) check.bytes("pairwise fingerprint", seen.fingerprint, expected.fingerprint, "V2");
}

async function run({ subject: { peer }, vector, check }: CaseContext): Promise<void> {
  const self = selfPeer("runner");
  const random = new SeededRandom(vector.int("seed"));
  const seats = new Seats(vector.text("founder") === "peer" ? [peer, self] : [self, peer]);
  const group = new LiveGroup(self, GROUP_ID, check);
  const founder = seats.next();
  await group.open(founder);
  const adds = seats.take(vector.int("members") - 1);
  await group.advance({ adds, removes: [], committer: founder.userId });
  await exchangeMedia(group.members, random, check);
  for (let epoch = 1; epoch < vector.int("epochs"); epoch++)
    await group.advance(changes(group, seats, random, MAX_MEMBERS));
  await exchangeMedia(group.members, random, check);
  if (vector.int("members") <= FINGERPRINTED) await compareCodes(group.members, peer, check);
}

/** What every live group shows. */
const LIVE_RULES = ["P3", "E25", "E27", "E29", "E30", "K1", "K2", "F6", "F8", "F9", "V1", "V4"];

export const interop: Suite = {
  name: "interop",
  title: "Groups formed together, media both ways",
  rules: ["P3", "E25", "E27", "E29", "E30", "K1", "K2", "F6", "F8", "F9", "V1", "V2", "V4"],
  about: ({ members }) => ({
    rules: [...LIVE_RULES, ...(typeof members === "number" && members <= FINGERPRINTED ? ["V2"] : [])],
    flags: ["encoder", "removal"],
  }),
  run,
};
