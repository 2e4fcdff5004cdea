// A voice gateway by hand: a script says which message goes to whom, and when. It keeps the group's leaves and keys.

import { type CryptoProvider, createCryptoProvider } from "@puredave/mls";
import type { ClientMessage, ServerMessage } from "../../src/index.ts";
import { snowflakeBytes } from "../../src/protocol.ts";
import { clientMessage } from "../support/decoded.ts";
import { VirtualTime } from "./clock.ts";
import { Connection, type Wire } from "./connection.ts";
import { append, ExternalSender, revoke } from "./external-sender.ts";
import { Epoch, type Package, type Proposed, readPackage, welcomeFor } from "./group.ts";

/** One client as the script sees it. */
export class ScriptedClient {
  readonly userId: string;
  /** Everything that the client has sent, in order. */
  readonly sent: ClientMessage[] = [];
  /** The gateway's side of the websocket. */
  readonly connection: Connection;

  constructor(userId: string, connection: Connection) {
    this.userId = userId;
    this.connection = connection;
  }

  /** The newest message of an opcode. */
  last<O extends ClientMessage["op"]>(op: O): Extract<ClientMessage, { op: O }> {
    const message = this.sent.filter((one) => one.op === op).at(-1);
    if (message === undefined) throw new Error(`${this.userId} has sent no op ${op}`);
    return message as Extract<ClientMessage, { op: O }>;
  }
}

/**
 * Sends what a script says, at once and in that order.
 *
 * @example
 * ```ts
 * const gateway = new ScriptedGateway({ channelId });
 * const a = gateway.connect("1", (message) => clientA.receive(message)); // clientA: send: (m) => gateway.take(a, m)
 * gateway.hello([a, b]);                      // 11, 4, 25; the clients answer with 26
 * gateway.append([a], gateway.add(b));        // 27; a answers with 28
 * gateway.announce(0, a, { to: [a], added: [b] }); // 29 and 30
 * ```
 */
export class ScriptedGateway {
  readonly #crypto: CryptoProvider;
  readonly #time = new VirtualTime();
  readonly sender: ExternalSender;
  epoch: Epoch;

  constructor({ channelId, crypto }: { readonly channelId: string; readonly crypto?: CryptoProvider }) {
    this.#crypto = crypto ?? createCryptoProvider();
    this.sender = new ExternalSender(this.#crypto, snowflakeBytes(channelId));
    this.epoch = new Epoch(this.sender.groupId);
  }

  /** A client whose messages go to `deliver`. */
  connect(userId: string, deliver: (data: Wire) => void): ScriptedClient {
    return new ScriptedClient(userId, new Connection(userId, this.#time, { deliver }));
  }

  /** Takes what a client sends. */
  take(client: ScriptedClient, data: Wire): void {
    client.sent.push(clientMessage(data));
  }

  /** Any message, numbered, to each of `to`. */
  tell(to: readonly ScriptedClient[], ...messages: readonly ServerMessage[]): void {
    for (const { connection } of to) for (const message of messages) connection.send(message);
    this.#time.advance(0);
  }

  /** Everybody is named to everybody, and gets the version and the external sender (G1). */
  hello(clients: readonly ScriptedClient[], protocolVersion = 1): void {
    this.tell(clients, { op: 11, userIds: clients.map(({ userId }) => userId) }, { op: 4, protocolVersion });
    this.tell(clients, { op: 25, externalSender: this.sender.package });
  }

  /** Proposes to add a client by its newest key package. */
  add(client: ScriptedClient): Proposed {
    const added = this.#packageOf(client);
    const signed = this.sender.add(added.keyPackage, this.epoch.number);
    return this.epoch.propose({ ...signed, userId: client.userId, added, sentTo: new Set(), revoked: false });
  }

  /** Proposes to remove a client from its leaf. */
  remove(client: ScriptedClient): Proposed {
    const removed = this.epoch.leafOf(client.connection);
    const signed = this.sender.remove(removed, this.epoch.number);
    return this.epoch.propose({
      ...signed,
      userId: client.userId,
      removed,
      sentTo: new Set(),
      revoked: false,
    });
  }

  append(to: readonly ScriptedClient[], ...proposals: readonly Proposed[]): void {
    for (const { sentTo } of proposals) for (const { connection } of to) sentTo.add(connection);
    this.tell(to, append(...proposals));
  }

  revoke(to: readonly ScriptedClient[], ...proposals: readonly Proposed[]): void {
    for (const proposal of proposals) proposal.revoked = true;
    this.tell(to, revoke(...proposals));
  }

  /** Lets the newest commit of `author` win: 29 to `to`, 30 to `added`. The epoch moves on. */
  announce(
    transitionId: number,
    author: ScriptedClient,
    {
      to,
      added = [],
    }: { readonly to: readonly ScriptedClient[]; readonly added?: readonly ScriptedClient[] },
  ): void {
    const { commit, welcome } = author.last(28);
    const verdict = this.epoch.judge(author.connection, { commit, welcome }, true);
    if (verdict.verdict !== "wins") throw new Error(`the commit of ${author.userId}: ${verdict.reason}`);
    const packages = added.map((client) => this.#packageOf(client));
    this.epoch = this.epoch.after(this.#packageOf(author), verdict.proposals);
    this.tell(to, { op: 29, transitionId, commit });
    for (const [i, client] of added.entries())
      this.tell([client], { op: 30, transitionId, welcome: welcomeFor(welcome!, packages[i]!) });
  }

  #packageOf(client: ScriptedClient): Package {
    const read = readPackage(this.#crypto, client.connection, client.last(26).keyPackage);
    if (typeof read === "string") throw new Error(`the key package of ${client.userId}: ${read}`);
    return read;
  }
}
