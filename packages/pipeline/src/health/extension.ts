import type { Clock } from '@rockpool/core';
import type { Extension } from '../contract/extension.js';
import type { HealthCheck, HealthReport, HealthStatus } from '../contract/ports.js';
import type { Runtime } from '../contract/runtime.js';
import { PipelineStateError } from '../errors.js';
import { HealthChecker } from './checker.js';
import { connectionCheck, handlerCheck, parserCheck, queueCheck } from './checks.js';

/** How a runtime is watched. */
export interface HealthOptions {
  /** Between two rounds, in ms. Default 10,000. */
  readonly intervalMs?: number | undefined;
  /** Results in a row that change a status. Default 3. */
  readonly unhealthyThreshold?: number | undefined;
  /** Whose connection is watched. */
  readonly source?: { health?(): HealthStatus } | undefined;
  /** Beside those of connection, queue, parser and handler. */
  readonly checks?: readonly HealthCheck[] | undefined;
  /** Default `'at-an-interval'`. */
  readonly rounds?: 'at-an-interval' | 'when-asked' | undefined;
  readonly clock?: Clock | undefined;
}

/** Watches a runtime while it runs; its event `health` tells when anything changed. */
export interface HealthExtension extends Extension {
  /** What was found so far; healthy before the first round. */
  report(): HealthReport;
  /** Asks all checks now. */
  check(): Promise<HealthReport>;
}

/** The built-in checks of a runtime, as an extension. */
export function healthExtension(options: HealthOptions = {}): HealthExtension {
  const { source = {}, checks = [], rounds = 'at-an-interval', clock } = options;
  let runtime: Runtime | undefined;
  const stats = () => {
    if (runtime === undefined) throw new PipelineStateError('the runtime has not begun');
    return runtime.stats();
  };
  const checker = new HealthChecker({
    ...options,
    checks: [
      connectionCheck(source),
      queueCheck(stats),
      parserCheck(stats, clock),
      handlerCheck(stats, clock),
      ...checks,
    ],
    onChange: (report) => runtime?.emit('health', report),
  });
  return {
    name: 'health',
    start: (started) => {
      runtime = started;
      if (rounds === 'at-an-interval') checker.start();
    },
    stop: () => checker.stop(),
    report: () => checker.report(),
    check: () => checker.round(),
  };
}
