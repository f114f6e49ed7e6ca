import { createPool, type PoolOptions } from '@rockpool/core';
import { EventBus } from '@rockpool/events';
import { configure, createExtractionPool } from '@rockpool/extraction';
import { prometheusRegistry } from '@rockpool/server/metrics';
import { type Entry, measureRounds, type Plan } from '../measure/rounds.js';
import { samplePages } from '../sample-pages.js';
import type { Mode, Row, Scenario } from './scenario.js';

/** The goals compare these two; see `overhead` of the report. */
const ON = 'rockpool';
const OFF = 'rockpool, counters only';

const PAGES_PER_SCRAPE = 100;
const LOANS_PER_SCRAPE = 100_000;

/**
 * What it costs to be watched as an operator watches: histograms, an event bus with a subscriber of everything, metrics
 * scraped far more often than any Prometheus does; beside the same without any of it.
 */
export const watchedScenarios: readonly Scenario[] = [
  watched(
    'watched-extractions',
    `reading the sample pages, everything on: stats, histograms, a bus with one subscriber, metrics scraped every ${PAGES_PER_SCRAPE} pages`,
    'page',
    { rounds: 21, sampleMs: 150, warmUpMs: 2_500 },
    () => [pageReader(ON), pageReader(OFF)],
  ),
  watched(
    'watched-loans',
    `bare loans, everything on: stats, histograms, a bus with one subscriber of each loan, metrics scraped every ${LOANS_PER_SCRAPE.toLocaleString('en')} loans`,
    'loan',
    { rounds: 21, sampleMs: 5, warmUpMs: 300 },
    () => [borrower(ON), borrower(OFF)],
  ),
];

function watched(
  id: string,
  title: string,
  part: string,
  plan: Plan,
  open: () => readonly Entry[],
): Scenario {
  return {
    id,
    title,
    peers: (mode: Mode) => (mode === 'quick' ? undefined : []),
    async run(): Promise<readonly Row[]> {
      const measured = await measureRounds(open(), plan);
      return measured.map(({ name, ns, against }) => ({
        subject: name,
        part,
        unit: 'ns',
        value: ns,
        against,
      }));
    },
  };
}

function pageReader(name: typeof ON | typeof OFF): Entry {
  const bus = name === ON ? subscribed() : undefined;
  const extraction = createExtractionPool({
    configuration: configure({
      argument: { enableMetrics: name === ON, health: { enabled: name === ON } },
    }),
    ...(bus !== undefined && { bus }),
  });
  const registry = prometheusRegistry({ pools: () => extraction.pools, extraction, bus });
  const scrape = every(name === ON ? PAGES_PER_SCRAPE : Infinity, () => registry.metrics());
  const pages = samplePages();
  let page = 0;
  return {
    name,
    async sample(units) {
      for (let count = 0; count < units; count += 1) {
        const html = pages[page++ % pages.length];
        if (html !== undefined) await extraction.extract(html, 'https://example.com/');
        const scraping = scrape();
        if (scraping !== undefined) await scraping;
      }
    },
  };
}

function borrower(name: typeof ON | typeof OFF): Entry {
  const options: PoolOptions<object> = { max: 10, ...(name === OFF && { stats: 'counters' }) };
  const pool = createPool<object>({ create: () => ({}) }, options);
  const bus = name === ON ? subscribed() : undefined;
  bus?.observe(pool);
  const registry = prometheusRegistry({ pools: () => [pool], bus });
  const scrape = every(name === ON ? LOANS_PER_SCRAPE : Infinity, () => registry.metrics());
  return {
    name,
    async sample(units) {
      for (let count = 0; count < units; count += 1) {
        const lease = await pool.acquire();
        lease.release();
        const scraping = scrape();
        if (scraping !== undefined) await scraping;
      }
    },
  };
}

/** Read by nobody, so that no compiler can leave the subscriber out. */
export const heard = { events: 0, bytes: 0 };

function subscribed(): EventBus {
  const bus = new EventBus();
  bus.on('*', () => {
    heard.events += 1;
  });
  return bus;
}

function every(times: number, scrape: () => Promise<string>): () => Promise<void> | undefined {
  let left = times;
  return () => {
    left -= 1;
    if (left > 0) return undefined;
    left = times;
    return scrape().then((text) => {
      heard.bytes += text.length;
    });
  };
}
