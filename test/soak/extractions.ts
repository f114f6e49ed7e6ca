import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { configure, createExtractionPool, type ExtractionMode } from '@rockpool/extraction';
import { judge, type Sample } from './level.js';

/** What is run. */
export interface ExtractionSoak {
  readonly extractions: number;
  /** An extractor component; without one pages are read natively. */
  readonly component: string | undefined;
  /** A folder of pages; default the real pages beside the checkout, else the sample pages. */
  readonly pages: string | undefined;
  readonly upToBytes: number;
  readonly withinPercent: number;
}

const CALLERS = 4;
const SAMPLES = 300;
const MODES: readonly ExtractionMode[] = ['article', 'full', 'metadata', { custom: ['h1', 'a'] }];
const root = fileURLToPath(new URL('../../', import.meta.url));

/** Reads pages, one after the other and some at once, and tells whether the process stayed as large as it was. */
export async function soakExtractions(soak: ExtractionSoak): Promise<boolean> {
  if (globalThis.gc === undefined) throw new Error('run node with --expose-gc');
  const pages = readPages(soak);
  const { component, extractions, withinPercent } = soak;
  const pool = createExtractionPool({
    configuration: configure({ argument: { 'wasm.maxPoolSize': 2, 'native.maxPoolSize': 2 } }),
    ...(component !== undefined && { component: path.resolve(component) }),
  });
  await pool.ready();
  console.log(
    `${extractions} extractions of ${pages.length} pages in ${MODES.length} modes, ${component ?? 'native'}`,
  );
  const samples: Sample[] = [];
  const every = Math.max(1, Math.floor(extractions / SAMPLES));
  const startedAt = performance.now();
  let begun = 0;
  let ended = 0;
  const caller = async (): Promise<void> => {
    while (begun < extractions) {
      const turn = begun++;
      const html = pages[turn % pages.length];
      const mode = MODES[Math.floor(turn / pages.length) % MODES.length];
      if (html === undefined) return;
      const doc = await pool.extract(html, 'https://example.com/page', mode);
      if (component !== undefined && doc.parserMetadata.fallbackOccurred) {
        throw new Error(`a page was read natively: ${doc.parserMetadata.primaryError}`);
      }
      ended += 1;
      if (ended % every === 0) {
        // What nobody needs any more is no level: when V8 would collect it depends on the machine's mood.
        globalThis.gc?.();
        samples.push({ extractions: ended, bytes: process.memoryUsage.rss() });
      }
      if (ended % Math.ceil(extractions / 10) === 0) tell(ended, startedAt);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  await pool.close();
  const { levelBytes, tenths, grownPercent } = judge(samples);
  const metrics = pool.metrics();
  console.log(`read ${metrics.successfulExtractions}, failed ${metrics.failedExtractions}`);
  console.log(
    `RSS after collections: after the first tenth ${megabytes(levelBytes)}, then ${tenths.map(megabytes).join(' ')}`,
  );
  console.log(`at most ${grownPercent.toFixed(1)} % above that level`);
  const stays = grownPercent <= withinPercent;
  if (!stays) console.error(`PROBLEM memory has grown by more than ${withinPercent} %`);
  return stays;
}

function readPages({ pages, upToBytes }: ExtractionSoak): Buffer[] {
  const real = path.join(root, '..', 'shared', 'data', 'html');
  const folders = pages === undefined ? [real, path.join(root, 'examples', 'pages')] : [pages];
  for (const folder of folders) {
    const files = (existsSync(folder) ? readdirSync(folder, { recursive: true }) : [])
      .map((name) => path.join(folder, String(name)))
      .filter((file) => isPage(path.basename(file)) && statSync(file).size <= upToBytes);
    if (files.length > 0) return files.map((file) => readFileSync(file));
  }
  throw new Error(`there are no pages of at most ${upToBytes} bytes in ${folders.join(', ')}`);
}

/** Not what should come out of a test page, and not the one that is made to hurt its reader. */
const isPage = (name: string): boolean =>
  name.endsWith('.html') && !['expected.html', 'hostile.html'].includes(name);

function tell(ended: number, startedAt: number): void {
  const seconds = (performance.now() - startedAt) / 1_000;
  const { heapUsed, external } = process.memoryUsage();
  console.log(
    `${String(ended).padStart(7)}  ${seconds.toFixed(0).padStart(5)} s  RSS ${megabytes(process.memoryUsage.rss())}  ` +
      `heap ${megabytes(heapUsed)}  external ${megabytes(external)}`,
  );
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MB`;
}
