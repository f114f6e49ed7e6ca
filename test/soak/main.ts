/**
 * Long runs, after which everything has to be as it was.
 *
 *   npm run soak -- --minutes 10            pools whose resources fail, dawdle and hang
 *   npm run soak -- --extractions 100000    pages through an extraction pool: memory stays at its level
 *
 * With --extractions: --component <file> reads with an extractor component; --pages <folder> names other pages,
 * --up-to <bytes> leaves out larger ones, --within <percent> says what is still the same level (10).
 */
import { parseArgs } from 'node:util';
import { soakExtractions } from './extractions.js';
import { soakPools } from './pools.js';

const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: {
    minutes: text,
    extractions: text,
    component: text,
    pages: text,
    'up-to': text,
    within: text,
  },
});

function numberOf(name: keyof typeof values, fallback: number): number {
  const value = Number(values[name] ?? fallback);
  if (value > 0) return value;
  console.error(`--${name} must be a number above 0, but is '${values[name]}'`);
  process.exit(2);
}

if (values.extractions === undefined) {
  await soakPools(numberOf('minutes', 0.3));
} else {
  const stays = await soakExtractions({
    extractions: Math.ceil(numberOf('extractions', 100_000)),
    component: values.component,
    pages: values.pages,
    upToBytes: numberOf('up-to', 10_000_000),
    withinPercent: numberOf('within', 10),
  });
  process.exitCode = stays ? 0 : 1;
}
