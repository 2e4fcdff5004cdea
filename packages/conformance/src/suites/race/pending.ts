// Scenes about what comes double, early or several at once (M10, K4, K7, O2, E22)
import { parseFrame } from "@puredave/frame-crypto";
import { benJoins, frame, type Scene, type Stage } from "./stage.ts";

/** Ben joins under id 3, Carl under id 2; Anna has executed Ben's and sealed a frame. */
async function twoPending(stage: Stage): Promise<{ readonly bytes: Uint8Array; readonly plain: Uint8Array }> {
  const { call, bot, anna, ben, carl } = stage;
  await call.establish(bot, [anna]);
  await benJoins(stage, 3);
  await call.execute([anna], 3);
  const plain = frame();
  const bytes = await call.seal(anna, plain, "anna", "M2");
  await call.connect(carl, [bot, anna, ben]);
  const proposals = call.proposals([carl]);
  const commit = await call.askForCommit(bot, proposals);
  for (const seat of [anna, ben]) await call.send(seat, proposals.op27);
  await call.announce([bot, anna, ben], commit, proposals, 2);
  call.advance(proposals);
  call.sentReady(bot, [3, 2], "both are acknowledged", "E29");
  return { bytes, plain };
}

export const pendingScenes: readonly Scene[] = [
  {
    name: "early-execute",
    shows: "an op 22 ahead of its announcement is remembered",
    rules: ["E22"],
    async play(stage) {
      const { call, check, bot, anna, ben } = stage;
      await call.establish(bot, [anna]);
      await call.execute([bot], 12);
      call.sentNone(bot, [23, 26, 31], "after an op 22 for an unknown id", "E22");
      await benJoins(stage, 12);
      call.sentReady(bot, [12], "when it is announced", "E22");
      await call.execute([anna, ben], 12);
      const one = frame();
      await call.hears(ben, bot, await call.seal(bot, one, "bot", "E22"), one, "executed at once", "E22");
      check.equal("state", bot.state, "encrypted", "M7");
    },
  },
  {
    name: "two-pending",
    shows:
      "two transitions pending: executing the later one drops the earlier, whose keys are still heard for 10 s",
    rules: ["M10", "E22"],
    async play(stage) {
      const { call, bot, anna, carl } = stage;
      const sealed = await twoPending(stage);
      await call.execute([bot, carl], 2);
      const [one, two] = [frame(), frame()];
      await call.hears(
        carl,
        bot,
        await call.seal(bot, one, "bot", "M10"),
        one,
        "the later one is executed",
        "M10",
        "E22",
      );
      await call.hears(
        bot,
        anna,
        sealed.bytes,
        sealed.plain,
        "the dropped one's keys are heard",
        "M10",
        "M3",
      );
      await call.execute([bot], 3);
      await call.hears(
        carl,
        bot,
        await call.seal(bot, two, "bot", "M10"),
        two,
        "the dropped one is not executed",
        "M10",
      );
    },
  },
  {
    name: "two-in-order",
    shows: "two transitions pending and executed in order, each in its turn",
    rules: ["M10", "E22"],
    async play(stage) {
      const { call, bot, ben, carl } = stage;
      await twoPending(stage);
      await call.execute([bot, ben], 3);
      const [one, two] = [frame(), frame()];
      const first = await call.seal(bot, one, "after the first op 22", "M10");
      await call.hears(ben, bot, first, one, "the first is executed", "M10", "E22");
      await call.deaf(carl, bot, first, "who comes with the second cannot read it", "M2", "M10");
      await call.execute([bot, carl], 2);
      await call.hears(
        carl,
        bot,
        await call.seal(bot, two, "bot", "M10"),
        two,
        "the second is executed",
        "M10",
      );
    },
  },
  {
    name: "key-installed-again",
    shows: "an op 21 that installs the key in use again continues its counter and its replay window",
    rules: ["K4", "E21"],
    async play({ call, check, bot, anna }) {
      await call.establish(bot, [anna]);
      const [a, b, c] = [frame(), frame(), frame()];
      const first = await call.seal(bot, a, "bot", "M2");
      const heard = await call.seal(anna, b, "anna", "M2");
      await call.hears(bot, anna, heard, b, "before", "K1");
      await call.send(bot, { op: 21, protocolVersion: 1, transitionId: 41 });
      call.sentReady(bot, [41], "after op 21", "E21");
      await call.execute([bot], 41);
      const second = await call.seal(bot, c, "after op 22", "E21");
      const [before, after] = [first, second].map((bytes) => parseFrame(bytes));
      check.equal(
        "nonce after the key was installed again",
        after?.outcome === "parsed" && after.nonce,
        before?.outcome === "parsed" && before.nonce + 1,
        "K4",
      );
      await call.hears(anna, bot, second, c, "the bot is heard", "K4");
      await call.deaf(bot, anna, heard, "an old frame again", "K4", "K7");
    },
  },
  {
    name: "nothing-twice",
    shows: "a repeated message changes nothing and is answered once; a repeated frame decrypts once",
    rules: ["O2", "M11", "K7"],
    async play(stage) {
      const { call, bot, anna, ben } = stage;
      await call.establish(bot, [anna]);
      await call.connect(ben, [bot, anna]);
      const proposals = call.proposals([ben]);
      const commit = await call.askForCommit(bot, proposals);
      const message = { op: 29, transitionId: 4, commit: commit.commit, seq: bot.nextSeq() } as const;
      for (let times = 0; times < 3; times++) await call.sendAs(bot, message);
      call.sentReady(bot, [4], "three times the same op 29", "O2");
      await call.send(bot, { op: 29, transitionId: 4, commit: commit.commit });
      call.sentNone(bot, [31], "the same commit under a new number", "E29", "M11");
      bot.take(23);
      await call.execute([bot], 4);
      await call.execute([bot], 4);
      const one = frame();
      const sealed = await call.seal(anna, one, "anna", "M2");
      await call.hears(bot, anna, sealed, one, "once", "K7");
      await call.deaf(bot, anna, sealed, "the same frame again", "K7");
    },
  },
];
