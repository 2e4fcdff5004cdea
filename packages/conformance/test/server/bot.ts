// What the server's tests speak with: members on the kit, and numbered frames.
import { Member, type MemberOptions, together, until } from "../../src/e2e/member.ts";
import type { VoiceServer } from "../../src/server.ts";

export { together, until };

export const CHANNEL = "927310423890473011";
export const user = (n: number): string => String(158049329150427136n + BigInt(n));

export type Bot = Member;
export const Bot = {
  join: (
    server: VoiceServer,
    options: Partial<MemberOptions> & Pick<MemberOptions, "userId">,
  ): Promise<Member> => Member.join(server, { channelId: CHANNEL, ...options }),
};

/** Sends frames from one bot, one every `everyMs`. */
export async function speak(bot: Bot, frames: readonly Uint8Array[], everyMs = 5): Promise<void> {
  for (const frame of frames) {
    bot.speak(frame);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

export const numbered = (count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, n) => new TextEncoder().encode(`20 ms of Opus, number ${n}`));

export const textOf = (frame: Uint8Array): string => new TextDecoder().decode(frame);
