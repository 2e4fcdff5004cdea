// A page and a worker in one thread: two ends of messages, and script transforms between streams of the test's own.
import type { DaveClientOptions } from "../../src/index.ts";
import { encodeServerMessage } from "../../src/protocol.ts";
import {
  createDaveWorker,
  type DaveWorker,
  type DaveWorkerOptions,
  type EncodedFrame,
  type ServeDaveWorkerOptions,
  type ServedDaveWorker,
  serveDaveWorker,
  type WorkerClientOptions,
} from "../../src/transform.ts";
import { Call, type Member } from "./call.ts";
import type { FakeFrame } from "./encoded.ts";

/** Delivers at once what it clones as a channel would, so that a call can be played message by message. */
export class DirectEnd extends EventTarget {
  other: DirectEnd | undefined;
  readonly posted: unknown[] = [];

  postMessage(message: unknown): void {
    const data = structuredClone(message);
    this.posted.push(data);
    this.other?.dispatchEvent(new MessageEvent("message", { data }));
  }

  static pair(): [DirectEnd, DirectEnd] {
    const [page, worker] = [new DirectEnd(), new DirectEnd()];
    page.other = worker;
    worker.other = page;
    return [page, worker];
  }
}

/** One sender or receiver, whose frames the test puts in and takes out. */
export class FakeRtp {
  readonly track: { readonly kind: string };
  transform: unknown;
  readonly before = new TransformStream<EncodedFrame, EncodedFrame>();
  readonly after = new TransformStream<EncodedFrame, FakeFrame>();
  readonly #writer = this.before.writable.getWriter();
  readonly out: FakeFrame[] = [];
  readonly ended: Promise<void>;
  keyFramesAsked = 0;

  constructor(kind: string) {
    this.track = { kind };
    this.ended = this.after.readable.pipeTo(
      new WritableStream({ write: (frame) => void this.out.push(frame) }),
    );
  }

  /** Resolves once the frame was taken, whatever became of it. */
  push(frame: EncodedFrame): Promise<void> {
    return this.#writer.write(frame);
  }

  async close(): Promise<void> {
    await this.#writer.close();
    await this.ended;
  }
}

/** The browser's part of a script transform: an event in the worker, with the options cloned. */
export function scriptTransformOf(scope: EventTarget) {
  return class FakeScriptTransform {
    constructor(_worker: unknown, options: unknown) {
      const rtp = FakeScriptTransform.next!;
      const transformer = {
        options: structuredClone(options),
        readable: rtp.before.readable,
        writable: rtp.after.writable,
        generateKeyFrame: async () => void rtp.keyFramesAsked++,
        sendKeyFrameRequest: async () => void rtp.keyFramesAsked++,
      };
      scope.dispatchEvent(Object.assign(new Event("rtctransform"), { transformer }));
    }
    /** What the next one is made for: a browser knows by where it is put. */
    static next: FakeRtp | undefined;
  };
}

export interface Rig {
  readonly page: DirectEnd;
  readonly scope: DirectEnd;
  readonly served: ServedDaveWorker;
  readonly pageFaults: unknown[];
  readonly workerFaults: unknown[];
  open(options: Partial<DaveWorkerOptions>): DaveWorker;
  send(dave: DaveWorker, kind: string): FakeRtp;
  receive(dave: DaveWorker, kind: string, userId: string): FakeRtp;
}

export function rig(serveOptions: ServeDaveWorkerOptions = {}): Rig {
  const [page, scope] = DirectEnd.pair();
  const pageFaults: unknown[] = [];
  const workerFaults: unknown[] = [];
  const served = serveDaveWorker(scope, { onFault: (fault) => workerFaults.push(fault), ...serveOptions });
  const Transform = scriptTransformOf(scope);
  const attached = (kind: string, attach: (rtp: FakeRtp) => void): FakeRtp => {
    const rtp = new FakeRtp(kind);
    Transform.next = rtp;
    attach(rtp);
    return rtp;
  };
  return {
    page,
    scope,
    served,
    pageFaults,
    workerFaults,
    open: (options) =>
      createDaveWorker(page, {
        userId: "1",
        channelId: "2",
        send: () => {},
        onFault: (fault) => pageFaults.push(fault),
        RTCRtpScriptTransform: Transform as never,
        ...options,
      }),
    send: (dave, kind) => attached(kind, (rtp) => void dave.attachSender(rtp)),
    receive: (dave, kind, userId) => attached(kind, (rtp) => void dave.attachReceiver(rtp, userId)),
  };
}

/** A call in which `a` is an ordinary client and `w` lives in a worker, where ports and secrets stay. */
export function callWithWorker(clientOptions: WorkerClientOptions = {}): {
  call: Call;
  a: Member;
  w: Member;
  dave: DaveWorker;
  room: Rig;
} {
  const call = new Call();
  const room = rig({ clientOptions: () => ({ clock: call.clock, ...clientOptions }) });
  const a = call.join("100");
  let dave: DaveWorker | undefined;
  const inWorker = ({ userId, channelId, send, policy, recoverFromMedia }: DaveClientOptions): never =>
    (dave = room.open({ userId, channelId, send, policy, recoverFromMedia })) as never;
  const w = call.join("200", {}, inWorker);
  call.addAll(a, [w], 0);
  return { call, a, w, dave: dave!, room };
}

/** What a gateway says first: the version, and its key under the next number. A key package is the answer. */
export function greet(dave: DaveWorker, seq: number): void {
  dave.receive(encodeServerMessage({ op: 4, protocolVersion: 1, seq }));
  dave.receive(
    encodeServerMessage({ op: 25, externalSender: new Call().signer.externalSender, seq: seq + 1 }),
  );
}

/** Streams have done what they can do. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));
