import { library } from '../../tsup.shared.ts';

export default library(
  { index: 'src/index.ts', nats: 'src/nats/index.ts' },
  {
    'parser-thread': 'src/parser-thread.ts',
    'handler-thread': 'src/handler-thread.ts',
    'system-thread': 'src/system-thread.ts',
  },
);
