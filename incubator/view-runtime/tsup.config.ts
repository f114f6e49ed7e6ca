import { fileURLToPath } from 'node:url';
import { library } from '../../tsup.shared.ts';
import { buildGuests } from './fixtures/build.mjs';

const guests = fileURLToPath(new URL('dist/guests', import.meta.url));

export default {
  ...library({ index: 'src/index.ts' }, { 'view-worker': 'src/view-worker.ts' }),
  // The indexer of the demo and the benchmarks; not what users import.
  onSuccess: () => buildGuests(guests),
};
