// Two figures, checked before they are timed: an Opus frame sealed and opened, and a call of 50 coming together
import { compareBytes, DeliveryMls, SeededRandom } from "@puredave/conformance/portable";
import { DaveSession, HashRatchet } from "@puredave/dave/protocol";
import { Decryptor, Encryptor, ReceiverKey, SenderKey } from "@puredave/frame-crypto";
import { createCryptoProvider, keyPackageCodec } from "@puredave/mls";

const OPUS_BYTES = 120;
const BATCHES = 15;
/** So many frames that a clock of 100 µs tells batches apart. */
const FRAMES_A_BATCH = 1000;
const MEMBERS = 50;

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;

/** µs; undefined when the clock stands still meanwhile. */
export function opusMicros(now: () => number): number | undefined {
  const ratchet = () => new HashRatchet(createCryptoProvider(), new Uint8Array(16).fill(5));
  const encryptor = new Encryptor();
  encryptor.setKey(new SenderKey(ratchet()));
  const decryptor = new Decryptor();
  decryptor.install(new ReceiverKey(ratchet(), { preparedAt: 0 }));
  const frame = new SeededRandom(4).bytes(OPUS_BYTES);
  const roundTrip = () => {
    const sealed = encryptor.encrypt({ mediaType: "audio", ssrc: 1, frame });
    const opened =
      sealed.outcome === "encrypted"
        ? decryptor.decrypt({ mediaType: "audio", frame: sealed.frame, now: 0 })
        : undefined;
    if (opened?.outcome !== "decrypted" || compareBytes(opened.frame, frame) !== 0)
      throw new Error("a frame did not come back as it was");
  };
  for (let n = 0; n < FRAMES_A_BATCH; n++) roundTrip();
  const batches = Array.from({ length: BATCHES }, () => {
    const start = now();
    for (let n = 0; n < FRAMES_A_BATCH; n++) roundTrip();
    return ((now() - start) * 1000) / FRAMES_A_BATCH;
  });
  return median(batches) || undefined;
}

/** ms from the proposals of 49 newcomers at the first member to the welcome at the last; undefined as above. */
export function joinMs(now: () => number): number | undefined {
  const channelId = "1000";
  const users = Array.from({ length: MEMBERS }, (_, n) => String(2000 + n));
  const gateway = new DeliveryMls(channelId, createCryptoProvider());
  const sessions = users.map((userId) => new DaveSession({ userId, channelId }));
  for (const session of sessions) session.setExternalSender(gateway.externalSender);
  const [first] = sessions as [DaveSession];
  first.startPendingGroup();
  const proposals = sessions.slice(1).map((session) => {
    const keyPackage = keyPackageCodec.decode(session.createKeyPackage());
    return gateway.propose(0n, { proposalType: "add", keyPackage }).message;
  });
  const last = sessions[MEMBERS - 1]!;
  const start = now();
  first.appendProposals(proposals, new Set(users));
  const commit = first.commitQueued();
  const welcome = commit.outcome === "commit" ? commit.welcome : undefined;
  if (welcome === undefined) throw new Error(`no welcome: ${commit.outcome}`);
  const joined = last.processWelcome(welcome, users);
  const took = now() - start;
  if (joined.outcome !== "joined" || last.roster.size !== MEMBERS)
    throw new Error(`the last one did not join: ${joined.outcome}`);
  return took || undefined;
}
