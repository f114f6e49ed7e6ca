import { threadId } from 'node:worker_threads';

export function handle(value, { log, attempt, handler }) {
  if (value.spinMs !== undefined) {
    const until = performance.now() + value.spinMs;
    while (performance.now() < until);
  }
  if (value.loop) {
    log.log('info', 'loops', { threadId, by: handler });
    for (;;);
  }
  if (value.exit) process.exit(1);
  if (value.fail) throw new Error(`refused in attempt ${attempt}`);
  log.log('info', 'handled', { value, threadId, by: handler });
}
