// The two ways in which runtimes deliver messages, as one.

import { expectThat, isFunction } from "../../errors.ts";
import type { MessageEnd } from "../shapes.ts";

export function checkMessageEnd(end: unknown, name: string): asserts end is MessageEnd {
  const { postMessage, addEventListener, on } = (end ?? {}) as Record<string, unknown>;
  const fits = isFunction(postMessage) && (isFunction(addEventListener) || isFunction(on));
  expectThat(fits, name, "an object with postMessage, and addEventListener or on", end);
}

type Listener<T> = (value: T) => void;
interface Events {
  addEventListener(type: string, listener: Listener<never>): void;
  removeEventListener(type: string, listener: Listener<never>): void;
  start?(): void;
}
interface Emitter {
  on(type: string, listener: Listener<unknown>): unknown;
  off(type: string, listener: Listener<unknown>): unknown;
}

function hasEvents(end: MessageEnd): end is MessageEnd & Events {
  return typeof (end as Partial<Events>).addEventListener === "function";
}

/** Hears messages; returns what stops it. A `MessagePort` is started. */
export function listen(end: MessageEnd, heard: Listener<unknown>): () => void {
  if (hasEvents(end)) {
    const stop = listenTo(end, "message", ({ data }: { readonly data: unknown }) => heard(data));
    (end as Events).start?.();
    return stop;
  }
  const emitter = end as unknown as Emitter;
  emitter.on("message", heard);
  return () => emitter.off("message", heard);
}

/** Hears that a worker has failed or, in Node, ended; returns what stops it. Node's errors stay the app's to hear. */
export function listenToEnd(end: MessageEnd, ended: (event: "error" | "exit") => void): () => void {
  if (hasEvents(end)) return listenTo(end, "error", () => ended("error"));
  const emitter = end as unknown as Emitter;
  const exited = (): void => ended("exit");
  emitter.on("exit", exited);
  return () => emitter.off("exit", exited);
}

/** Lets Node end a thread that listens for nothing else. */
export function release(end: MessageEnd): void {
  const { listenerCount, unref } = end as { listenerCount?(type: string): number; unref?(): void };
  if (listenerCount?.call(end, "message") === 1) unref?.call(end);
}

/** Hears events of the scope itself, where it has any. */
export function listenTo(end: MessageEnd, type: string, heard: Listener<never>): () => void {
  if (!hasEvents(end)) return () => {};
  const events: Events = end;
  events.addEventListener(type, heard);
  return () => events.removeEventListener(type, heard);
}
