// A voice gateway by hand: a script says which message goes to whom, and when. It keeps the group's leaves and keys.

import type { CryptoProvider } from "@puredave/mls";
import { createCryptoProvider } from "../crypto.ts";
import { DaveError } from "../errors.ts";
import { decodeClientMessage } from "../gateway/codec.ts";
import type { ClientMessage, ServerMessage } from "../gateway/opcodes.ts";
import type { Snowflake } from "../snowflake.ts";
import { Connection, type Wire } from "./connection.ts";
import { Epoch, type Package, type Proposed, readPackage } from "./group.ts";
import { appendProposals, ProposalSigner, revokeProposals } from "./proposal-signer.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** One client as the script sees it. */
export class ScriptedClient {
  /** The user's snowflake. */
  readonly userId: string;
  /** Everything that the client has sent, in order. */
  readonly sent: ClientMessage[] = [];
  /** The gateway's side of the websocket. */
  readonly connection: Connection;

  /** `ScriptedGateway.connect` makes it. */
  constructor(userId: string, connection: Connection) {
    this.userId = userId;
    this.connection = connection;
  }

  /**
   * Returns the newest message of an opcode.
   *
   * @throws {@link DaveError} `invalid-argument` if the client has sent none
   */
  last<O extends ClientMessage["op"]>(op: O): Extract<ClientMessage, { op: O }> {
    const message = this.sent.filter((one) => one.op === op).at(-1);
    if (message === undefined) throw new DaveError("invalid-argument", `${this.userId} has sent no op ${op}`);
    return message as Extract<ClientMessage, { op: O }>;
  }
}

/** Who gets the announcement of a commit. */
export interface Announcement {
  /** Those who get the commit (op 29). */
  readonly to: readonly ScriptedClient[];
  /** Those whom the commit adds: they get their Welcome (op 30). */
  readonly added?: readonly ScriptedClient[];
}

/** Options of `ScriptedGateway`. */
export interface ScriptedGatewayOptions {
  /** The channel's snowflake. */
  readonly channelId: Snowflake;
  /** Default: `createCryptoProvider()`. */
  readonly crypto?: CryptoProvider;
}

/**
 * A voice gateway that sends what a script says, at once and in that order, so that a test can be as early, late or double
 * as it likes. A gateway that acts by itself is `VoiceGateway`.
 *
 * @example
 * ```ts
 * const gateway = new ScriptedGateway({ channelId });
 * const join = (userId: string) => {
 *   const client = new DaveClient({ userId, channelId, send: (message) => gateway.take(seat, message) });
 *   const seat = gateway.connect(userId, (message) => client.receive(message));
 *   return { client, seat };
 * };
 * const [a, b] = [join("1"), join("2")];
 * gateway.hello([a.seat, b.seat]); // 11, 4 and 25; the clients answer with 26
 * gateway.append([a.seat], gateway.add(b.seat)); // 27; a answers with 28
 * gateway.announce(0, a.seat, { to: [a.seat], added: [b.seat] }); // 29 and 30
 * a.client.ready && b.client.ready; // true
 * ```
 */
export class ScriptedGateway {
  readonly #crypto: CryptoProvider;
  readonly #clock = new VirtualClock();
  /** Signs the gateway's proposals. */
  readonly signer: ProposalSigner;
  /** The group as the gateway knows it. */
  epoch: Epoch;

  /** @throws {@link DaveError} `invalid-snowflake` */
  constructor({ channelId, crypto = createCryptoProvider() }: ScriptedGatewayOptions) {
    this.#crypto = crypto;
    this.signer = new ProposalSigner({ channelId, crypto });
    this.epoch = new Epoch(this.signer.groupId);
  }

  /** Returns a client whose messages go to `deliver`: text for JSON opcodes, bytes for MLS. */
  connect(userId: string, deliver: (data: Wire) => void): ScriptedClient {
    return new ScriptedClient(userId, new Connection(userId, this.#clock, { deliver }));
  }

  /**
   * Takes what a client sends.
   *
   * @throws {@link DaveError} `invalid-argument` if it is no message of a client
   */
  take(client: ScriptedClient, data: Wire): void {
    const read = decodeClientMessage(data);
    if (read.outcome === "malformed")
      throw new DaveError("invalid-argument", `a message of ${client.userId}: ${read.reason}`);
    client.sent.push(read.message);
  }

  /** Sends any message, numbered, to each of `to`. */
  tell(to: readonly ScriptedClient[], ...messages: readonly ServerMessage[]): void {
    for (const { connection } of to) for (const message of messages) connection.send(message);
    this.#clock.advance(0);
  }

  /** Names everybody to everybody (op 11), and tells the version (op 4) and the external sender (op 25) (G1). */
  hello(clients: readonly ScriptedClient[], protocolVersion = 1): void {
    this.tell(clients, { op: 11, userIds: clients.map(({ userId }) => userId) }, { op: 4, protocolVersion });
    this.tell(clients, { op: 25, externalSender: this.signer.externalSender });
  }

  /** Proposes to add a client by its newest key package (op 26). `append` sends the proposal. */
  add(client: ScriptedClient): Proposed {
    const added = this.#packageOf(client);
    const signed = this.signer.add(added.keyPackage, this.epoch.number);
    return this.epoch.propose({ ...signed, userId: client.userId, added, sentTo: new Set(), revoked: false });
  }

  /** Proposes to remove a client from its leaf. `append` sends the proposal. */
  remove(client: ScriptedClient): Proposed {
    const removed = this.epoch.leafOf(client.connection);
    const signed = this.signer.remove(removed, this.epoch.number);
    const { userId } = client;
    return this.epoch.propose({ ...signed, userId, removed, sentTo: new Set(), revoked: false });
  }

  /** Sends proposals (op 27). */
  append(to: readonly ScriptedClient[], ...proposals: readonly Proposed[]): void {
    for (const { sentTo } of proposals) for (const { connection } of to) sentTo.add(connection);
    this.tell(to, appendProposals(...proposals));
  }

  /** Revokes proposals (op 27). */
  revoke(to: readonly ScriptedClient[], ...proposals: readonly Proposed[]): void {
    for (const proposal of proposals) proposal.revoked = true;
    this.tell(to, revokeProposals(...proposals));
  }

  /**
   * Lets the newest commit of `author` win: 29 to `to`, 30 to `added`. The epoch moves on.
   *
   * @throws {@link DaveError} `invalid-argument` if there is no commit, or a gateway would not accept it (G6)
   */
  announce(transitionId: number, author: ScriptedClient, { to, added = [] }: Announcement): void {
    const { commit, welcome } = author.last(28);
    const verdict = this.epoch.judge(author.connection, { commit, welcome }, true);
    if (verdict.verdict !== "wins")
      throw new DaveError("invalid-argument", `the commit of ${author.userId}: ${verdict.reason}`);
    const packages = added.map((client) => this.#packageOf(client));
    this.epoch = this.epoch.after(this.#packageOf(author), verdict.proposals);
    this.tell(to, { op: 29, transitionId, commit });
    for (const [i, client] of added.entries())
      this.tell([client], this.signer.welcome(transitionId, welcome!, packages[i]!.keyPackage));
  }

  #packageOf(client: ScriptedClient): Package {
    const read = readPackage(this.#crypto, client.connection, client.last(26).keyPackage);
    if (typeof read !== "string") return read;
    throw new DaveError("invalid-argument", `the key package of ${client.userId}: ${read}`);
  }
}
