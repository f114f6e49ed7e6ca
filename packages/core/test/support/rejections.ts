import { afterEach, beforeEach, expect } from 'vitest';

/** In this file no rejection may go unhandled; each test is asked. */
export function expectNoUnhandledRejection(): void {
  let unhandled: unknown[] = [];
  const note = (reason: unknown): void => {
    unhandled.push(reason);
  };
  beforeEach(() => {
    unhandled = [];
    process.on('unhandledRejection', note);
  });
  afterEach(async () => {
    // Node tells of a rejection only after the microtasks of the turn in which it happened.
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });
}
