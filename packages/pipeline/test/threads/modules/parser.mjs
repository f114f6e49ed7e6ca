import { threadId } from 'node:worker_threads';

const FILTERED = Symbol.for('@rockpool/pipeline/FILTERED');

/** What a message tells this parser to do. */
const ACTIONS = {
  filter: () => FILTERED,
  throw: () => {
    throw Object.assign(new RangeError('told to throw', { cause: new Error('deeper') }), {
      code: 'ERR_TOLD',
    });
  },
  loop: () => {
    for (;;);
  },
  exit: () => process.exit(3),
  crash: () => {
    setImmediate(() => {
      throw new Error('told to crash');
    });
    return new Promise(() => {});
  },
  eat: () => {
    const eaten = [];
    for (;;) eaten.push(new Array(10_000).fill(eaten.length));
  },
  function: () => () => {},
  later: async () => 'later',
  log: (_, context) => context.log.log('info', 'from the thread', { from: context.pipeline }),
};

export const parser = {
  id: 'actions',
  kind: 'message',
  parse(update, context) {
    const text = new TextDecoder().decode(update.bytes);
    const [action, spinMs] = text.split(':');
    if (action === 'spin') {
      const until = performance.now() + Number(spinMs);
      while (performance.now() < until);
    }
    const act = ACTIONS[action];
    if (act !== undefined) return act(update, context);
    const { kind, position, filters, sizeBytes, receivedAtMs } = update;
    return { text, threadId, kind, position, filters, sizeBytes, receivedAtMs };
  },
};
