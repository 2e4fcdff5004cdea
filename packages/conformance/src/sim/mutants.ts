// Broken clients, one rule each: changes to the source of packages/dave. The simulator has to catch every one of them,
// and so have the race suite and the peers that the conformance suite breaks on purpose. One list serves all.

/** A change to one file below packages/dave/src: `find` occurs there exactly once. */
export interface Patch {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export interface Mutant {
  readonly name: string;
  /** The rule it breaks. */
  readonly rule: string;
  readonly patches: readonly Patch[];
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: "sender-switches-on-prepare",
    rule: "M2",
    patches: [
      {
        file: "transitions/records.ts",
        find: "if (keySet !== undefined) install(draft, keySet, order);",
        replace:
          "if (keySet !== undefined) { install(draft, keySet, order); if (state.sender.kind === 'key') { state.sender = { kind: 'key', keySet: keySet.id }; effect(draft, { type: 'switch-sender', to: keySet.id }); } }",
      },
    ],
  },
  {
    name: "reset-drops-sender-keys",
    rule: "M4",
    patches: [
      {
        file: "transitions/recovery.ts",
        find: 'state.group = { kind: "none" };',
        replace:
          "state.group = { kind: \"none\" }; if (state.sender.kind === 'key') { state.sender = { kind: 'none', wanted: false }; effect(draft, { type: 'switch-sender', to: 'none' }); }",
      },
    ],
  },
  {
    name: "id-0-taken-for-none",
    rule: "E21",
    patches: [{ file: "transitions/records.ts", find: "if (id === 0 || early)", replace: "if (early)" }],
  },
  {
    name: "one-pending-slot",
    rule: "M10",
    patches: [
      {
        file: "transitions/records.ts",
        find: "state.records = [...state.records.filter((other) => other.id !== id), next];",
        replace: "state.records = [next];",
      },
    ],
  },
  {
    name: "retention-extended",
    rule: "M3",
    patches: [
      {
        file: "transitions/keys.ts",
        find: "const at = draft.now + RETENTION_MS;\n  if (!set.live",
        replace: "const at = draft.now + 3 * RETENTION_MS;\n  if (!set.live",
      },
    ],
  },
  {
    name: "retention-from-preparation",
    rule: "M3",
    patches: [
      {
        file: "transitions/records.ts",
        find: "if (keySet !== undefined) install(draft, keySet, order);",
        replace:
          "if (keySet !== undefined) { install(draft, keySet, order); expireOlder(draft, order, keySet.id); }",
      },
    ],
  },
  {
    name: "recovery-per-bad-frame",
    rule: "E31",
    patches: [
      {
        file: "client/media-health.ts",
        find: "return this.#frames >= MEDIA_DEAF_FRAMES && this.#failingMs >= afterMs;",
        replace: "return this.#frames > 0 || this.#failingMs >= afterMs;",
      },
    ],
  },
  {
    name: "op-11-replaces",
    rule: "E11",
    patches: [
      {
        file: "transitions/holders.ts",
        find: "rejoin(draft, userIds);",
        replace: "state.recognized = new Set(userIds); rejoin(draft, userIds);",
      },
    ],
  },
  {
    name: "counter-restarts-on-reinstall",
    rule: "K4",
    patches: [
      {
        file: "media.ts",
        find: 'this.#encryptor.setKey(typeof to === "number" ? this.#keySets.get(to)?.sender.key : undefined);',
        replace:
          'const held = typeof to === "number" ? this.#keySets.get(to) : undefined; this.#encryptor.setKey(held && new SenderKey(held.sender.ratchet));',
      },
    ],
  },
  {
    name: "sole-member-keeps-its-key",
    rule: "E21",
    patches: [
      {
        file: "transitions/holders.ts",
        find: "executeSoleMember(draft, { version, order, keySet: keySet?.id });",
        replace: "",
      },
    ],
  },
  {
    name: "foreign-commit-flagged",
    rule: "E29",
    patches: [
      {
        file: "client/group-messages.ts",
        find: 'const passedBy = outcome.reason === "pending-group" && ownSent;',
        replace:
          'const passedBy = outcome.reason === "pending-group" && ownSent; if (outcome.reason === "pending-group") return this.#invalid(29, id, outcome.reason, now);',
      },
    ],
  },
  {
    name: "early-execute-forgotten",
    rule: "E22",
    patches: [
      {
        file: "transitions/records.ts",
        find: "state.remembered = [...others, { id, until: now + REMEMBER_EXECUTE_MS }].slice(-MAX_REMEMBERED);",
        replace: "state.remembered = others.slice(0, 0 * (now + REMEMBER_EXECUTE_MS + MAX_REMEMBERED));",
      },
    ],
  },
  {
    name: "plaintext-window-never-closes",
    rule: "M6",
    patches: [
      {
        file: "transitions/plaintext.ts",
        find: "draft.state.plaintextTail = draft.now + PLAINTEXT_TAIL_MS;",
        replace: "draft.state.plaintextTail = Number.POSITIVE_INFINITY;",
      },
    ],
  },
  {
    name: "old-welcome-flagged",
    rule: "E30",
    patches: [
      {
        file: "client/group-messages.ts",
        find: 'const stale = outcome.reason === "not-for-newest-key-package";',
        replace:
          'const stale = outcome.reason === "not-for-newest-key-package"; if (stale) return this.#invalid(30, id, outcome.reason, now);',
      },
    ],
  },
  {
    name: "signature-key-renewed-at-reset",
    rule: "P4",
    patches: [
      {
        file: "session.ts",
        find: "this.#replaceGroup(undefined);\n    if (options.keepKeyPackage !== true) this.#replaceKeyPackage(undefined);",
        replace:
          "this.#replaceGroup(undefined);\n    this.#signatureKeyPair = this.#signatureKeys(undefined);\n    if (options.keepKeyPackage !== true) this.#replaceKeyPackage(undefined);",
      },
    ],
  },
  {
    name: "dropped-keys-deleted",
    rule: "M10",
    patches: [
      {
        file: "transitions/records.ts",
        find: "if (record.version === 0) closeDowngrade(draft, record.order);\n  notify(",
        replace:
          "if (record.version === 0) closeDowngrade(draft, record.order);\n  state.keySets = state.keySets.map((set) => (set.id === record.keySet && !(state.sender.kind === 'key' && state.sender.keySet === set.id) ? { ...set, live: false } : set));\n  if (record.keySet !== undefined) effect(draft, { type: 'retire', keySet: record.keySet });\n  notify(",
      },
    ],
  },
];

/** The patched text; throws when the patch does not fit any more, so that a mutant never dies silently. */
export function applyPatch(source: string, patch: Patch): string {
  const [before, after, ...more] = source.split(patch.find);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(`mutant patch does not fit ${patch.file} exactly once: ${patch.find}`);
  }
  return `${before}${patch.replace}${after}`;
}
