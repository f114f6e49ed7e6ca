import { type PoolHealthStatus, summaryOf } from '@rockpool/core/health';
import type { Hono } from 'hono';
import type { Cockpit } from '../cockpit/cockpit.js';
import { version } from '../version.js';

/** Whether the server takes requests. */
export interface Readiness {
  readonly state: 'starting' | 'ready' | 'stopping';
}

/** `/livez`, `/readyz`, `/healthz`, `/health/pool`, `/admin/pool/health`. */
export function addHealthRoutes(app: Hono, cockpit: Cockpit, readiness: Readiness): void {
  app.get('/livez', (context) => context.text('ok'));

  app.get('/readyz', (context) => {
    const open = cockpit.extraction.poolStatus().state === 'open';
    const ready = readiness.state === 'ready' && open;
    return context.text(ready ? 'ok' : readiness.state, ready ? 200 : 503);
  });

  app.get('/healthz', (context) => {
    const health = cockpit.extraction.healthStatus();
    return context.body(JSON.stringify(healthDocument(health)), statusCodeOf(health), {
      'content-type': 'application/health+json',
    });
  });

  // The names of the RipTide pool, which others may read already.
  app.get('/health/pool', (context) => {
    const health = cockpit.extraction.healthStatus();
    return context.json(poolHealth(health, cockpit), statusCodeOf(health));
  });

  app.get('/admin/pool/health', (context) => {
    const { monitor } = cockpit.extraction;
    const health = monitor.currentHealth();
    return context.json(
      {
        ...poolHealth(health, cockpit),
        because: health.because,
        forecast: health.forecast,
        signs: health.signs,
        metrics: cockpit.extraction.metrics(),
        breaker: cockpit.extraction.breaker.snapshot(),
        pools: cockpit.snapshot().pools,
        history: monitor.history.map((each) => ({
          ...summaryOf(each),
          last_check: each.lastCheck,
        })),
      },
      // The page of an operator, not a probe: it is there even when the pool is not well.
      200,
    );
  });
}

function statusCodeOf({ level }: PoolHealthStatus): 200 | 503 {
  return level === 'healthy' || level === 'degraded' ? 200 : 503;
}

function poolHealth(health: PoolHealthStatus, cockpit: Cockpit): object {
  return {
    ...summaryOf(health),
    available_instances: health.availableInstances,
    active_instances: health.activeInstances,
    max_instances: health.maxInstances,
    avg_semaphore_wait_ms: health.avgWaitMs,
    circuit_breaker_status: cockpit.extraction.breaker.state.kind,
    memory_stats: {
      used_bytes: health.memory.usedBytes,
      limit_bytes: health.memory.limitBytes ?? null,
      pressure: health.memory.pressure,
    },
    last_check: health.lastCheck,
  };
}

const STATUS = { healthy: 'pass', degraded: 'warn', unhealthy: 'fail', critical: 'fail' } as const;

/** The health check format of draft-inadarei-api-health-check. */
function healthDocument(health: PoolHealthStatus): object {
  const check = (observedValue: number, observedUnit: string) => [
    { componentType: 'component', observedValue, observedUnit, time: health.lastCheck },
  ];
  return {
    status: STATUS[health.level],
    version: '1',
    releaseId: version,
    description: `extraction pool ${health.name}`,
    output: health.because.join(', '),
    checks: {
      'extraction:utilization': check(health.signs.utilization, 'share'),
      'extraction:successRate': check(health.signs.successRate, 'share'),
      'extraction:fallbackRate': check(health.signs.fallbackRate, 'share'),
      'memory:utilization': check(health.signs.memory, 'share'),
      'extraction:score': check(health.score, 'points'),
    },
  };
}
