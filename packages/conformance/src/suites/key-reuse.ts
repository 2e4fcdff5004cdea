// K4: counter, replay window and age belong to the base secret; installing it again continues them
import { parseFrame } from "@puredave/frame-crypto";
import type { Peer } from "../peers/peer.ts";
import { DECRYPT_CODES, ENCRYPT_CODES } from "../peers/protocol.ts";
import { selfPeer } from "../peers/self/index.ts";
import type { Check } from "../runner/check.ts";
import type { CaseContext, Suite } from "../runner/suite.ts";
import { VectorError } from "../vectors/fields.ts";
import type { VectorFile } from "../vectors/file.ts";
import { byKind } from "./about/kinds.ts";

const NAME = "key reuse";
const SSRC = 11;
const BASES = [1, 2].map((seed) => new Uint8Array(16).fill(seed)) as [Uint8Array, Uint8Array];
const frame = (number: number): Uint8Array => new Uint8Array(20).fill(number);

const CASES: Readonly<Record<string, (peer: Peer, check: Check) => Promise<void>>> = {
  "the sender's counter goes on when its base secret is installed again": async (peer, check) => {
    await peer.call("encryptor.create", { name: NAME });
    const nonces: number[] = [];
    for (const base_secret of [BASES[0], BASES[0], BASES[1], BASES[1], BASES[0]]) {
      await peer.call("encryptor.set_key_ratchet", { name: NAME, base_secret });
      nonces.push(nonceOf(await seal(peer, frame(nonces.length), check), check));
    }
    check.same("nonces of the five frames", nonces, [1, 2, 1, 2, 3], "K4", "K3");
  },
  "a frame is refused a second time after its base secret was installed again": async (peer, check) => {
    const [first, second] = await sealed(BASES[0], 2, check);
    await peer.call("decryptor.create", { name: NAME, s: 0, floor: "start" });
    await install(peer, BASES[0]);
    check.equal("the first time", await open(peer, first), DECRYPT_CODES.ok, "K7");
    await install(peer, BASES[0]);
    check.equal("the second time", await open(peer, first), DECRYPT_CODES.replayed, "K4", "K7");
    check.equal("another frame", await open(peer, second), DECRYPT_CODES.ok, "K4");
  },
  "a reordered first frame is not lost with the window started at 0": async (peer, check) => {
    const [first, second] = await sealed(BASES[1], 2, check);
    await peer.call("decryptor.create", { name: NAME, s: 0, floor: "start" });
    await install(peer, BASES[1]);
    check.equal("the second frame first", await open(peer, second), DECRYPT_CODES.ok, "K7");
    check.equal("the first frame after it", await open(peer, first), DECRYPT_CODES.ok, "K7");
  },
};

async function seal(peer: Peer, plain: Uint8Array, check: Check): Promise<Uint8Array> {
  const request = { name: NAME, media_type: "audio", ssrc: SSRC, frame: plain };
  const { code, out } = await peer.call("encryptor.encrypt", request);
  check.equal("encrypt", code, ENCRYPT_CODES.ok, "F6");
  return out ?? new Uint8Array();
}

function nonceOf(protectedFrame: Uint8Array, check: Check): number {
  const parsed = parseFrame(protectedFrame);
  return parsed.outcome === "parsed" ? parsed.nonce : check.fail("a protocol frame", true, false, ["F5"]);
}

/** Frames that this project sealed under a base secret, counters 1, 2 … */
async function sealed(
  base_secret: Uint8Array,
  count: number,
  check: Check,
): Promise<[Uint8Array, Uint8Array]> {
  const self = selfPeer("runner");
  await self.call("encryptor.create", { name: NAME });
  await self.call("encryptor.set_key_ratchet", { name: NAME, base_secret });
  const frames: Uint8Array[] = [];
  for (let at = 0; at < count; at++) frames.push(await seal(self, frame(at), check));
  return frames as [Uint8Array, Uint8Array];
}

const install = (peer: Peer, base_secret: Uint8Array) =>
  peer.call("decryptor.transition_to_key_ratchet", { name: NAME, base_secret, expiry_s: 10 });

async function open(peer: Peer, protectedFrame: Uint8Array): Promise<number> {
  const request = { name: NAME, media_type: "audio", frame: protectedFrame };
  return (await peer.call("decryptor.decrypt", request)).code;
}

export function keyReuseFile(): VectorFile {
  const cases = Object.keys(CASES).map((kind) => ({ kind }));
  return { suite: "key-reuse", collection: "live", path: "(made as it runs)", cases, head: {} };
}

export const keyReuse: Suite = {
  name: "key-reuse",
  title: "A base secret installed again continues",
  rules: ["K3", "K4", "K7", "F6"],
  about: byKind([
    [/counter/, { rules: ["K3", "K4"] }],
    [/refused a second time/, { rules: ["K4", "K7"], flags: ["replay"], stage: "replay" }],
    [/reordered/, { rules: ["K7"], flags: ["reordered", "reference-differs"] }],
  ]),
  async run({ subject: { peer }, vector, check }: CaseContext) {
    const play = CASES[vector.text("kind")];
    if (!play) throw new VectorError(`malformed vector: ${vector.path}.kind: no such case`);
    await play(peer, check);
  },
};
