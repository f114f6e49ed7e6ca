import type { ProfileName, Settings } from './settings.js';

/** What each profile sets, as the seed prints them; everything else keeps its default. */
export const PROFILES: Readonly<Record<ProfileName, Partial<Settings>>> = {
  development: {
    'runtime.workerThreads': 2,
    'runtime.bufferCapacity': 1_000,
    'runtime.logLevel': 'debug',
    'runtime.logFormat': 'pretty',
  },
  production: {
    'runtime.workerThreads': 16,
    'runtime.bufferCapacity': 50_000,
    'runtime.logLevel': 'info',
    'runtime.optimize': true,
  },
};

/** What a runtime does differently with `optimize`. */
export interface Behaviour {
  /** The latency of one message in so many is measured. */
  readonly latencySampling: number;
  /** Whether every message may be traced, or only while debugging. */
  readonly spans: 'every-message' | 'while-debugging';
  /** Whether stages are timed always, or only while debugging or profiling. */
  readonly stageTimers: 'always' | 'while-debugging';
}

/** The behaviour that `optimize` stands for. */
export function behaviourOf(optimize: boolean): Behaviour {
  return optimize
    ? { latencySampling: 64, spans: 'while-debugging', stageTimers: 'while-debugging' }
    : { latencySampling: 1, spans: 'every-message', stageTimers: 'always' };
}
