// Speech in virtual time: one frame every 20 ms, as Opus has it.
import type { Call, Member } from "./call.ts";

export const FRAME_MS = 20;

/** `from` speaks `frames` frames, and time passes; what becomes of each at `to`. */
export function talk(call: Call, from: Member, to: Member, frames: number, everyMs = FRAME_MS): string[] {
  const outcomes: string[] = [];
  for (let i = 0; i < frames; i++) {
    outcomes.push(to.hear(from, from.speak()));
    call.clock.advance(everyMs);
  }
  return outcomes;
}

/** How many of `frames` frames are heard. */
export const heard = (call: Call, from: Member, to: Member, frames: number): number =>
  talk(call, from, to, frames).filter((outcome) => outcome === "decrypted").length;

/** A new epoch with one more member under `id`, executed; `deaf` gets neither its 29 nor its 22. */
export function changeKeyWithout(call: Call, author: Member, deaf: Member, id: number): Member {
  const newcomer = call.join(String(300 + id));
  const append = call.append(call.addProposal(newcomer));
  for (const member of [author, deaf]) member.receive(append);
  const { commit, welcome } = author.lastOf(28);
  author.receive(call.announce(id, commit));
  newcomer.receive(call.welcomeFor(id, welcome!, newcomer));
  for (const member of [author, newcomer]) member.receive({ op: 22, transitionId: id });
  deaf.lose();
  deaf.lose();
  call.epoch = author.client.epoch!;
  return newcomer;
}
