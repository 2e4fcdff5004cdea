// dave-worker.mjs with ears, for the browser test: what enters and leaves each transform is kept, and told when asked for.
import { serveDaveWorker } from "@puredave/dave/transform";

const taps = [];

/** A stream that keeps a copy of what passes. */
function ear(kept) {
  return new TransformStream({
    transform(frame, controller) {
      kept.push({ at: frame.getMetadata().rtpTimestamp, bytes: new Uint8Array(frame.data.slice(0)) });
      controller.enqueue(frame);
    },
  });
}

/** The transformer with an ear at both ends; the worker's code sees no difference. */
function tapped(transformer) {
  const [before, after] = [[], []];
  const { direction, mediaType } = transformer.options.body;
  taps.push({ direction, mediaType, before, after });
  const out = ear(after);
  out.readable.pipeTo(transformer.writable).catch(() => {});
  return {
    options: transformer.options,
    readable: transformer.readable.pipeThrough(ear(before)),
    writable: out.writable,
    sendKeyFrameRequest: () => transformer.sendKeyFrameRequest(),
  };
}

async function digest({ at, bytes }) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const ends = bytes.length >= 2 && bytes.at(-1) === 0xfa && bytes.at(-2) === 0xfa;
  return { at, length: bytes.length, ends, hash: Array.from(hash.subarray(0, 8)).join() };
}

serveDaveWorker({
  postMessage: (message) => self.postMessage(message),
  removeEventListener: () => {},
  addEventListener: (type, listener) =>
    self.addEventListener(type, (event) =>
      listener(type === "rtctransform" ? { transformer: tapped(event.transformer) } : event),
    ),
});

self.addEventListener("message", async ({ data }) => {
  if (data !== "what was heard?") return;
  const heard = await Promise.all(
    taps.map(async ({ before, after, ...rest }) => ({
      ...rest,
      before: await Promise.all(before.map(digest)),
      after: await Promise.all(after.map(digest)),
    })),
  );
  self.postMessage({ heard });
});
