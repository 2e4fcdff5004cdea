// What docs/security.md and docs/audit-guide.md claim, as data, and what came of asking.

/** What a claim rests on. */
export type Proof =
  /** Test files, all of which must pass. */
  | { readonly by: "tests"; readonly files: readonly string[] }
  /** A look at sources, dependencies or builds; the name is a key of `CHECKS`. */
  | { readonly by: "check"; readonly check: string }
  /** Findings of `npm run timing`, by the beginnings of their names; `found`: they must be found to differ. */
  | { readonly by: "timing"; readonly subjects: readonly string[]; readonly found?: boolean }
  /** The last printed mutation score of a folder of mls. */
  | { readonly by: "mutation"; readonly folder: string }
  /** Nothing proves it; the reason says why. */
  | { readonly by: "nothing"; readonly reason: string };

export interface Claim {
  /** `section/name`, unique. */
  readonly id: string;
  readonly document: "docs/security.md" | "docs/audit-guide.md";
  /** The sentence as it stands in the document, in Markdown. */
  readonly text: string;
  readonly proof: Proof;
}

export interface Verdict {
  readonly verdict: "proved" | "failed" | "not proved";
  /** What was looked at, or why not. */
  readonly by: string;
}
