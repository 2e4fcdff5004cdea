// RFC 9420 §6.1 FramedContentTBS, put together here byte by byte: which senders sign the group context.
import { describe, expect, it } from "vitest";
import * as mls from "../../src/internals.ts";
import { text } from "../support/world.ts";

const context = text("an encoded group context");
const head = Uint8Array.of(0, 1, 0, 1);
const u32 = [0, 0, 0, 7];

/** mls10, mls_public_message, then FramedContent: group id, epoch 3, sender, no authenticated data, application data "x". */
const tbs = (sender: number[], inContext: boolean) =>
  Uint8Array.of(
    ...head,
    ...[1, 103],
    ...[0, 0, 0, 0, 0, 0, 0, 3],
    ...sender,
    ...[0],
    ...[1, 1, 120],
    ...(inContext ? context : []),
  );

describe("§6.1 the group context is part of what is signed", () => {
  it.each<[string, mls.Sender, number[], boolean]>([
    ["by a member", { senderType: "member", leafIndex: 7 }, [1, ...u32], true],
    ["not by an external sender", { senderType: "external", senderIndex: 7 }, [2, ...u32], false],
    ["not by a new member who proposes", { senderType: "new_member_proposal" }, [3], false],
    ["by a new member who commits", { senderType: "new_member_commit" }, [4], true],
  ])("%s", (_, sender, encoded, inContext) => {
    const content: mls.FramedContent = {
      groupId: text("g"),
      epoch: 3n,
      sender,
      authenticatedData: new Uint8Array(0),
      contentType: "application",
      applicationData: text("x"),
    };
    expect(mls.framedContentTbs("mls_public_message", content, context)).toEqual(tbs(encoded, inContext));
  });
});
