// npm run test:browser: the call of examples/browser in a real Chromium: two peer connections, script transforms in
// dedicated workers, sound and VP8 both ways, keys that change twice. Exit code 3: not available, which is not passed.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { servePage } from "../examples/browser/serve.mjs";
import { launchChromium, NotAvailable } from "./chromium.mjs";

const SECONDS = 8;
const LIMIT_MS = 60_000;
const MEDIA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];

/** The page's call with listening workers; what the workers heard is compared in the page's own process. */
async function callInPage(browser, url) {
  const page = await browser.newPage();
  page.setDefaultTimeout(LIMIT_MS);
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (line) => line.type() === "error" && complaints.push(line.text()));
  await page.goto(url);
  await page.waitForFunction(() => "call" in globalThis);
  const call = page.evaluate(async (seconds) => {
    const { result, members } = await globalThis.call({ seconds, workerUrl: "./tap-worker.js" });
    const heard = await Promise.all(
      members.map(
        ({ worker }) =>
          new Promise((resolve) => {
            worker.addEventListener("message", ({ data }) => data.heard && resolve(data.heard));
            worker.postMessage("what was heard?");
          }),
      ),
    );
    for (const { connection, dave } of members) {
      connection.close();
      dave.close();
    }
    await Promise.all(members.map(({ dave }) => dave.closed));
    return { ...result, heard };
  }, SECONDS);
  return { ...(await within(call, LIMIT_MS)), complaints };
}

function within(promise, ms) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing after ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** What passed all taps of one direction and kind, and how many of them saw anything. */
function joined(taps, direction, mediaType) {
  const all = taps.filter((tap) => tap.direction === direction && tap.mediaType === mediaType);
  const [before, after] = [all.flatMap((tap) => tap.before), all.flatMap((tap) => tap.after)];
  return { before, after, live: all.filter((tap) => tap.before.length > 0).length };
}

/** Frames of one member to the other, followed by their RTP timestamps through both workers. */
function follow(from, to, mediaType) {
  const sent = joined(from, "send", mediaType);
  const received = joined(to, "receive", mediaType);
  const originals = new Map(sent.before.map((frame) => [frame.at, frame]));
  const onTheWire = [...sent.after, ...received.before];
  const equal = received.after.filter(({ at, hash }) => originals.get(at)?.hash === hash).length;
  const clear = onTheWire.filter(({ at, hash, ends }) => !ends || originals.get(at)?.hash === hash).length;
  // A busy browser hands some frames over twice; the second copy is a replay and has to be refused as one.
  const arrived = new Set(received.before.map(({ at, hash }) => `${at} ${hash}`)).size;
  return {
    ...{ left: sent.after.length, arrived, decrypted: received.after.length },
    ...{ repeated: received.before.length - arrived },
    ...{ equal, clear },
  };
}

/** What failed on the way in, other than the copies of frames that came before. */
const failed = (media, repeated) =>
  media
    .filter(({ direction }) => direction === "receive")
    .flatMap(({ mediaType, counters }) =>
      Object.entries(counters)
        .filter(([outcome, count]) =>
          outcome === "replayed"
            ? count !== repeated[mediaType]
            : outcome !== "decrypted" && outcome !== "empty",
        )
        .map(([outcome, count]) => `${mediaType} ${outcome} ${count}`),
    );

/** Every claim with whether it holds. */
function verdicts({ epoch, codes, media, decoded, heard, complaints, alarms, packets }) {
  const sending = packets[0].filter(({ kind, packetsSent }) => kind === "audio" && packetsSent > 0).length;
  const tapped = joined(heard[0], "send", "audio").live;
  const claims = [
    ["no media passed the workers by", alarms.length === 0, JSON.stringify(alarms)],
    [
      "alice's microphone, taken off and added again, was sent by two senders, and both passed the worker",
      sending === 2 && tapped === 2,
      `${sending}, ${tapped}`,
    ],
    [
      "bob heard both of them through the worker",
      joined(heard[1], "receive", "audio").live === 2,
      `${joined(heard[1], "receive", "audio").live}`,
    ],
    ["both members have one privacy code", codes[0] !== undefined && codes[0] === codes[1], codes[0]],
    ["keys changed twice during the call", epoch >= 3, `epoch ${epoch}`],
    ["the page has nothing to complain about", complaints.length === 0, complaints.join("; ")],
  ];
  const repeated = [{}, {}];
  for (const [from, to] of [
    [0, 1],
    [1, 0],
  ])
    for (const mediaType of ["audio", "video"]) {
      const { left, arrived, decrypted, equal, clear, ...more } = follow(heard[from], heard[to], mediaType);
      repeated[to][mediaType] = more.repeated;
      const way = `${mediaType} ${from === 0 ? "alice → bob" : "bob → alice"}`;
      claims.push([
        `${way}: frames were encrypted and decrypted`,
        left > 20 && decrypted > 20,
        `${left}, ${decrypted}`,
      ]);
      claims.push([
        `${way}: every frame that arrived was decrypted`,
        arrived === decrypted,
        `${arrived}, ${decrypted}`,
      ]);
      claims.push([
        `${way}: decrypted frames are the encoder's`,
        equal === decrypted,
        `${equal} of ${decrypted}`,
      ]);
      claims.push([`${way}: no frame was in the clear on the wire`, clear === 0, `${clear}`]);
    }
  for (const [i, { pictures, samples }] of decoded.entries()) {
    claims.push([
      `${i === 0 ? "alice" : "bob"} decoded pictures and sound`,
      pictures > 20 && samples > 48_000,
      `${pictures}, ${samples}`,
    ]);
    claims.push([
      `${i === 0 ? "alice" : "bob"} had no frame that failed`,
      failed(media[i].media, repeated[i]).length === 0,
      failed(media[i].media, repeated[i]).join(", "),
    ]);
  }
  return claims;
}

async function main() {
  const browser = await launchChromium({ args: MEDIA });
  const tap = fileURLToPath(new URL("../examples/browser/tap-worker.mjs", import.meta.url));
  const server = await servePage({ entries: { "tap-worker": tap } });
  try {
    console.log(`Chromium ${browser.version()}`);
    return verdicts(await callInPage(browser, server.url));
  } finally {
    await browser.close();
    server.close();
  }
}

const [, , , report] = process.argv[2] === "--json" ? process.argv : [];
try {
  const claims = await main();
  for (const [what, holds, detail] of claims)
    console.log(`${holds ? "ok    " : "FAILED"}  ${what}  (${detail})`);
  const passed = claims.filter(([, holds]) => holds).length;
  console.log(`${passed} passed, ${claims.length - passed} failed`);
  if (report !== undefined) writeFileSync(report, JSON.stringify({ passed, failed: claims.length - passed }));
  process.exitCode = passed === claims.length ? 0 : 1;
} catch (error) {
  if (!(error instanceof NotAvailable)) throw error;
  console.log(`not available: ${error.message}`);
  process.exitCode = 3;
}
