// A client in a worker thread: MLS, keys and ciphers are away from the main thread, which keeps the sockets.
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { createDaveWorker, serveDaveWorker } from "@puredave/dave/transform";
import { LocalGateway } from "./support/gateway.mjs";

/** In the worker. Frames come by messages of our own: the session's pass by them. */
function work() {
  const served = serveDaveWorker(parentPort);
  parentPort.on("message", ({ encrypt, decrypt }) => {
    const [client] = served.clients;
    if (encrypt) parentPort.postMessage({ frame: client.encrypt(encrypt) });
    if (decrypt) parentPort.postMessage({ frame: client.decrypt(decrypt) });
  });
}

function join(gateway, userId) {
  const worker = new Worker(new URL(import.meta.url));
  const send = (message) => gateway.hear(userId, message);
  const dave = createDaveWorker(worker, { userId, channelId: gateway.channelId, send });
  const ready = new Promise((resolve) => dave.on("state", (event) => event.ready && resolve()));
  gateway.join(userId, (message) => dave.receive(message));
  const ask = (question) =>
    new Promise((resolve) => {
      const heard = ({ frame }) => {
        if (frame === undefined) return;
        worker.off("message", heard);
        resolve(frame);
      };
      worker.on("message", heard);
      worker.postMessage(question);
    });
  return { userId, worker, dave, ready, ask };
}

async function main() {
  const gateway = new LocalGateway("927310423890473011");
  const [alice, bob] = ["158049329150427136", "158533742254751744"].map((userId) => join(gateway, userId));
  await Promise.all([alice.ready, bob.ready]);
  const opus = new TextEncoder().encode("20 ms of Opus");
  const sent = await alice.ask({ encrypt: { mediaType: "audio", ssrc: 1, frame: opus } });
  const heard = await bob.ask({ decrypt: { userId: alice.userId, mediaType: "audio", frame: sent.frame } });
  console.log(`worker: ${sent.outcome}, ${heard.outcome}: ${new TextDecoder().decode(heard.frame)}`);
  for (const { dave, worker } of [alice, bob]) {
    dave.close();
    await dave.closed;
    await worker.terminate();
  }
}

if (isMainThread) await main();
else work();
