// A voice server on this machine: the websocket that Discord's has, around the gateway that plays DAVE's part, and a
// UDP socket that passes each packet on to everybody but its sender.
import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { rtpHeaderLength } from "@puredave/dave";
import { WebSocketServer } from "ws";
import { LocalGateway } from "./gateway.mjs";
import { TRANSPORT_MODE, TransportCipher } from "./transport.mjs";

const HOST = "127.0.0.1";
const HEARTBEAT_MS = 50;

export class VoiceServer {
  #udp = createSocket("udp4");
  #sockets = new WebSocketServer({ host: HOST, port: 0 });
  #gateway;
  /** By user id. */
  #members = new Map();
  #lastSsrc = 0;
  /** By user id: the newest `seq_ack` of a heartbeat. */
  acknowledged = new Map();

  static async start(channelId) {
    const server = new VoiceServer(channelId);
    server.#udp.bind(0, HOST);
    await Promise.all([once(server.#udp, "listening"), once(server.#sockets, "listening")]);
    return server;
  }

  constructor(channelId) {
    this.#gateway = new LocalGateway(channelId);
    this.#sockets.on("connection", (socket) => this.#welcome(socket));
    this.#udp.on("message", (packet, from) => this.#forward(packet, from));
  }

  get url() {
    return `ws://${HOST}:${this.#sockets.address().port}`;
  }

  /** Breaks a member's connection, as networks do. */
  drop(userId) {
    this.#members.get(userId).socket.terminate();
  }

  close() {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
    this.#udp.close();
  }

  #welcome(socket) {
    const say = (op, d) => socket.send(JSON.stringify({ op, d }));
    let userId;
    socket.on("message", (data, binary) => {
      const { op, d } = binary ? {} : JSON.parse(data);
      if (op === 0) {
        userId = d.user_id;
        const member = {
          socket,
          ssrc: ++this.#lastSsrc,
          key: randomBytes(32),
          maximum: d.max_dave_protocol_version,
        };
        this.#members.set(userId, member);
        say(2, { ssrc: member.ssrc, ip: HOST, port: this.#udp.address().port, modes: [TRANSPORT_MODE] });
      } else if (op === 1) this.#enter(userId, d.data);
      else if (op === 3) {
        this.acknowledged.set(userId, d.seq_ack);
        say(6, { t: d.t });
      } else this.#gateway.hear(userId, binary ? data : data.toString());
    });
    socket.on("close", () => {
      if (!this.#members.delete(userId)) return;
      this.#gateway.leave(userId);
    });
    say(8, { heartbeat_interval: HEARTBEAT_MS });
  }

  /** The member has chosen where its packets go: from now on it is in the call. */
  #enter(userId, { address, port }) {
    const member = this.#members.get(userId);
    if (member.maximum !== 1) return member.socket.close(4017);
    Object.assign(member, { address, port, cipher: new TransportCipher(member.key) });
    this.#gateway.join(userId, (message) => {
      const { op, d, seq } = typeof message === "string" ? JSON.parse(message) : {};
      const secrets = { mode: TRANSPORT_MODE, secret_key: [...member.key] };
      member.socket.send(op === 4 ? JSON.stringify({ op, d: { ...d, ...secrets }, seq }) : message);
    });
    for (const [otherId, other] of this.#members) {
      if (otherId === userId || other.cipher === undefined) continue;
      this.#speaking(member, otherId, other.ssrc);
      this.#speaking(other, userId, member.ssrc);
    }
  }

  #speaking({ socket }, userId, ssrc) {
    socket.send(JSON.stringify({ op: 5, d: { user_id: userId, ssrc, speaking: 1 } }));
  }

  /** Transport encryption ends here; the frame inside is sealed by DAVE, and passes as it came. */
  #forward(packet, from) {
    const members = [...this.#members.values()].filter(({ cipher }) => cipher !== undefined);
    const sender = members.find(({ address, port }) => address === from.address && port === from.port);
    const payload = sender?.cipher.open(packet);
    if (payload === undefined || packet.readUInt32BE(8) !== sender.ssrc) return;
    const header = packet.subarray(0, rtpHeaderLength(packet));
    for (const member of members)
      if (member !== sender) this.#udp.send(member.cipher.seal(header, payload), member.port, member.address);
  }
}
