// deno run --allow-net=127.0.0.1 examples/deno.ts: a gateway over Deno's own websockets, and the two clients of
// support/two-members.mjs.
import { LocalGateway } from "./support/gateway.mjs";
import { channelId, speak } from "./support/two-members.mjs";

const gateway = new LocalGateway(channelId);

const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
  const { socket, response } = Deno.upgradeWebSocket(request);
  const userId = new URL(request.url).searchParams.get("user");
  socket.binaryType = "arraybuffer";
  socket.onopen = () => gateway.join(userId, (message) => socket.send(message));
  socket.onmessage = ({ data }) => gateway.hear(userId, data);
  return response;
});

console.log(`deno ${Deno.version.deno}: ${await speak(`ws://127.0.0.1:${server.addr.port}`)}`);
Deno.exit();
