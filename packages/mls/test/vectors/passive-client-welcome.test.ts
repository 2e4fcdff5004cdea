// passive-client-welcome: the epoch authenticator after the Welcome and after each commit.
import { followPassively } from "../support/passive-client.ts";
import { rfcVectors } from "../support/vectors.ts";

rfcVectors("passive-client-welcome", followPassively);
