// Every promise of a worker session settles, and says why.
import { describe, expect, it } from "vitest";
import { createDaveWorker, serveDaveWorker } from "../../src/transform.ts";
import { DirectEnd, rig } from "../support/worker-rig.ts";

const REASONS: Readonly<Record<string, readonly [clientOptions: () => unknown, reason: object]>> = {
  "clientOptions throws": [
    () => {
      throw new Error("secret 17");
    },
    new Error("something in the worker threw"),
  ],
  "clientOptions brings a key that is none": [
    () => ({ signaturePrivateKey: new Uint8Array(5) }),
    { code: "invalid-argument", message: "signaturePrivateKey: expected 32 bytes, got 5" },
  ],
  "clientOptions brings a name that no option has": [
    () => ({ polcy: "drop" }),
    { code: "invalid-argument", message: expect.stringMatching(/is it policy\?/) },
  ],
  "clientOptions returns a promise": [
    async () => ({}),
    { code: "invalid-argument", message: expect.stringMatching(/^clientOptions: /) },
  ],
};

describe.each(Object.entries(REASONS))("when %s", (_, [clientOptions, reason]) => {
  it("`closed` and every question reject with the reason, asked before or after", async () => {
    const room = rig({ clientOptions: clientOptions as never });
    const dave = room.open({});
    for (const promise of [
      dave.closed,
      dave.snapshot(),
      dave.media(),
      dave.publicKey(),
      dave.pairwiseCode("9"),
    ])
      await expect(promise).rejects.toMatchObject(reason);
    expect(room.pageFaults).toEqual([expect.objectContaining(reason)]);
    expect(dave.ready).toBe(false);
    dave.close();
  });
});

it("a session that is opened after the worker closed is refused", async () => {
  const room = rig();
  room.served.close();
  const dave = room.open({});
  await expect(dave.closed).rejects.toMatchObject({ code: "closed", message: "the worker serves no more" });
  await expect(dave.snapshot()).rejects.toMatchObject({ code: "closed" });
});

it("questions on their way when the worker closes are refused", async () => {
  const [page, scope] = DirectEnd.pair();
  const served = serveDaveWorker(scope);
  const dave = createDaveWorker(page, { userId: "1", channelId: "2", send: () => {} });
  const later = page.other;
  page.other = undefined;
  const asked = dave.snapshot();
  page.other = later;
  served.close();
  await expect(asked).rejects.toMatchObject({ code: "closed" });
  await dave.closed;
});

it("a worker that fails before it serves, as a module that is not there, ends the session", async () => {
  const [page] = DirectEnd.pair();
  page.other = undefined;
  const dave = createDaveWorker(page, { userId: "1", channelId: "2", send: () => {} });
  const asked = dave.snapshot();
  page.dispatchEvent(new Event("error"));
  await expect(asked).rejects.toMatchObject({ code: "closed" });
  await expect(dave.closed).rejects.toMatchObject({
    message: expect.stringMatching(/failed before it served/),
  });
});

it("an error in a worker that serves already is the app's own", async () => {
  const room = rig();
  const dave = room.open({});
  room.page.dispatchEvent(new Event("error"));
  expect(await dave.snapshot()).toMatchObject({ userId: "1" });
});

it("`closed` resolves after `close`", async () => {
  const dave = rig().open({});
  dave.close();
  dave.close();
  await expect(dave.closed).resolves.toBeUndefined();
});
