// The command `server`: what it prints leads a client to it, every knob is an option, and wrong ones are named.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { makeCertificate } from "../../src/server/certificate.ts";
import { LIMITS, PLAIN_RTP } from "../../src/server/options.ts";
import { PLAIN_KNOBS } from "../../src/sim/gateway/knobs.ts";
import { PLAIN_SFU } from "../../src/sim/sfu.ts";
import { until } from "./bot.ts";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "voice-server-"));
let running: ChildProcess | undefined;

afterEach(() => {
  running?.kill("SIGTERM");
  running = undefined;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const said = (...words: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, "server", ...words], {
    encoding: "utf8",
  });
  return { status, stdout, stderr };
};
const kebab = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

describe("the certificate", () => {
  // Deno's websocket refuses a certificate that is signed with SHA-1
  it("is signed with SHA-256, and with nothing that strict clients refuse", async () => {
    const { raw } = new X509Certificate((await makeCertificate()).certificate);
    const oid = (...end: number[]) =>
      Buffer.from([0x06, 6 + end.length, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, ...end]);
    // RFC 5758 §3.2: ecdsa-with-SHA256 is 1.2.840.10045.4.3.2; RFC 3279 §2.2.3: ecdsa-with-SHA1 is 1.2.840.10045.4.1
    expect(raw.includes(oid(3, 2))).toBe(true);
    expect(raw.includes(oid(1))).toBe(false);
  });
});

describe("npm run conformance -- server", () => {
  it("prints endpoint and certificate, and a client that trusts it is greeted by op 8", async () => {
    const certificate = join(folder, "server.pem");
    running = spawn(process.execPath, [
      cli,
      "server",
      "--certificate",
      certificate,
      "--heartbeat-ms",
      "1234",
    ]);
    let printed = "";
    running.stdout!.on("data", (chunk) => {
      printed += String(chunk);
    });
    await until("the introduction", () => printed.includes("NODE_EXTRA_CA_CERTS"));
    const url = /wss:\/\/127\.0\.0\.1:\d+\/\?v=9/.exec(printed)![0];
    expect(printed).toMatch(/UDP +127\.0\.0\.1:\d+/);
    expect(printed).toContain(certificate);
    const socket = new WebSocket(url, { ca: readFileSync(certificate) });
    const hello = await new Promise((resolve) =>
      socket.once("message", (data) => resolve(JSON.parse(String(data)))),
    );
    expect(hello).toEqual({ op: 8, d: { v: 9, heartbeat_interval: 1234 } });
    // a call of one, troubled by what is typed
    const closed = once(socket, "close");
    const ids = { server_id: "1", channel_id: "1", user_id: "2", session_id: "s", token: "t" };
    socket.send(JSON.stringify({ op: 0, d: { ...ids, max_dave_protocol_version: 1 } }));
    const data = { address: "127.0.0.1", port: 9, mode: "aead_aes256_gcm_rtpsize" };
    socket.send(JSON.stringify({ op: 1, d: { protocol: "udp", data } }));
    printed = "";
    const typed = async (line: string, answer: string) => {
      running!.stdin!.write(`${line}\n`);
      await until(answer, () => printed.includes(answer));
      printed = "";
    };
    await until("op 1", () => {
      running!.stdin!.write("counts\n");
      return printed.includes('"callers":1');
    });
    await typed("kick 3 4006", "there is no such user");
    await typed("kick 2 4", "code: expected 1000, or 3000 to 4999, got 4");
    await typed("break alice", "userId: expected an unsigned 64-bit decimal id as a string, got alice");
    await typed("help", "Type, and press Enter");
    await typed("kick 2 4006", "done");
    expect((await closed)[0]).toBe(4006);
    // the end of what is typed is not the end of the server
    running.stdin!.end();
    const again = new WebSocket(url, { ca: readFileSync(certificate) });
    await once(again, "message");
    again.terminate();
    const ended = once(running, "exit");
    running.kill("SIGTERM");
    expect((await ended)[0]).toBe(0);
  });

  it("has an option for every knob of gateway and SFU", () => {
    const { status, stdout } = said("--help");
    expect(status).toBe(0);
    const groups = { "": PLAIN_KNOBS, "media-": PLAIN_SFU, "rtp-": PLAIN_RTP, "limit-": LIMITS };
    for (const [prefix, knobs] of Object.entries(groups))
      for (const name of Object.keys(knobs)) expect(stdout).toContain(`--${prefix}${kebab(name)} <`);
    // each is explained, and those of a script are named
    expect(stdout).not.toContain("undefined");
    expect(stdout).toContain("VoiceServer.start()");
  });

  it.each([
    [["--port", "x"], "'x' is invalid. It must be a whole number from 0 to 65535."],
    [["--seed", ""], "It must be a whole number from 0 to 4294967295."],
    [["--lose", "5"], "'5' is invalid. It must be a chance from 0 to 1."],
    [["--rtp-csrcs", "16"], "It must be a whole number from 0 to 15."],
    [["--dave-required", "yes"], "'yes' is invalid. It must be on or off."],
    [["--channel", "voice"], "channelId: expected an unsigned 64-bit decimal id as a string, got voice"],
    [["--client", "1:loss=1"], "--client: unknown loss=1"],
    [["--client", "1:media-loss=2"], "--client: media-loss must be a chance from 0 to 1: 2"],
    [
      ["--control-min-delay-ms", "9", "--control-max-delay-ms", "5"],
      "paths.control.maxDelayMs: expected minDelayMs (9) or more, got 5",
    ],
    [["--client", "alice"], "--client: expected USER:"],
    [["--mode", "xsalsa20_poly1305"], "Allowed choices"],
    [["--nonsense"], "unknown option"],
  ])("refuses %j in one line, with exit code 2", (words, expected) => {
    const { status, stderr } = said(...words);
    expect(status).toBe(2);
    expect(stderr).toContain(expected);
  });
});
