// The worker's end: DaveClients live here, and frames pass here. No secret leaves.

import { call } from "../../callbacks.ts";
import type { DaveClient } from "../../client/client.ts";
import type { DaveClientOptions } from "../../client/options.ts";
import { checkCallbacks, checkOptionNames, DaveError, expectThat } from "../../errors.ts";
import { type DecryptingClient, decryptTransform } from "../decrypt.ts";
import { type EncryptingClient, encryptTransform } from "../encrypt.ts";
import type { CountingTransform } from "../passage.ts";
import type { MessageEnd, ScriptTransformer } from "../shapes.ts";
import { checkMessageEnd, listen, listenTo, release } from "./message-end.ts";
import {
  type Envelope,
  type FromWorker,
  type MediaOptions,
  postable,
  readMediaOptions,
  readToWorker,
  seal,
  type ToWorker,
} from "./messages.ts";
import { type MediaReport, type OpenMessage, ServedSession } from "./served-session.ts";

/** What only the worker knows of a client. */
export type WorkerClientOptions = Omit<
  Partial<DaveClientOptions>,
  "userId" | "channelId" | "send" | "policy" | "backend" | "recoverFromMedia" | "onFault"
>;

/** Options of {@link serveDaveWorker}. */
export interface ServeDaveWorkerOptions {
  /**
   * Asked for each session that the main thread opens: a persistent `signaturePrivateKey` (32 bytes), `knownKeys`,
   * ports. Secrets belong here; they cannot be posted.
   */
  readonly clientOptions?:
    | ((session: { readonly userId: string; readonly channelId: string }) => WorkerClientOptions)
    | undefined;
  /** Told what went wrong in the worker; the main thread hears a fault without its object. May throw. */
  readonly onFault?: ((fault: unknown) => void) | undefined;
}

/** A worker that serves. */
export interface ServedDaveWorker {
  /** The clients of open sessions, oldest first, for code that lives in the same worker. */
  readonly clients: readonly DaveClient[];
  /**
   * Closes every client. Frames of attached media are dropped from now on, and sessions that are opened later are
   * refused: their promises reject with `closed`.
   */
  close(): void;
}

/**
 * Serves DAVE in a worker: call it once, in the worker's own module, before anything is awaited.
 *
 * Sessions are opened by `createDaveWorker` of the main thread; any number may be open. Frames of media whose session
 * is not open, not yet or no more, are dropped. Messages and transforms of others are left to them; malformed ones of
 * ours are faults and change nothing.
 *
 * @param scope the worker's own global scope; of Node, `parentPort`
 * @throws DaveError `invalid-argument`
 * @example
 * ```ts
 * import { serveDaveWorker } from "@puredave/dave/transform";
 * serveDaveWorker(self);
 * ```
 */
export function serveDaveWorker(scope: MessageEnd, options: ServeDaveWorkerOptions = {}): ServedDaveWorker {
  checkMessageEnd(scope, "scope");
  checkOptionNames(options, OPTION_NAMES);
  checkCallbacks({ ...options });
  return new DaveWorkerHost(scope, options);
}

const OPTION_NAMES: { readonly [K in keyof ServeDaveWorkerOptions]-?: true } = {
  clientOptions: true,
  onFault: true,
};

/** Media attached to a session; it may be attached before the session is open. */
interface Attached {
  options: MediaOptions;
  readonly transform: CountingTransform;
}

class DaveWorkerHost implements ServedDaveWorker {
  readonly #scope: MessageEnd;
  readonly #options: ServeDaveWorkerOptions;
  readonly #sessions = new Map<string, ServedSession>();
  readonly #media = new Map<string, Set<Attached>>();
  readonly #stopMedia: () => void;
  #closed = false;

  constructor(scope: MessageEnd, options: ServeDaveWorkerOptions) {
    this.#scope = scope;
    this.#options = options;
    listen(scope, (message) => this.#guarded("", () => this.#heard(readToWorker(message))));
    this.#stopMedia = listenTo(
      scope,
      "rtctransform",
      ({ transformer }: { readonly transformer: ScriptTransformer }) =>
        this.#guarded("", () => this.#attach(transformer, readMediaOptions(transformer.options))),
    );
  }

  get clients(): readonly DaveClient[] {
    return [...this.#sessions.values()].map(({ client }) => client);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopMedia();
    for (const session of this.#sessions.values()) session.close();
    this.#sessions.clear();
    release(this.#scope);
  }

  #heard(envelope: Envelope<ToWorker> | undefined): void {
    if (envelope === undefined) return;
    const { session: name, body } = envelope;
    this.#guarded(name, () => {
      if (body.type === "open") return this.#open(name, body);
      if (body.type === "user") return this.#nameUser(name, body.id, body.userId);
      const session = this.#sessions.get(name);
      if (session === undefined) return this.#notOpen(name, body);
      if (body.type !== "close") return session.apply(body);
      this.#sessions.delete(name);
      session.close();
    });
  }

