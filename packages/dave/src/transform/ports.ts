// What the browser has and this package does not: streams and script transforms, asked for when they are needed.

import { DaveError } from "../errors.ts";
import type { FrameTransformStream, ScriptTransformConstructor } from "./shapes.ts";

interface Platform {
  readonly TransformStream?: new (transformer: {
    transform(chunk: never, controller: { enqueue(chunk: unknown): void }): void;
  }) => FrameTransformStream;
  readonly RTCRtpScriptTransform?: ScriptTransformConstructor;
  readonly setTimeout?: (callback: () => void, delayMs: number) => unknown;
  readonly clearTimeout?: (handle: unknown) => void;
}

/** Calls back once; returns what stops it. In Node it keeps no process alive. */
export function startTimer(delayMs: number, callback: () => void): () => void {
  const { setTimeout: start, clearTimeout: stop } = globalThis as unknown as Platform;
  const handle = start?.(callback, delayMs);
  (handle as { unref?(): void } | undefined)?.unref?.();
  return () => stop?.(handle);
}

function platformHas<K extends "TransformStream" | "RTCRtpScriptTransform">(
  name: K,
): NonNullable<Platform[K]> {
  const found = (globalThis as unknown as Platform)[name];
  if (typeof found !== "function") throw new DaveError("unsupported-runtime", `this runtime has no ${name}`);
  return found;
}

/** A TransformStream in which a chunk goes on when `passes` says so. @throws DaveError `unsupported-runtime` */
export function filterStream<Chunk>(passes: (chunk: Chunk) => boolean): FrameTransformStream {
  const Stream = platformHas("TransformStream");
  return new Stream({
    transform(chunk: Chunk, controller: { enqueue(chunk: unknown): void }) {
      if (passes(chunk)) controller.enqueue(chunk);
    },
  });
}

/** @throws DaveError `unsupported-runtime` */
export const scriptTransform = (): ScriptTransformConstructor => platformHas("RTCRtpScriptTransform");
