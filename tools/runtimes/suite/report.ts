// What a run of the suite in one runtime comes to; plain data, so that it crosses any border

/** One part of the suite. */
export interface Part {
  readonly name: string;
  readonly passed: number;
  /** Which case failed, and why. */
  readonly failures: readonly string[];
}

export interface SuiteReport {
  /** `@puredave/frame-crypto` and `@puredave/mls` choose apart. */
  readonly backend: { readonly frames: string; readonly mls: string };
  readonly parts: readonly Part[];
  /** Median over batches: one Opus frame sealed and opened, µs. Absent: the runtime's clock stands still while it computes. */
  readonly opusMicros: number | undefined;
  /** From 49 proposals to the last newcomer's welcome, ms. */
  readonly joinMs: number | undefined;
}

/** Counts what holds and keeps the reasons of what does not. */
export class Tally {
  readonly failures: string[] = [];
  passed = 0;
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  hold(what: string, condition: boolean): void {
    if (condition) this.passed++;
    else this.failures.push(what);
  }

  /** Runs a case; what it throws is its failure. */
  attempt(what: string, act: () => void): void {
    try {
      act();
      this.passed++;
    } catch (error) {
      this.failures.push(`${what}: ${reason(error)}`);
    }
  }

  get part(): Part {
    const { name, passed, failures } = this;
    return { name, passed, failures };
  }
}

export const reason = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);
