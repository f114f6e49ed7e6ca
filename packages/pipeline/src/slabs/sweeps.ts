import { type Clock, systemClock } from '@rockpool/core';
import type { Extension } from '../contract/extension.js';
import { every } from '../time/every.js';

/** Something that has things to give back from time to time. */
export interface Sweepable {
  /** Gives back what has expired; returns how much that was. */
  sweep(): number;
}

/** What is swept, and how often. */
export interface SweepOptions {
  /** Between two sweeps, in ms. Default 60,000. */
  readonly intervalMs?: number | undefined;
  readonly of: readonly Sweepable[];
  /** `'if-exposed'` lets V8 collect after each sweep where the process was started with `--expose-gc`. Default `'never'`. */
  readonly collect?: 'never' | 'if-exposed' | undefined;
  /** Told how much each sweep gave back. */
  readonly onSwept?: ((swept: number) => void) | undefined;
  /** Told what a sweep failed with; the others go on. Default a process warning. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** The time. Default the monotonic clock of the process. */
  readonly clock?: Clock | undefined;
}

/** Sweeps caches and the like while a runtime runs. Pools see to their idle resources by themselves. */
export function sweepExtension(options: SweepOptions): Extension {
  const { intervalMs = 60_000, clock = systemClock } = options;
  let end: () => void = () => {};
  return {
    name: 'sweeps',
    start: () => {
      end = every(clock, intervalMs, () => sweepAll(options));
    },
    stop: () => end(),
  };
}

function sweepAll({ of, collect = 'never', onSwept, onError = warn }: SweepOptions): void {
  let swept = 0;
  for (const each of of) {
    try {
      swept += each.sweep();
    } catch (error) {
      onError(error);
    }
  }
  if (collect === 'if-exposed') globalThis.gc?.();
  onSwept?.(swept);
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : new Error(String(error)));
}
