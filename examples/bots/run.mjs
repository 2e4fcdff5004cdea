// Runs two bots of one runtime against a voice server on this machine: node bots/run.mjs -- COMMAND… BOT
// Both play a file and record each other; one is broken off and resumes, then is thrown out and joins again.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { VoiceServer } from "@puredave/conformance/server";
import { readOgg } from "../support/ogg.mjs";

const [command, ...words] = process.argv.slice(process.argv.indexOf("--") + 1);
const channelId = "927310423890473011";
const [alice, bob] = ["158049329150427136", "158533742254751744"];
const speech = fileURLToPath(new URL("../../packages/conformance/media/speech.opus", import.meta.url));
const place = mkdtempSync(join(tmpdir(), "bots-"));
const certificate = join(place, "server.pem");
const events = [];
const server = await VoiceServer.start({
  observe: (_channel, { type, userId }) => events.push(`${type} ${userId}`),
});
writeFileSync(certificate, server.certificate);

async function until(what, holds) {
  for (const end = Date.now() + 20_000; !holds(); await new Promise((resolve) => setTimeout(resolve, 20)))
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
}

const start = (userId) => {
  const args = [...words, server.url, userId, channelId, speech, join(place, userId)];
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: certificate, DENO_CERT: certificate };
  return spawn(command, args, { env, stdio: ["ignore", "ignore", "inherit"] });
};
const ended = (bot) => new Promise((resolve) => bot.once("exit", (code) => resolve(code)));

/** Lets so many more packets pass. */
const packets = (count) => {
  const before = server.counts.forwarded;
  return until(`${count} packets`, () => server.counts.forwarded >= before + count);
};

/** Whether one list holds the other's items in its order. */
function isPart(part, whole) {
  let at = 0;
  for (const item of whole) if (item === part[at]) at++;
  return at === part.length;
}

const played = (await readOgg(speech)).packets.map((packet) => Buffer.from(packet).toString("hex"));
const silence = "f8fffe";
const recorded = async (listener, speaker) => {
  const { packets } = await readOgg(join(place, listener, `${speaker}.opus`));
  return packets.map((packet) => Buffer.from(packet).toString("hex")).filter((packet) => packet !== silence);
};

const bots = [alice, bob].map(start);
try {
  await packets(100);
  server.breakSocket(bob);
  await until("the resume", () => events.includes(`resumed ${bob}`));
  await packets(100);
  server.kick(bob, 4006);
  await until("the second join", () => events.filter((event) => event === `connected ${bob}`).length === 2);
  await packets(100);
  // both files end, then nothing comes for a while
  for (let before = -1; before !== server.counts.forwarded; ) {
    before = server.counts.forwarded;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const codes = bots.map(ended);
  for (const bot of bots) bot.kill("SIGTERM");
  if ((await Promise.all(codes)).some((code) => code !== 0)) throw new Error("a bot failed");
  const heardByAlice = await recorded(alice, bob);
  const heardByBob = await recorded(bob, alice);
  // Bob's file waits while Bob is away; lost is only what he sent before he knew that he had been thrown out
  if (!isPart(heardByAlice, played) || heardByAlice.length < played.length - 10)
    throw new Error(`Alice recorded ${heardByAlice.length} of ${played.length} packets`);
  if (!isPart(heardByBob, played) || heardByBob.length < played.length / 2)
    throw new Error(`Bob recorded ${heardByBob.length} of ${played.length} packets`);
  if (server.counts.plaintext !== 0) throw new Error(`${server.counts.plaintext} packets in the clear`);
  console.log(
    `encrypted, decrypted: 20 ms of Opus ${heardByAlice.length + heardByBob.length} times; resumed once, joined again once`,
  );
} finally {
  for (const bot of bots) bot.kill("SIGKILL");
  await server.close();
  rmSync(place, { recursive: true, force: true });
}
