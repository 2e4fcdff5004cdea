// A suite: what it proves and the function that tries one vector on a subject
import type { Peer } from "../peers/peer.ts";
import type { Fields } from "../vectors/case.ts";
import type { About, Describe } from "./about.ts";
import type { Check } from "./check.ts";
import type { MlsSubject } from "./mls-subject.ts";

export interface Subject {
  readonly peer: Peer;
  /** The MLS library behind this project's own peer; other peers have none that could be reached. */
  readonly mls: MlsSubject | undefined;
}

export interface CaseContext {
  readonly subject: Subject;
  readonly check: Check;
  readonly vector: Fields;
  /** The case's rules, flags and stage. */
  readonly about: About;
  /** What the file's cases share; empty for the MLS formats. */
  readonly head: Fields;
  /** All cases of the file, this one too. */
  readonly cases: readonly Fields[];
}

export interface Suite {
  readonly name: string;
  readonly title: string;
  /** Rules of docs/protocol.md or sections of RFC 9420: everything that a comparison of the suite may name. */
  readonly rules: readonly string[];
  /** What a case is about; absent: the suite's rules, nothing refused. */
  readonly about?: Describe;
  run(context: CaseContext): void | Promise<void>;
}
