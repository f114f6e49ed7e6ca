import { library } from '../../tsup.shared.ts';

export default library(
  { index: 'src/index.ts', 'metrics/index': 'src/metrics/index.ts' },
  { cli: 'src/cli.ts' },
);
