import type { SuiteRunner } from '../../src/testing/index.js';

/** A runner that only collects, to look at what a suite would run. */
export interface CollectingRunner extends SuiteRunner {
  readonly run: Map<string, () => Promise<void>>;
  readonly skipped: Map<string, string>;
}

export function collecting(): CollectingRunner {
  const run = new Map<string, () => Promise<void>>();
  const skipped = new Map<string, string>();
  return {
    run,
    skipped,
    test: (title, body) => run.set(title, body),
    skip: (title, reason) => skipped.set(title, reason),
  };
}

/** Runs what `register` hands to the runner, one after the other: what each failing check told, by its title. */
export async function failuresOf(
  register: (runner: SuiteRunner) => void,
): Promise<Record<string, string>> {
  const runner = collecting();
  register(runner);
  const told: Record<string, string> = {};
  for (const [title, body] of runner.run) {
    try {
      await body();
    } catch (error) {
      told[title] = error instanceof Error ? error.message : String(error);
    }
  }
  return told;
}
