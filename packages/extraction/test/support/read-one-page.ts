/** Reads one page in a process of its own, and tells how: a component, and settings as JSON. */
import { AdvancedInstancePool } from '@rockpool/extraction';
import { articlePage } from '../pages.js';

const [component = '', settings = '{}'] = process.argv.slice(2);
const warnings: string[] = [];
process.on('warning', ({ message }) => warnings.push(message));
const pool = new AdvancedInstancePool(
  { maxPoolSize: 1, initialPoolSize: 0, ...(JSON.parse(settings) as object) },
  component,
);
const document = await pool.extract(articlePage, 'https://example.com/news/tides');
const { wasmAotCacheHits: hits, wasmAotCacheMisses: misses } = pool.metrics();
await pool.close();
process.stdout.write(
  JSON.stringify({ parserUsed: document.parserMetadata.parserUsed, hits, misses, warnings }),
);
