// passive-client-handling-commit: the epoch authenticator after the Welcome and after each commit.
import { followPassively } from "../support/passive-client.ts";
import { rfcVectors } from "../support/vectors.ts";

rfcVectors("passive-client-handling-commit", followPassively);
