// A bot on Deno: joins, plays an Ogg Opus file, records what it hears: deno run -A bots/deno.ts URL USER CHANNEL FILE FOLDER
import { createSocket } from "node:dgram";
import process from "node:process";
import { DaveClient } from "@puredave/dave";
import { Pacer, VoiceConnection } from "@puredave/dave/voice";
import { Recorder, readOgg } from "../support/ogg.mjs";

const [url, userId, channelId, file, folder] = process.argv.slice(2);
const now = () => performance.now();
const { packets, config } = await readOgg(file);
const recorder = new Recorder();
const udp = createSocket("udp4");
udp.bind(0, "127.0.0.1");
udp.on("message", (packet) => {
  const heard = voice.packet(packet, now());
  if (heard.outcome === "heard") recorder.add(heard);
});

const client = new DaveClient({ userId, channelId, send: (message) => voice.send(message) });
const voice = new VoiceConnection({
  client,
  credentials: { serverId: channelId, sessionId: `session of ${userId}`, token: "from the main gateway" },
  connect: (delayMs) => setTimeout(connect, delayMs),
  sendPacket: (packet, { address, port }) => udp.send(packet, port, address),
  ended: ({ reason }) => console.log(`ended: ${reason}`),
});

/** The first websocket, and one after each break: the kit resumes, or identifies anew. */
function connect() {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  const link = voice.open(socket);
  socket.onmessage = ({ data }) => link.message(data, now());
  socket.onclose = ({ code }) => link.closed(code);
  socket.onerror = (event) => console.error((event as ErrorEvent).message); // "close" follows
}
udp.once("listening", () => voice.start());

let pacer: Pacer | undefined;
let played = 0;
const timer = setInterval(() => {
  voice.tick(now());
  if (!voice.ready)
    pacer = undefined; // a file waits; live audio would be dropped
  else pacer ??= new Pacer({ now: now() });
  for (let due = pacer?.take(now()).packets ?? 0; due > 0 && played < packets.length; due--)
    if (voice.speak(packets[played], now()).outcome === "sent") played++;
  if (played === packets.length) voice.stopSpeaking(now());
}, 10);

process.once("SIGTERM", async () => {
  clearInterval(timer);
  voice.close();
  udp.close();
  await recorder.save(folder, config);
  console.log(`played ${played} packets`);
  process.exit();
});
