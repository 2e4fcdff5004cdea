// From the name on the command line to a peer
import { packageVersion, UsageError } from "../cli/context.ts";
import { daveyPeer } from "./davey.ts";
import type { Peer } from "./peer.ts";
import { selfPeer } from "./self/index.ts";
import { type StdioOptions, stdioPeer } from "./stdio.ts";

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
