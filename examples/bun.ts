// bun examples/bun.ts: two clients and a gateway over Bun's own websockets.
import { DaveClient } from "@puredave/dave";
import { LocalGateway } from "./support/gateway.mjs";

const gateway = new LocalGateway("927310423890473011");
const [aliceId, bobId] = ["158049329150427136", "158533742254751744"];

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: (request, server) =>
    server.upgrade(request, { data: new URL(request.url).searchParams.get("user") })
      ? undefined
      : new Response(null, { status: 426 }),
  websocket: {
    open: (socket) => gateway.join(socket.data, (message) => socket.send(message)),
    message: (socket, message) => gateway.hear(socket.data, message),
  },
});

function join(userId: string) {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/?user=${userId}`);
  socket.binaryType = "arraybuffer";
  const send = (message: string | Uint8Array) => socket.send(message);
  const client = new DaveClient({ userId, channelId: gateway.channelId, send });
  socket.onmessage = ({ data }) => client.receive(data);
  const ready = new Promise<void>((resolve) => client.on("state", (event) => event.ready && resolve()));
  return { client, ready };
}

const [alice, bob] = [join(aliceId), join(bobId)];
await Promise.all([alice.ready, bob.ready]);
const opus = new TextEncoder().encode("20 ms of Opus");
const sent = alice.client.encrypt({ mediaType: "audio", ssrc: 1, frame: opus });
if (sent.outcome !== "encrypted") throw new Error(sent.outcome);
const heard = bob.client.decrypt({ userId: aliceId, mediaType: "audio", frame: sent.frame });
if (heard.outcome !== "ok") throw new Error(heard.outcome);
console.log(
  `bun ${Bun.version}: ${sent.outcome}, ${heard.outcome}: ${new TextDecoder().decode(heard.frame)}`,
);
process.exit();
