// Two members of one call, each with a client behind a websocket of its own, as any runtime with the web's `WebSocket`
// has it: they wait until both are in the group, one speaks and the other hears.
import { DaveClient } from "@puredave/dave";

export const channelId = "927310423890473011";
const [aliceId, bobId] = ["158049329150427136", "158533742254751744"];

function join(url, userId) {
  const socket = new WebSocket(`${url}/?user=${userId}`);
  socket.binaryType = "arraybuffer";
  const client = new DaveClient({ userId, channelId, send: (message) => socket.send(message) });
  socket.onmessage = ({ data }) => client.receive(data);
  const ready = new Promise((resolve) => client.on("state", (event) => event.ready && resolve()));
  return { client, ready };
}

/** What became of a frame, in words. */
export async function speak(url) {
  const [alice, bob] = [join(url, aliceId), join(url, bobId)];
  await Promise.all([alice.ready, bob.ready]);
  const opus = new TextEncoder().encode("20 ms of Opus");
  const sent = alice.client.encrypt({ mediaType: "audio", ssrc: 1, frame: opus });
  if (sent.outcome !== "encrypted") throw new Error(sent.outcome);
  const heard = bob.client.decrypt({ userId: aliceId, mediaType: "audio", frame: sent.frame });
  if (heard.outcome !== "decrypted") throw new Error(heard.outcome);
  return `${sent.outcome}, ${heard.outcome}: ${new TextDecoder().decode(heard.frame)}`;
}
