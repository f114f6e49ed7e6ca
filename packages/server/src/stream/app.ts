import { type HealthReport, RuntimeError } from '@rockpool/pipeline';
import { Hono } from 'hono';
import { problem } from '../http/problem.js';
import { onlyOwnHost, securityHeaders } from '../http/security.js';
import { version } from '../version.js';
import type { Phase } from './watch.js';

/** What is served. */
export interface StreamParts {
  readonly host: string;
  readonly runtime: {
    exportMetrics(): Promise<string>;
    healthReport(): HealthReport;
  };
  /** Whether `/metrics` is there. */
  readonly metrics: boolean;
  readonly phase: () => Phase;
}

/** The addresses of `rockpool stream`: `/livez`, `/readyz`, `/healthz` and `/metrics`. */
export function streamApp({ host, runtime, metrics, phase }: StreamParts): Hono {
  const app = new Hono();
  app.use(securityHeaders, onlyOwnHost({ host, allowedHosts: [] }));
  app.get('/livez', (context) => context.text('ok'));
  app.get('/readyz', (context) => {
    const now = phase();
    return now === 'ready' ? context.text('ok') : context.text(now, 503);
  });
  app.get('/healthz', (context) => {
    const health = runtime.healthReport();
    const status = health.status === 'unhealthy' ? 503 : 200;
    return context.body(JSON.stringify(healthDocument(health)), status, {
      'content-type': 'application/health+json',
    });
  });
  if (metrics) {
    app.get('/metrics', async (context) =>
      context.body(await runtime.exportMetrics(), 200, {
        'content-type': 'text/plain; version=0.0.4; charset=utf-8',
      }),
    );
  }
  app.notFound((context) => problem(context, 404, 'ERR_HTTP_NOT_FOUND', 'there is no such page'));
  app.onError((error, context) => {
    // Whoever asks before the stream has begun asks too early, and that is all.
    if (RuntimeError.is(error, 'ERR_PIPELINE_STATE')) {
      return problem(context, 503, 'ERR_HTTP_NOT_READY', 'the stream has not begun');
    }
    throw error;
  });
  return app;
}

const STATUS = { healthy: 'pass', degraded: 'warn', unhealthy: 'fail' } as const;

/** The health check format of draft-inadarei-api-health-check. */
function healthDocument({ status, score, detail, checks }: HealthReport): object {
  const each = Object.entries(checks).map(([name, check]) => [
    `stream:${name}`,
    [
      {
        componentType: 'component',
        status: STATUS[check.status],
        observedValue: check.score,
        observedUnit: 'points',
        ...(check.detail === undefined ? {} : { output: check.detail }),
      },
    ],
  ]);
  return {
    status: STATUS[status],
    version: '1',
    releaseId: version,
    description: 'rockpool stream',
    output: detail ?? '',
    checks: {
      ...Object.fromEntries(each),
      'stream:score': [
        { componentType: 'component', observedValue: score, observedUnit: 'points' },
      ],
    },
  };
}
