// Peer protocol 1, `client.*`, over DaveClient on a clock of its own
import { DaveClient, type DecryptOutcome } from "@puredave/dave";
import type { MediaType } from "@puredave/frame-crypto";
import type { SentMessage } from "../kinds.ts";
import { type Handlers, Named, PeerRefusal } from "../peer.ts";
import { codecOf, mediaTypeOf } from "./frames.ts";
import { asJson, EVENT_NAMES, ManualClock } from "./manual-client.ts";

const asSent = (message: string | Uint8Array): SentMessage =>
  typeof message === "string" ? { text: message } : { binary: message.slice() };

class ClientSlot {
  readonly clock: ManualClock;
  readonly client: DaveClient;
  #sent: SentMessage[] = [];
  #events: unknown[] = [];

  constructor(userId: string, channelId: string, clockMs: number) {
    this.clock = new ManualClock(clockMs);
    const send = (message: string | Uint8Array) => this.#sent.push(asSent(message));
    this.client = new DaveClient({ userId, channelId, send, clock: this.clock });
    for (const type of EVENT_NAMES)
      this.client.on(type, (event: object) => this.#events.push(asJson({ type, ...event })));
  }

  /** What came of a command, each thing told once. */
  outcome() {
    const [sent, events] = [this.#sent, this.#events];
    this.#sent = [];
    this.#events = [];
    return { sent, events, state: this.client.state, ready: this.client.ready };
  }
}

/** The words of the peer protocol for what became of a received frame. */
function heardAs(result: DecryptOutcome): string {
  if (result.outcome === "failed") return result.reason;
  return result.outcome === "decrypted" ? "ok" : result.outcome;
}

export class Clients {
  readonly #clients = new Named<ClientSlot>("client");

  readonly #control: Handlers = {
    "client.create": ({ name, user_id, channel_id, clock_ms }) => {
      const slot = new ClientSlot(user_id, channel_id, clock_ms);
      this.#clients.set(name, slot);
      return slot.outcome();
    },
    "client.receive": ({ name, text, binary }) => {
      const slot = this.#clients.get(name);
      const message = text ?? binary;
      if (message === undefined) throw new PeerRefusal("give text or binary");
      slot.client.receive(message);
      return slot.outcome();
    },
    "client.advance_clock": ({ name, ms }) => {
      const slot = this.#clients.get(name);
      slot.clock.advance(ms);
      slot.client.tick();
      return slot.outcome();
    },
    "client.connection": ({ name, state }) => {
      const slot = this.#clients.get(name);
      if (state === "lost") slot.client.connectionLost();
      else if (state === "identify") slot.client.beginConnection();
      else throw new PeerRefusal(`no connection state ${JSON.stringify(state)}`);
      return slot.outcome();
    },
    "client.recover": ({ name }) => {
      const slot = this.#clients.get(name);
      slot.client.recover();
      return slot.outcome();
    },
  };

  readonly #media: Handlers = {
    "client.assign_ssrc_codec": ({ name, ssrc, codec }) => {
      const slot = this.#clients.get(name);
      slot.client.assignSsrcToCodec(ssrc, codecOf(codec));
      return slot.outcome();
    },
    "client.encrypt": ({ name, media_type, ssrc, frame }) => {
      const slot = this.#clients.get(name);
      const mediaType: MediaType = mediaTypeOf(media_type);
      const result = slot.client.encrypt({ mediaType, ssrc, frame });
      return { outcome: result.outcome, out: "frame" in result ? result.frame : null, ...slot.outcome() };
    },
    "client.decrypt": ({ name, user_id, media_type, frame }) => {
      const slot = this.#clients.get(name);
      const result = slot.client.decrypt({ userId: user_id, mediaType: mediaTypeOf(media_type), frame });
      return { outcome: heardAs(result), out: "frame" in result ? result.frame : null, ...slot.outcome() };
    },
  };

  readonly handlers: Handlers = { ...this.#control, ...this.#media };
}
