import type { Profiler } from 'node:inspector';
import { Session } from 'node:inspector/promises';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { type Clock, systemClock } from '@rockpool/core';
import type { RuntimeStats } from '../contract/stats.js';

/** What is profiled. */
export interface ProfileOptions {
  /** Default 5,000. */
  readonly durationMs?: number | undefined;
  /** Ends the profile before its time; what was found so far is the result. */
  readonly signal?: AbortSignal | undefined;
  /** Figures whose change during the profile makes the stage table. */
  readonly stats?: (() => RuntimeStats) | undefined;
  /** The time. Default the monotonic clock of the process. */
  readonly clock?: Clock | undefined;
}

/** What one pipeline did during a profile. */
export interface StageProfile {
  readonly pipeline: string;
  readonly received: number;
  readonly processed: number;
  readonly parseErrors: number;
  readonly handlerErrors: number;
  /** At the end of the profile. */
  readonly queueDepth: number;
  /** Since the runtime began, in ms. */
  readonly p99Ms: number;
}

/** What a process did for a while. */
export interface Profile {
  readonly durationMs: number;
  /** To be saved as `.cpuprofile` and opened in the developer tools of a browser. */
  readonly cpuProfile: Profiler.Profile;
  readonly stages: readonly StageProfile[];
  readonly eventLoop: {
    /** 0 to 1: how much of the time it was busy. */
    readonly utilization: number;
    readonly delayP50Ms: number;
    readonly delayP99Ms: number;
    readonly delayMaxMs: number;
  };
  /** At the end of the profile, in bytes. */
  readonly memory: NodeJS.MemoryUsage;
}

/** Profiles this thread for a while: CPU, event loop, pipelines, memory. Needs no flag and stops nothing. */
export async function collectProfile(options: ProfileOptions = {}): Promise<Profile> {
  const { durationMs = 5_000, signal, stats, clock = systemClock } = options;
  const session = new Session();
  session.connect();
  const delay = monitorEventLoopDelay({ resolution: 10 });
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
    const begunAt = clock.now();
    const before = stats?.();
    const loop = performance.eventLoopUtilization();
    delay.enable();
    await pass(durationMs, clock, signal);
    delay.disable();
    const { utilization } = performance.eventLoopUtilization(loop);
    const after = stats?.();
    const { profile } = await session.post('Profiler.stop');
    return {
      durationMs: clock.now() - begunAt,
      cpuProfile: profile,
      stages: stagesOf(before, after),
      eventLoop: {
        utilization,
        delayP50Ms: delay.percentile(50) / 1e6,
        delayP99Ms: delay.percentile(99) / 1e6,
        delayMaxMs: delay.count === 0 ? 0 : delay.max / 1e6,
      },
      memory: process.memoryUsage(),
    };
  } finally {
    delay.disable();
    session.disconnect();
  }
}

function stagesOf(
  before: RuntimeStats | undefined,
  after: RuntimeStats | undefined,
): StageProfile[] {
  if (before === undefined || after === undefined) return [];
  return Object.values(after.pipelines).map((now) => {
    const then = before.pipelines[now.id];
    return {
      pipeline: now.id,
      received: now.received - (then?.received ?? 0),
      processed: now.processed - (then?.processed ?? 0),
      parseErrors: now.parseErrors - (then?.parseErrors ?? 0),
      handlerErrors: now.handlerErrors - (then?.handlerErrors ?? 0),
      queueDepth: now.queueDepth,
      p99Ms: now.latency.p99Ms,
    };
  });
}

function pass(ms: number, clock: Clock, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const over = (): void => {
      clock.clearTimeout(timer);
      signal?.removeEventListener('abort', over);
      resolve();
    };
    const timer = clock.setTimeout(over, ms);
    signal?.addEventListener('abort', over, { once: true });
  });
}
