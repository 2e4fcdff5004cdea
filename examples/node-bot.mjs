// Skeleton of a bot on Node: websocket, heartbeat, UDP, and what to do when a connection breaks. Two of them talk over
// a voice server on this machine (support/voice-server.mjs); with Discord's, url, session_id and token come from the
// main gateway, and UDP starts with IP discovery.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { DaveClient, MAX_PROTOCOL_VERSION, readRtp } from "@puredave/dave";
import { WebSocket } from "ws";
import { opusHeaders, TRANSPORT_MODE, TransportCipher } from "./support/transport.mjs";
import { VoiceServer } from "./support/voice-server.mjs";

class VoiceBot {
  encrypted = 0;
  identified = 0;
  heard = [];
  #udp = createSocket("udp4");
  /** Who owns an SSRC, by op 5. */
  #users = new Map();

  constructor({ url, userId, channelId }) {
    this.url = url;
    this.client = new DaveClient({ userId, channelId, send: (message) => this.socket.send(message) });
    this.#udp.on("message", (packet) => this.#hear(packet));
  }

  async start() {
    this.#udp.bind(0, "127.0.0.1");
    await once(this.#udp, "listening");
    this.#connect();
  }

  #connect() {
    const socket = new WebSocket(this.url);
    this.socket = socket;
    let connection;
    socket.on("message", (data, binary) => {
      const message = binary ? data : data.toString();
      const { op, d } = binary ? {} : JSON.parse(message);
      if (op === 8) connection = this.#identify(d);
      else if (op === 2) this.#selectProtocol(d);
      else if (op === 4) this.transport = new TransportCipher(d.secret_key);
      else if (op === 5) this.#users.set(d.ssrc, d.user_id);
      this.client.receive(message, connection); // every message, text or binary: DAVE takes what is its own
    });
    socket.on("error", () => {}); // "close" follows
    socket.on("close", () => {
      clearInterval(this.heartbeat);
      if (this.stopped) return;
      this.client.connectionLost();
      this.#connect();
    });
  }

  /** Anew each time. A gateway that still knows the session takes op 7 with seq_ack: then without `client.identify()`. */
  #identify({ heartbeat_interval }) {
    const beat = () => this.#say(3, { t: Date.now(), seq_ack: this.client.seqAck });
    this.heartbeat = setInterval(beat, heartbeat_interval);
    const { userId: user_id, channelId: server_id } = this.client;
    const max_dave_protocol_version = MAX_PROTOCOL_VERSION;
    const connection = this.client.identify();
    this.#say(0, { server_id, user_id, session_id: "s", token: "t", max_dave_protocol_version });
    this.identified++;
    return connection;
  }

  #selectProtocol({ ssrc, ip, port }) {
    Object.assign(this, { ssrc, remote: { ip, port }, headers: opusHeaders(ssrc) });
    const { address, port: ours } = this.#udp.address();
    this.#say(1, { protocol: "udp", data: { address, port: ours, mode: TRANSPORT_MODE } });
  }

  #say(op, d) {
    this.socket.send(JSON.stringify({ op, d }));
  }

  /** A frame of the encoder, 20 ms. */
  speak(opus) {
    const sent = this.client.encrypt({ mediaType: "audio", ssrc: this.ssrc, frame: opus });
    if (sent.outcome !== "encrypted" && sent.outcome !== "plain") return; // not ready: what cannot leave is dropped
    if (sent.outcome === "encrypted") this.encrypted++;
    const packet = this.transport.seal(this.headers.next().value, sent.frame);
    this.#udp.send(packet, this.remote.port, this.remote.ip);
  }

  #hear(packet) {
    const payload = this.transport?.open(packet);
    const media = payload === undefined ? undefined : readRtp(packet, payload);
    const userId = media?.kind === "media" ? this.#users.get(media.ssrc) : undefined;
    if (userId === undefined) return;
    const { outcome, frame } = this.client.decrypt({ userId, mediaType: "audio", frame: media.frame });
    this.heard.push({ outcome, opus: frame && new TextDecoder().decode(frame) });
  }

  /** Resolves once everybody uses the keys of a group of so many members. */
  together(members) {
    return new Promise((resolve) => {
      const stop = this.client.on("transition", ({ phase }) => {
        if (phase !== "executed" || this.client.roster.size !== members) return;
        stop();
        resolve();
      });
    });
  }

  stop() {
    this.stopped = true;
    this.client.close();
    this.socket.close();
    this.#udp.close();
  }
}

const FRAMES = 25;

/** Half a second of sound from one to the other. */
async function talk(speaker, listener) {
  for (let i = 1; i <= FRAMES; i++) {
    speaker.speak(new TextEncoder().encode(`20 ms of Opus, no. ${i}`));
    await sleep(20);
  }
  const heard = listener.heard.splice(0);
  if (heard.length !== FRAMES) throw new Error(`${heard.length} of ${FRAMES} packets came`);
  for (const [i, { outcome, opus }] of heard.entries())
    if (outcome !== "ok" || opus !== `20 ms of Opus, no. ${i + 1}`)
      throw new Error(`no. ${i + 1}: ${outcome}`);
  return heard;
}

const channelId = "927310423890473011";
const server = await VoiceServer.start(channelId);
const bots = ["158049329150427136", "158533742254751744"].map(
  (userId) => new VoiceBot({ url: server.url, userId, channelId }),
);
const [alice, bob] = bots;
const everybody = () => Promise.all(bots.map((bot) => bot.together(bots.length)));

let together = everybody();
for (const bot of bots) await bot.start();
await together;
const first = await talk(alice, bob);

// Bob's connection breaks: he identifies anew, is removed and added again, and everybody has new keys
together = everybody();
server.drop(bob.client.userId);
await together;
const second = await talk(alice, bob);
const back = await talk(bob, alice);

const heard = [...first, ...second, ...back];
const encrypted = alice.encrypted + bob.encrypted;
if (encrypted !== heard.length) throw new Error(`${encrypted} of ${heard.length} frames were encrypted`);
const [{ outcome, opus }] = heard;
console.log(`node ${process.versions.node}: encrypted, ${outcome}: ${opus}`);
console.log(
  `${encrypted} frames encrypted, ${heard.length} decrypted, in epoch ${bob.client.epoch} after ` +
    `${bob.identified} identifies of bob; the server knows seq_ack ${server.acknowledged.get(bob.client.userId)} of him`,
);
for (const bot of bots) bot.stop();
server.close();
