// bun examples/bun.ts: a gateway over Bun's own websockets, and the two clients of support/two-members.mjs.
import { LocalGateway } from "./support/gateway.mjs";
import { channelId, speak } from "./support/two-members.mjs";

const gateway = new LocalGateway(channelId);

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

console.log(`bun ${Bun.version}: ${await speak(`ws://127.0.0.1:${server.port}`)}`);
process.exit();
