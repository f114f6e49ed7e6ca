import type { Clock } from '@rockpool/core';
import { ConnectionError } from '../errors.js';

/** How metrics are pushed. */
export interface PushOptions {
  /** `PUT` replaces all metrics of the job, `POST` those of the same name. Default `'PUT'`. */
  readonly method?: 'PUT' | 'POST' | undefined;
  /** The name of the job, where the URL has none. Default `'rockpool'`. */
  readonly job?: string | undefined;
  /** How long the gateway may take, in ms. Default 10,000. */
  readonly timeoutMs?: number | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * Sends an exposition to a Pushgateway. A URL without `/metrics/job/…` gets it; user and password in it become the
 * header that they mean.
 * @throws ConnectionError `ERR_PIPELINE_CONNECTION` when the gateway cannot be reached, is too slow or refuses; retryable
 */
export async function pushMetrics(
  url: string,
  text: string,
  options: PushOptions,
  clock: Clock,
): Promise<void> {
  const { method = 'PUT', job = 'rockpool', timeoutMs = 10_000, headers = {} } = options;
  const { address, authorization } = targetOf(url, job);
  const giveUp = new AbortController();
  const timer = clock.setTimeout(
    () => giveUp.abort(new Error(`no answer within ${timeoutMs} ms`)),
    timeoutMs,
  );
  try {
    const response = await fetch(address, {
      method,
      body: text,
      signal: giveUp.signal,
      headers: { 'content-type': 'text/plain; version=0.0.4', ...authorization, ...headers },
    });
    // Read to its end, so that the connection can be used again.
    const answer = await response.text();
    if (response.ok) return;
    throw new Error(`status ${response.status} ${answer.slice(0, 200)}`.trimEnd());
  } catch (error) {
    throw new ConnectionError(`metrics could not be pushed to ${address}`, {
      cause: error,
      retryable: true,
    });
  } finally {
    clock.clearTimeout(timer);
  }
}

function targetOf(
  url: string,
  job: string,
): { readonly address: string; readonly authorization: Record<string, string> } {
  const target = new URL(url);
  const { username, password } = target;
  target.username = '';
  target.password = '';
  if (!target.pathname.includes('/metrics/job/')) {
    target.pathname = `${target.pathname.replace(/\/$/, '')}/metrics/job/${encodeURIComponent(job)}`;
  }
  if (username === '' && password === '') return { address: target.href, authorization: {} };
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const authorization = { authorization: `Basic ${Buffer.from(user).toString('base64')}` };
  return { address: target.href, authorization };
}
