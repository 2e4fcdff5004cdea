// The voice gateway of the examples, so that none needs an account: that of `@puredave/dave/testing`, by user id.
import { VoiceGateway } from "@puredave/dave/testing";

export class LocalGateway {
  #gateway;
  #connections = new Map();

  constructor(channelId) {
    this.channelId = channelId;
    this.#gateway = new VoiceGateway({ channelId });
  }

  /** Somebody identifies; `say` takes text and bytes to them. */
  join(userId, say) {
    this.#connections.set(userId, this.#gateway.identify(userId, 1, { deliver: say }));
  }

  leave(userId) {
    this.#gateway.leave(userId);
  }

  /** What a member says. */
  hear(userId, data) {
    this.#gateway.receive(this.#connections.get(userId), data);
  }
}
