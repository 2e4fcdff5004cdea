// From the name on the command line to a peer

import { daveyPeer } from "../peers/davey.ts";
import type { Peer } from "../peers/peer.ts";
import { selfPeer } from "../peers/self/index.ts";
import { type StdioOptions, stdioPeer } from "../peers/stdio.ts";
import { packageVersion, UsageError } from "./context.ts";

/** `self` (this project), `davey` (the npm package, if it is installed), or a command line. */
export async function openPeer(name: string, options: StdioOptions = {}): Promise<Peer> {
  if (name === "self") return selfPeer(packageVersion());
  if (name === "davey") {
    const davey = await daveyPeer();
    if (!davey) throw new UsageError("peer davey: @snazzah/davey is not installed here");
    return davey;
  }
  return stdioPeer(name, options);
}
