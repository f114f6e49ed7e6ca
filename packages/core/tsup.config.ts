import { library } from '../../tsup.shared.ts';

export default library({
  index: 'src/index.ts',
  'config/index': 'src/config/index.ts',
  'generic-pool/index': 'src/generic-pool/index.ts',
  'health/index': 'src/health/index.ts',
  'resilience/index': 'src/resilience/index.ts',
  'testing/index': 'src/testing/index.ts',
});
