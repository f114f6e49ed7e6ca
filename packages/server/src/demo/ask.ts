import { onOneLine } from '../report/printable.js';
import type { DemoPage } from './demo-load.js';

/** What an endpoint answered, for a person. */
export interface Answer {
  /** Whether it is what the endpoint is there for. */
  readonly ok: boolean;
  readonly line: string;
}

/** `POST /extract` with a page. */
export async function askExtract(server: string, { html, url }: DemoPage): Promise<Answer> {
  const response = await fetch(`${server}/extract?url=${encodeURIComponent(url)}`, {
    method: 'POST',
    headers: { 'content-type': 'text/html' },
    body: Buffer.from(html),
  });
  const answer = (await response.json()) as {
    readonly title?: string | null;
    readonly wordCount?: number;
    readonly parserMetadata?: { readonly fallbackTrigger?: string };
    readonly detail?: string;
  };
  const { title, wordCount = 0, parserMetadata, detail = '' } = answer;
  const trigger = parserMetadata?.fallbackTrigger;
  const how = trigger === undefined ? 'the first way' : `the fallback (${trigger})`;
  const told = response.ok ? `“${title}”, ${wordCount} words, read by ${how}` : detail;
  return answerOf('POST /extract', response, response.ok, told);
}

/** `GET /healthz`; that a pool is not well is an answer too. */
export async function askHealth(server: string): Promise<Answer> {
  const response = await fetch(`${server}/healthz`);
  const { status, output, checks } = (await response.json()) as {
    readonly status: string;
    readonly output: string;
    readonly checks: Readonly<Record<string, readonly { readonly observedValue: number }[]>>;
  };
  const score = checks['extraction:score']?.[0]?.observedValue ?? Number.NaN;
  const because = output === '' ? '' : `, because of ${output}`;
  const ok = ['pass', 'warn', 'fail'].includes(status) && Number.isFinite(score);
  return answerOf('GET  /healthz', response, ok, `${status}, score ${score.toFixed(0)}${because}`);
}

/** `GET /metrics`: what the load has come to. */
export async function askMetrics(server: string): Promise<Answer> {
  const response = await fetch(`${server}/metrics`);
  const samples = (await response.text())
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const sum = (...wanted: readonly string[]): number =>
    samples
      .filter((line) => wanted.every((each) => line.includes(each)))
      .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  const read = sum('rockpool_extractions_total{', 'outcome="read"');
  const told =
    `${samples.length} samples: ${read} pages read, ${sum('rockpool_extraction_fallbacks_total')} by the fallback, ` +
    `trips ${sum('rockpool_breaker_trips_total')}, leaks ${sum('rockpool_leaks_total')}`;
  return answerOf('GET  /metrics', response, response.ok && read > 0, told);
}

function answerOf(what: string, { status }: Response, ok: boolean, told: string): Answer {
  return { ok, line: `${what.padEnd(13)}  ${status}  ${onOneLine(told)}` };
}
