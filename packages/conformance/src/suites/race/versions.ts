// Scenes about protocol versions: plaintext and its windows, versions nobody speaks (M5, M6, E4, E21)
import { frame, type Scene, SILENCE } from "./stage.ts";

export const versionScenes: readonly Scene[] = [
  {
    name: "downgrade",
    shows: "to version 0 and its windows: plaintext is accepted from preparation, sent from execution",
    rules: ["M5", "M6", "E21"],
    async play({ call, check, bot, anna }) {
      await call.establish(bot, [anna]);
      const plain = frame();
      await call.deaf(bot, anna, plain, "plaintext before the downgrade", "M6");
      await call.send(bot, { op: 21, protocolVersion: 0, transitionId: 5 });
      call.sentReady(bot, [5], "after op 21", "E21");
      const accepted = await call.decrypt(bot, anna, plain);
      check.equal("plaintext once it is prepared", accepted.outcome, "plain", "M6");
      await call.seal(bot, frame(), "until op 22 the bot sends encrypted", "M2", "M5");
      const still = frame();
      await call.hears(
        bot,
        anna,
        await call.seal(anna, still, "anna", "M2"),
        still,
        "encrypted frames still",
        "M1",
      );
      await call.execute([bot], 5);
      check.equal("state", bot.state, "plain", "M7");
      const sent = await call.encrypt(bot, plain);
      check.equal("after op 22", sent.outcome, "plain", "M5");
      check.bytes("the frame as it is", sent.out, plain, "M5", "F6");
    },
  },
  {
    name: "plaintext-refused",
    shows: "a call that never executed version 0 takes no plaintext; silence always passes",
    rules: ["M5", "M6", "M8", "F10"],
    async play({ call, check, bot, anna }) {
      await call.connect(bot, []);
      check.oneOf(
        "before any transition",
        (await call.encrypt(bot, frame())).outcome,
        ["not-ready", "dropped"],
        "M5",
        "M8",
      );
      await call.deaf(bot, anna, frame(), "plaintext before any transition", "M6");
      await call.connect(anna, [bot]);
      call.leaves = [bot];
      const proposals = call.proposals([anna]);
      await call.announce([bot], await call.askForCommit(bot, proposals), proposals, 0);
      await call.deaf(bot, anna, frame(), "plaintext in the encrypted call", "M6");
      const { outcome, out } = await call.decrypt(bot, anna, SILENCE);
      check.equal("silence", outcome, "silence", "F10");
      check.bytes("silence", out, SILENCE, "F10");
    },
  },
  {
    name: "version-above-ours",
    shows: "a protocol version that nobody speaks is not acknowledged",
    rules: ["E4"],
    async play({ call, check, bot, anna }) {
      await call.establish(bot, [anna]);
      bot.inbox = [];
      await call.send(bot, { op: 21, protocolVersion: 9, transitionId: 6 });
      await call.send(bot, { op: 24, protocolVersion: 9, epoch: 1n });
      call.sentNone(bot, [23, 26, 31], "after version 9", "E4");
      const one = frame();
      await call.hears(anna, bot, await call.seal(bot, one, "bot", "M4"), one, "nothing changed", "E4");
      check.equal("state", bot.state, "encrypted", "M7");
    },
  },
  {
    name: "upgrade",
    shows: "from version 0 back to 1: plaintext is accepted 10 s more, exclusively, then no longer",
    rules: ["M6", "E24"],
    async play({ call, check, bot, anna }) {
      await call.connect(bot, [], 0);
      await call.connect(anna, [bot], 0);
      check.equal("state", bot.state, "plain", "M7");
      for (const seat of [bot, anna]) await call.send(seat, { op: 24, protocolVersion: 1, epoch: 1n });
      call.leaves = [bot];
      const proposals = call.proposals([anna]);
      const commit = await call.askForCommit(bot, proposals);
      await call.announce([bot], commit, proposals, 51);
      call.sentReady(bot, [51], "after op 29", "E24", "E29");
      check.equal("until op 22", (await call.encrypt(bot, frame())).outcome, "plain", "M5");
      await call.execute([bot, anna], 51);
      await call.seal(bot, frame(), "after op 22", "M5", "E22");
      await call.wait([bot], 9_999);
      check.equal("plaintext after 9.999 s", (await call.decrypt(bot, anna, frame())).outcome, "plain", "M6");
      await call.wait([bot], 1);
      await call.deaf(bot, anna, frame(), "plaintext after 10 s", "M6");
    },
  },
];
