import { reasonOf } from '@rockpool/core';
import type { Logger, Runtime, ShutdownReport } from '@rockpool/pipeline';

/** Whether the stream may be relied on just now. */
export type Phase = 'starting' | 'ready' | 'disconnected' | 'stopping';

/** Follows what a runtime tells, counts what it does not count itself, and logs it. */
export class Watch {
  phase: Phase = 'starting';
  reconnects = 0;
  /** Positions that the other side could not send any more. */
  missed = 0n;
  gaps = 0;
  report: ShutdownReport | undefined;

  constructor(runtime: Pick<Runtime, 'on'>, log: Logger) {
    const at = (phase: Phase): void => {
      if (this.phase !== 'stopping') this.phase = phase;
    };
    runtime.on('connected', (data) => {
      at('ready');
      log.log('info', 'connected', data);
    });
    runtime.on('disconnected', ({ endpoint, error }) => {
      at('disconnected');
      log.log('warn', 'disconnected', { endpoint, reason: reasonOf(error) });
    });
    runtime.on('reconnected', ({ endpoint, attempts, from }) => {
      this.reconnects += 1;
      at('ready');
      log.log('info', 'reconnected', { endpoint, attempts, from: textOf(from) });
    });
    runtime.on('gap', ({ from, to }) => {
      this.gaps += 1;
      this.missed += to - from + 1n;
      log.log('warn', 'gap: the server has these slots no more', {
        from: textOf(from),
        to: textOf(to),
      });
    });
    runtime.on('reset', ({ from, reason }) =>
      log.log('warn', 'reset', { from: textOf(from), reason }),
    );
    runtime.on('overflow', (data) => log.log('warn', 'a buffer was full', data));
    runtime.on('breaker', ({ pipeline, handler, from, to }) => {
      log.log('warn', 'breaker', { pipeline, handler, from, to });
    });
    runtime.on('state', ({ pipeline, from, to }) => {
      if (pipeline === undefined && to === 'shutdown') this.phase = 'stopping';
      log.log(to === 'error' ? 'error' : 'debug', 'state', { pipeline, from, to });
    });
    runtime.on('health', ({ status, score, detail }) => {
      log.log(status === 'healthy' ? 'info' : 'warn', 'health', { status, score, detail });
    });
    runtime.on('ended', (report) => {
      this.report = report;
    });
  }
}

const textOf = (position: bigint | undefined): string | undefined => position?.toString();
