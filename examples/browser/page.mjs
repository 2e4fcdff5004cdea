// Two members of a call in one page, each with a worker of its own. Sound and pictures go both ways through
// RTCRtpScriptTransform; a third member joins and leaves meanwhile, so that keys change twice.
import { createDaveWorker } from "@puredave/dave/transform";
import { LocalGateway } from "../support/gateway.mjs";

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function join(gateway, userId, workerUrl) {
  const worker = new Worker(workerUrl, { type: "module" });
  const dave = createDaveWorker(worker, {
    userId,
    channelId: gateway.channelId,
    send: (message) => gateway.hear(userId, message),
    onFault: (fault) => console.error(fault),
  });
  gateway.join(userId, (message) => dave.receive(message));
  const ready = new Promise((resolve) => dave.on("state", (event) => event.ready && resolve()));
  const alarms = [];
  dave.on("mediaAlarm", (alarm) => alarms.push(alarm));
  const connection = new RTCPeerConnection();
  return { userId, worker, dave, ready, alarms, connection, described: described(connection) };
}

/** Resolves once the connection knows the description of the other side; a candidate that comes earlier is refused. */
function described(connection) {
  return new Promise((resolve) => {
    connection.addEventListener("signalingstatechange", () => connection.remoteDescription && resolve());
  });
}

/** Sends our tracks encrypted, and decrypts those of the other. The connection is attached before anything is added. */
function attach({ dave, connection }, other, stream) {
  dave.attachConnection(connection, { userId: other.userId });
  for (const track of stream.getTracks()) connection.addTrack(track, stream);
  connection.ontrack = ({ track }) => {
    const player = document.body.appendChild(document.createElement(track.kind));
    Object.assign(player, { srcObject: new MediaStream([track]), muted: true, autoplay: true });
  };
  connection.onicecandidate = async ({ candidate }) => {
    await other.described;
    if (candidate) await other.connection.addIceCandidate(candidate);
  };
}

async function connect({ connection: a }, { connection: b }) {
  await a.setLocalDescription();
  await b.setRemoteDescription(a.localDescription);
  await b.setLocalDescription();
  await a.setRemoteDescription(b.localDescription);
}

async function decoded({ userId, connection }) {
  const inbound = [...(await connection.getStats()).values()].filter(({ type }) => type === "inbound-rtp");
  const of = (kind) => inbound.find((stats) => stats.kind === kind) ?? {};
  const { totalSamplesReceived = 0, concealedSamples = 0 } = of("audio");
  return {
    userId,
    pictures: of("video").framesDecoded ?? 0,
    samples: totalSamplesReceived - concealedSamples,
  };
}

/** Packets of each kind that left, by sender: what leaves must have passed the worker. */
async function packets({ connection }) {
  const sent = [...(await connection.getStats()).values()].filter(({ type }) => type === "outbound-rtp");
  return sent.map(({ kind, mid, packetsSent }) => ({ kind, mid, packetsSent }));
}

/** The call; resolves with what both members counted. */
export async function call({ seconds, tell = () => {}, workerUrl = "./dave-worker.js" }) {
  const gateway = new LocalGateway("927310423890473011");
  const alice = join(gateway, "158049329150427136", workerUrl);
  const bob = join(gateway, "158533742254751744", workerUrl);
  const members = [alice, bob];
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: true,
    video: { width: 320, height: 240 },
  });
  attach(alice, bob, stream);
  attach(bob, alice, stream);
  await Promise.all([connect(alice, bob), alice.ready, bob.ready]);
  const code = () => alice.dave.privacyCode?.code;
  tell(`both are ready in epoch ${alice.dave.epoch}: ${code()}`);
  await wait(seconds * 400);

  const carol = join(gateway, "158049329150427137", workerUrl);
  await carol.ready;
  tell(`carol joined, epoch ${alice.dave.epoch}: ${code()}`);
  await wait(seconds * 200);
  gateway.leave(carol.userId);
  carol.dave.close();
  await wait(seconds * 200);

  // alice's microphone goes and comes back: a new sender, which must not send plaintext
  const [microphone] = stream.getAudioTracks();
  alice.connection.removeTrack(alice.connection.getSenders().find(({ track }) => track === microphone));
  await connect(alice, bob);
  alice.connection.addTrack(microphone, stream);
  await connect(alice, bob);
  await wait(seconds * 200);
  tell(`carol left, epoch ${alice.dave.epoch}: ${code()}`);

  const result = {
    epoch: Number(alice.dave.epoch),
    codes: members.map(({ dave }) => dave.privacyCode?.code),
    media: await Promise.all(
      members.map(async ({ userId, dave }) => ({ userId, media: await dave.media() })),
    ),
    decoded: await Promise.all(members.map(decoded)),
    alarms: members.flatMap(({ alarms }) => alarms),
    packets: await Promise.all(members.map(packets)),
  };
  tell(JSON.stringify(result, undefined, 2));
  return { result, members };
}
