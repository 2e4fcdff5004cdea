// npm run bench -- clients: what a client of one of many calls in a process costs, in memory and in time for a frame.
import { writeFileSync } from "node:fs";
import { pair } from "../../dave/test/support/call.ts";
import { noise } from "./cases.ts";
import { LEAST_DISTURBED, quantile } from "./measure.ts";

const FRAME = noise(120);
const AUDIO = { mediaType: "audio" } as const;
const ROUNDS = 20;

type Call = ReturnType<typeof pair>;

function speak({ a }: Call): Uint8Array {
  const sent = a.client.encrypt({ ...AUDIO, ssrc: 1, frame: FRAME });
  if (sent.outcome !== "encrypted") throw new Error(`encrypt: ${sent.outcome}`);
  return sent.frame;
}

function hear({ a, b }: Call, frame: Uint8Array): void {
  const { outcome } = b.client.decrypt({ ...AUDIO, userId: a.userId, frame });
  if (outcome !== "decrypted") throw new Error(`decrypt: ${outcome}`);
}

/** Kilobytes in use, after a collection. */
function kilobytes(): number {
  const collect = (globalThis as { gc?: () => void }).gc;
  collect?.();
  collect?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 1024;
}

interface Row {
  readonly calls: number;
  readonly idleKilobytes: number;
  readonly talkingKilobytes: number;
  readonly encryptMicroseconds: number;
  readonly decryptMicroseconds: number;
}

/** One frame of each call after the other, as they come in such a process. */
function timed(calls: readonly Call[]): { encrypt: number; decrypt: number } {
  const [sealing, opening]: [number[], number[]] = [[], []];
  for (let round = 0; round < Math.max(ROUNDS, 20_000 / calls.length); round++) {
    const start = performance.now();
    const frames = calls.map(speak);
    const middle = performance.now();
    calls.forEach((call, i) => void hear(call, frames[i]!));
    sealing.push(((middle - start) * 1000) / calls.length);
    opening.push(((performance.now() - middle) * 1000) / calls.length);
  }
  return { encrypt: quantile(sealing, LEAST_DISTURBED), decrypt: quantile(opening, LEAST_DISTURBED) };
}

function measure(count: number): Row {
  const before = kilobytes();
  const calls = Array.from({ length: count }, pair);
  const idle = kilobytes();
  for (const call of calls) hear(call, speak(call));
  const talking = kilobytes();
  const { encrypt, decrypt } = timed(calls);
  for (const { a, b } of calls) for (const { client } of [a, b]) client.close();
  return {
    calls: count,
    idleKilobytes: (idle - before) / count / 2,
    talkingKilobytes: (talking - before) / count / 2,
    encryptMicroseconds: encrypt,
    decryptMicroseconds: decrypt,
  };
}

/** Prints a line for each number of calls of two members. */
export function clients(json: string | undefined): number {
  const warm = pair();
  for (let i = 0; i < 20_000; i++) hear(warm, speak(warm));
  console.log("| calls | kB a client, silent | kB a client, talking | µs encrypt | µs decrypt |");
  console.log("| ---: | ---: | ---: | ---: | ---: |");
  const rows = [1, 10, 100, 1000].map((count) => {
    const row = measure(count);
    const micros = [row.encryptMicroseconds, row.decryptMicroseconds].map((value) => value.toFixed(2));
    console.log(
      `| ${count} | ${row.idleKilobytes.toFixed(0)} | ${row.talkingKilobytes.toFixed(0)} | ${micros.join(" | ")} |`,
    );
    return row;
  });
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ rows }, null, 2)}\n`);
  return 0;
}
