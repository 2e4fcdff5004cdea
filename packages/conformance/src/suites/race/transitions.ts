// Scenes about one transition at a time: receivers first, sender last, retention, resets (M1–M4, E21, E22, E24)
import { benJoins, frame, type Scene } from "./stage.ts";

export const transitionScenes: readonly Scene[] = [
  {
    name: "first-group",
    shows: "the first group has id 0: no op 23, and media at once",
    rules: ["M7", "E21", "E30"],
    async play({ call, check, bot, anna }) {
      await call.establish(anna, [bot]);
      call.sentNone(bot, [23, 31], "after a welcome with id 0", "E21", "E30");
      check.equal("state", bot.state, "encrypted", "M7");
      check.equal("ready", bot.ready, true, "M7");
      const [a, b] = [frame(), frame()];
      await call.hears(anna, bot, await call.seal(bot, a, "bot", "M2"), a, "the bot is heard", "K1");
      await call.hears(bot, anna, await call.seal(anna, b, "anna", "M2"), b, "the bot hears", "K1");
    },
  },
  {
    name: "founder",
    shows: "the bot commits the first group itself and adopts its own commit when it is announced",
    rules: ["E27", "E29"],
    async play({ call, check, bot, anna }) {
      await call.establish(bot, [anna]);
      call.sentNone(bot, [23, 31], "after the own commit with id 0", "E29");
      check.equal("state", bot.state, "encrypted", "M7");
      const [a, b] = [frame(), frame()];
      await call.hears(anna, bot, await call.seal(bot, a, "bot", "M2"), a, "the bot is heard", "K1");
      await call.hears(bot, anna, await call.seal(anna, b, "anna", "M2"), b, "the bot hears", "K1");
    },
  },
  {
    name: "switch-on-execute",
    shows: "the sender changes keys at op 22, not when the commit is prepared",
    rules: ["M2", "E22"],
    async play(stage) {
      const { call, bot, anna, ben } = stage;
      await call.establish(bot, [anna]);
      const before = frame();
      await benJoins(stage, 7);
      call.sentReady(bot, [7], "after op 29", "E29");
      const early = await call.seal(bot, before, "between op 29 and op 22", "M2");
      await call.deaf(ben, bot, early, "a newcomer cannot read what was sent before op 22", "M2", "M9");
      await call.hears(anna, bot, early, before, "members of the old epoch can", "M2");
      await call.execute([bot, anna, ben], 7);
      const after = frame();
      await call.hears(
        ben,
        bot,
        await call.seal(bot, after, "after op 22", "E22"),
        after,
        "the newcomer",
        "M2",
        "E22",
      );
      call.sentNone(bot, [23, 31], "after op 22", "E22");
    },
  },
  {
    name: "receivers-first",
    shows: "a prepared key is accepted before op 22, the old one after it",
    rules: ["M1", "M3"],
    async play(stage) {
      const { call, bot, anna } = stage;
      await call.establish(bot, [anna]);
      const [old, fresh] = [frame(), frame()];
      const sealedOld = await call.seal(anna, old, "anna", "M2");
      await benJoins(stage, 8);
      await call.execute([anna], 8);
      const sealedFresh = await call.seal(anna, fresh, "anna", "M2");
      await call.hears(bot, anna, sealedFresh, fresh, "the new key before op 22", "M1");
      await call.hears(bot, anna, sealedOld, old, "the old key still", "M1", "M3");
    },
  },
  {
    name: "late-execute",
    shows: "retention runs from execution, however late it comes, and ends after 10 s",
    rules: ["M3"],
    async play(stage) {
      const { call, bot, anna } = stage;
      await call.establish(bot, [anna]);
      const frames = [frame(), frame(), frame(), frame()] as const;
      const sealed: Uint8Array[] = [];
      for (const one of frames) sealed.push(await call.seal(anna, one, "anna", "M2"));
      await benJoins(stage, 9);
      // E22: after 10 s without its op 22 the bot would execute it by itself
      await call.wait([bot], 9000);
      await call.hears(bot, anna, sealed[0] ?? frames[0], frames[0], "9 s after preparation", "M3");
      await call.execute([bot], 9);
      await call.wait([bot], 9_999);
      await call.hears(bot, anna, sealed[1] ?? frames[1], frames[1], "9.999 s after execution", "M3");
      await call.wait([bot], 1);
      await call.hears(bot, anna, sealed[2] ?? frames[2], frames[2], "exactly 10 s after execution", "M3");
      await call.wait([bot], 1);
      await call.deaf(bot, anna, sealed[3] ?? frames[3], "10.001 s after execution", "M3");
    },
  },
  {
    name: "reset-keeps-sending",
    shows: "op 24 epoch 1 resets MLS, never the media: no frame fails for want of a key",
    rules: ["M4", "E24"],
    async play({ call, check, bot, anna }) {
      await call.establish(bot, [anna]);
      bot.take(26);
      await call.send(bot, { op: 24, protocolVersion: 1, epoch: 1n });
      check.equal("key packages after op 24", bot.take(26).length, 1, "E24");
      for (let second = 0; second < 3; second++) {
        const [a, b] = [frame(), frame()];
        await call.hears(
          anna,
          bot,
          await call.seal(bot, a, `${second} s after op 24`, "M4"),
          a,
          "the bot is heard",
          "M4",
        );
        await call.hears(bot, anna, await call.seal(anna, b, "anna", "M2"), b, "the bot hears", "M4");
        await call.wait([bot], 1000);
      }
    },
  },
  {
    name: "sole-member",
    shows: "whoever stays alone leaves the key that those who left know, and sends on",
    rules: ["M4", "E21"],
    async play({ call, check, bot, anna }) {
      await call.establish(bot, [anna]);
      await call.send(bot, { op: 13, userId: anna.userId });
      await call.send(bot, { op: 24, protocolVersion: 1, epoch: 1n });
      await call.send(bot, { op: 21, protocolVersion: 1, transitionId: 0 });
      call.sentReady(bot, [], "after op 21 with id 0", "E21");
      check.equal("state", bot.state, "alone", "M7");
      const one = frame();
      const sealed = await call.seal(bot, one, "alone", "E21");
      await call.deaf(anna, bot, sealed, "who left cannot read it", "M4", "E21");
    },
  },
  {
    name: "refill",
    shows: "solo, group, solo, group: the second group works as the first",
    rules: ["E24", "E29"],
    async play({ call, bot, anna, ben }) {
      await call.establish(bot, [anna]);
      await call.send(bot, { op: 13, userId: anna.userId });
      await call.send(bot, { op: 24, protocolVersion: 1, epoch: 1n });
      await call.send(bot, { op: 21, protocolVersion: 1, transitionId: 0 });
      call.leaves = [bot];
      call.epoch = 0;
      await call.connect(ben, [bot]);
      const proposals = call.proposals([ben]);
      const commit = await call.askForCommit(bot, proposals);
      await call.announce([bot], commit, proposals, 0);
      const [a, b] = [frame(), frame()];
      await call.hears(ben, bot, await call.seal(bot, a, "bot", "M2"), a, "the bot is heard", "E24", "E29");
      await call.hears(bot, ben, await call.seal(ben, b, "ben", "M2"), b, "the bot hears", "K1");
    },
  },
];
