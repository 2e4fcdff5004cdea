// What is typed while the voice server runs: trouble for one user at a time.
import { createInterface } from "node:readline";
import { DaveError } from "@puredave/dave/voice";
import type { VoiceServer } from "../server/voice-server.ts";

export const COMMANDS_HELP = `Type, and press Enter:

  break USER        break the websocket, as networks do; the client may resume
  kick USER CODE    close the session with a close code
  race USER         G15: a reset of the group for one member of a call
  counts            what there is now, and packets since the start
`;

const done = (did: boolean): string => (did ? "done" : "there is no such user in a call, or nothing to do");

type Act = (server: VoiceServer, user: string, code: string | undefined) => string;

const ACTS: Readonly<Record<string, Act>> = {
  break: (server, user) => done(server.breakSocket(user)),
  kick: (server, user, code) => done(server.kick(user, Number(code))),
  race: (server, user) => done(server.race(user)),
  counts: (server) => JSON.stringify(server.counts),
};

/** Carries out one line; what it answers. */
export function carryOut(server: VoiceServer, line: string): string {
  const [name = "", user = "", code] = line.trim().split(/\s+/);
  const act = Object.hasOwn(ACTS, name) ? ACTS[name] : undefined;
  if (act === undefined) return COMMANDS_HELP;
  try {
    return act(server, user, code);
  } catch (error) {
    if (error instanceof DaveError) return error.message;
    throw error;
  }
}

/** Reads lines from stdin until it ends, which does not end the server; returns what stops that. */
export function obey(server: VoiceServer, print: (line: string) => void): () => void {
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => {
    if (line.trim() !== "") print(carryOut(server, line));
  });
  return () => {
    lines.close();
    process.stdin.destroy();
  };
}