  #nameUser(name: string, id: number, userId: string | undefined): void {
    for (const attached of this.#media.get(name) ?? [])
      if (attached.options.id === id) attached.options = { ...attached.options, userId };
  }

  /** What is asked of a session that is not open is refused, so that nobody waits for ever. */
  #notOpen(name: string, body: ToWorker): void {
    const error = new DaveError("closed", "the session is not open");
    if (body.type === "ask") return this.#post(name, { type: "refusal", id: body.id, ...postable(error) });
    if (body.type !== "close" && !this.#closed) throw error;
    if (body.type === "close") this.#post(name, { type: "closed", error: undefined });
  }

  #open(name: string, open: OpenMessage): void {
    if (this.#sessions.has(name)) throw new DaveError("invalid-argument", "the session is open already");
    try {
      if (this.#closed) throw new DaveError("closed", "the worker serves no more");
      this.#sessions.set(name, this.#makeSession(name, open));
    } catch (fault) {
      if (!this.#closed) this.#tellOwner(fault);
      this.#post(name, { type: "closed", error: postable(fault) });
    }
  }

  #makeSession(name: string, open: OpenMessage): ServedSession {
    const { userId, channelId } = open;
    const options = this.#options.clientOptions?.({ userId, channelId }) ?? {};
    const isPlain = typeof options === "object" && !("then" in options);
    expectThat(isPlain, "clientOptions", "a function that returns options, not a promise", options);
    return new ServedSession({
      open,
      options,
      post: (message) => this.#post(name, message),
      onFault: (fault) => this.#tellFault(name, fault),
      media: () => [...(this.#media.get(name) ?? [])].map(reportOf),
    });
  }

  /** Between the transformer's ends from now on; which client it is, is looked up for each frame. */
  #attach(transformer: ScriptTransformer, envelope: Envelope<MediaOptions> | undefined): void {
    if (envelope === undefined) return;
    const { session: name, body: options } = envelope;
    const transform = this.#transform(transformer, name, options, () => attached.options.userId);
    const attached: Attached = { options, transform };
    const all = this.#media.get(name) ?? new Set<Attached>();
    this.#media.set(name, all.add(attached));
    const ended = (): void => void all.delete(attached);
    // closing a peer connection ends or aborts the stream: neither is a fault
    transformer.readable
      .pipeThrough(transform as never)
      .pipeTo(transformer.writable as never)
      .then(ended, ended);
    this.#post(name, { type: "attached", id: options.id });
  }

  #transform(
    transformer: ScriptTransformer,
    name: string,
    { direction, mediaType, payloadTypes }: MediaOptions,
    userId: () => string | undefined,
  ): CountingTransform {
    const onFault = (fault: unknown): void => this.#tellFault(name, fault);
    if (direction === "send")
      return encryptTransform(this.#encryptor(name), {
        mediaType,
        payloadTypes: new Map(payloadTypes ?? []),
        requestKeyFrame: () => transformer.generateKeyFrame?.(),
        onFault,
      });
    return decryptTransform(this.#decryptor(name), {
      mediaType,
      userId,
      requestKeyFrame: () => transformer.sendKeyFrameRequest?.(),
      onFault,
    });
  }

  #encryptor(name: string): EncryptingClient {
    return {
      encrypt: (input) =>
        this.#sessions.get(name)?.client.encrypt(input) ?? { outcome: "failed", reason: "closed" },
      assignSsrcToCodec: (ssrc, codec) => this.#sessions.get(name)?.client.assignSsrcToCodec(ssrc, codec),
    };
  }

  #decryptor(name: string): DecryptingClient {
    return {
      decrypt: (input) =>
        this.#sessions.get(name)?.client.decrypt(input) ?? { outcome: "failed", reason: "closed" },
    };
  }

  #post(session: string, message: FromWorker): void {
    this.#scope.postMessage(seal(session, message));
  }

  #guarded(session: string, call: () => void): void {
    try {
      call();
    } catch (fault) {
      this.#tellFault(session, fault);
    }
  }

  #tellFault(session: string, fault: unknown): void {
    try {
      if (session !== "") this.#post(session, { type: "fault", ...postable(fault) });
    } catch {
      // The channel is closed: only the worker's owner can be told.
    }
    this.#tellOwner(fault);
  }

  /** Errors that `onFault` itself throws are ignored. */
  readonly #tellOwner = (fault: unknown): void => {
    call(
      () => this.#options.onFault?.(fault),
      () => {},
    );
  };
}

const reportOf = ({ options, transform }: Attached): MediaReport => {
  const { id, direction, mediaType, userId } = options;
  return { id, direction, mediaType, userId, counters: transform.counters };
};
