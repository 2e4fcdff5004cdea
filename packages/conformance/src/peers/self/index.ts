// Peer protocol 1 answered by this project
import { MAX_PROTOCOL_VERSION } from "@puredave/dave";
import { type Handlers, localPeer, type Peer } from "../peer.ts";
import { Clients } from "./client.ts";
import { Frames } from "./frames.ts";
import { Gateways } from "./gateway.ts";
import { messageHandlers } from "./messages.ts";
import { Sessions } from "./session.ts";
import { verificationHandlers } from "./verification.ts";

const NAME = "puredave";

/** Every command of the protocol, with objects of their own. */
export function selfHandlers(version: string): Handlers {
  const sessions = new Sessions();
  return {
    version: () => ({ name: NAME, version, max_supported_protocol_version: MAX_PROTOCOL_VERSION }),
    ...sessions.handlers,
    ...new Gateways().handlers,
    ...new Frames(sessions).handlers,
    ...verificationHandlers,
    ...messageHandlers,
    ...new Clients().handlers,
  };
}

export const selfPeer = (version: string): Peer => localPeer(NAME, selfHandlers(version));
