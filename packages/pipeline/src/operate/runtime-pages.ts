import { RuntimeError } from '../errors.js';
import type { SystemPage, SystemPages } from '../threads/system-pages.js';
import type { OperatedRuntime } from './operated-runtime.js';

/**
 * What a runtime answers to those who watch it: `/metrics`, `/healthz` with what the rounds so far have found (503 when
 * that is unhealthy), and `/livez`. For a `SystemThread`, or a server of your own.
 */
export async function runtimePages(
  runtime: Pick<OperatedRuntime, 'exportMetrics' | 'healthReport'>,
): Promise<SystemPages> {
  const health = runtime.healthReport();
  return {
    '/metrics': await metricsOf(runtime),
    '/healthz': {
      status: health.status === 'unhealthy' ? 503 : 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(health),
    },
    '/livez': text(200, 'ok'),
  };
}

async function metricsOf(runtime: Pick<OperatedRuntime, 'exportMetrics'>): Promise<SystemPage> {
  try {
    return {
      status: 200,
      headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
      body: await runtime.exportMetrics(),
    };
  } catch (error) {
    // Whoever asks before the runtime has begun asks too early, and that is all.
    if (!RuntimeError.is(error, 'ERR_PIPELINE_STATE')) throw error;
    return text(503, '# the runtime has not begun\n');
  }
}

function text(status: number, body: string): SystemPage {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}
