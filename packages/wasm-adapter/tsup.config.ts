import { library } from '../../tsup.shared.ts';

export default library(
  { index: 'src/index.ts', rewrite: 'src/rewrite/index.ts' },
  { 'worker-entry': 'src/worker/entry.ts', 'epoch-entry': 'src/epoch/entry.ts' },
);
