import { fileURLToPath } from 'node:url';
import { library } from '../../tsup.shared.ts';
import { buildGuests } from './fixtures/build.mjs';

const guests = fileURLToPath(new URL('dist/guests', import.meta.url));

const config: ReturnType<typeof library> = {
  ...library(
    { index: 'src/index.ts', testing: 'src/testing/index.ts' },
    { 'view-worker': 'src/view-worker.ts' },
  ),
  // The indexer of the demo and the benchmarks; nothing that users import.
  onSuccess: () => buildGuests(guests, ['indexer']),
};

export default config;
