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
  /** The named scenario that catches it, and the invariant that is broken there; absent: seeds do. */
  readonly caught?: { readonly scenario: string; readonly invariant: number };
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
    rule: "M2",
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
        file: "media/session-media.ts",
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
        file: "session/session.ts",
        find: "this.#replaceGroup(undefined);\n    if (!keepKeyPackage) this.#replaceKeyPackage(undefined);",
        replace:
          "this.#replaceGroup(undefined);\n    this.#signatureKeyPair = this.#signatureKeys(undefined);\n    if (!keepKeyPackage) this.#replaceKeyPackage(undefined);",
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
  // faults that the simulator once did not know
  {
    name: "foreign-key-taken-for-replay",
    rule: "E31",
    patches: [
      { file: "media/session-media.ts", find: "confirmReplays: true", replace: "confirmReplays: false" },
    ],
    caught: { scenario: "long-epoch-then-a-lost-commit", invariant: 11 },
  },
  {
    name: "recovers-without-a-connection",
    rule: "O3",
    patches: [
      {
        file: "transitions/recovery.ts",
        find: "  if (!state.connected) return;\n  const { due } = state.recovery;\n  if (due",
        replace: "  const { due } = state.recovery;\n  if (due",
      },
      {
        file: "transitions/recovery.ts",
        find: "if (wait === 0 && state.connected) return recoverNow(draft, id);",
        replace: "if (wait === 0) return recoverNow(draft, id);",
      },
      {
        file: "transitions/recovery.ts",
        find: "  state.connected &&\n  canRecover(state) &&",
        replace: "  canRecover(state) &&",
      },
      {
        file: "client/frames.ts",
        find: "if (!state.connected) return this.#health.pause();",
        replace: "",
      },
    ],
    caught: { scenario: "resume-after-8-s", invariant: 8 },
  },
  {
    name: "race-taken-for-a-sole-member",
    rule: "E21",
    patches: [
      {
        file: "transitions/holders.ts",
        find: "if (holders(draft).length > 0) return;",
        replace: "",
      },
    ],
    caught: { scenario: "race-to-one", invariant: 13 },
  },
  {
    name: "stranger-told-once",
    rule: "E30",
    patches: [
      {
        file: "client/driver.ts",
        find: "return this.#strangers.userIds;",
        replace:
          "const self = this as { joinedAt?: bigint | undefined }; const { epoch } = this.parts.session; if (epoch) self.joinedAt ??= epoch; return epoch !== self.joinedAt ? [] : this.#strangers.userIds;",
      },
    ],
    caught: { scenario: "stranger", invariant: 12 },
  },
  {
    name: "removal-not-told",
    rule: "E29",
    patches: [
      {
        file: "client/driver.ts",
        find: 'return this.state.membership === "in";',
        replace: 'return this.state.membership !== "recovering";',
      },
    ],
    caught: { scenario: "removal", invariant: 12 },
  },
  {
    name: "sole-member-reset-not-told",
    rule: "E21",
    patches: [
      {
        file: "client/told-group.ts",
        find: "if (adopted || changes.size > 0 || !same(unrecognized, told.unrecognized)) {",
        replace: "if (adopted) {",
      },
    ],
    caught: { scenario: "sole-member-and-return", invariant: 12 },
  },
  {
    name: "silence-counts-as-failing",
    rule: "E31",
    patches: [
      {
        file: "client/media-health.ts",
        find: "if (gap <= MEDIA_DEAF_GAP_MS) this.#failingMs += gap;",
        replace: "this.#failingMs += gap + 0 * MEDIA_DEAF_GAP_MS;",
      },
      {
        file: "client/frames.ts",
        find: "    this.#judge(userId, result, now);",
        replace:
          '    this.#judge(userId, result, now); if (result.outcome === "decrypted") this.#health.failed(now);',
      },
    ],
    caught: { scenario: "silence-of-a-minute", invariant: 8 },
  },
  {
    name: "time-goes-back",
    rule: "M3",
    patches: [
      {
        file: "steady-clock.ts",
        find: "if (read < seen) this.#ahead += seen - read;",
        replace: "",
      },
    ],
    caught: { scenario: "clock-steps-back", invariant: 7 },
  },
  {
    name: "event-gives-an-inner-array-away",
    rule: "E13",
    patches: [
      {
        file: "client/events.ts",
        find: "call(() => added.listener(copyOf(event) as never), this.#onFault);",
        replace: "call(() => added.listener(event as never), this.#onFault);",
      },
      {
        file: "client/told-group.ts",
        find: "members: [...view.members]",
        replace: "members: view.members",
      },
      {
        file: "client/driver.ts",
        find: "const members = [...session.roster.keys()];",
        replace:
          "const members = session.established ? (this.state.keySets.at(-1)?.members ?? []) : [...session.roster.keys()];",
      },
    ],
    caught: { scenario: "rude-callbacks", invariant: 4 },
  },
  {
    name: "told-after-close",
    rule: "O4",
    patches: [
      {
        file: "client/events.ts",
        find: "if (this.#closed || !this.#of(type).includes(added)) continue;",
        replace: "if (!this.#closed && !this.#of(type).includes(added)) continue;",
      },
      {
        file: "client/core.ts",
        find: "      if (this.#closing) return;\n      this.#log(copyOf(event));",
        replace: "      this.#log(copyOf(event));",
      },
    ],
    caught: { scenario: "closed-by-a-listener", invariant: 15 },
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
