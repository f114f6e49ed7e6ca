import { createPool, type Pool, type PoolFactory, type PoolOptions } from '../../src/index.js';
import { ManualClock } from '../../src/testing/index.js';

/** A resource of a test that looks at one hook. */
export interface Tool {
  readonly serial: number;
  onAcquire?: () => void;
}

/** What a test wants to happen; all hooks are left out unless it names them. */
export type Hooks = Partial<PoolFactory<Tool>> & { readonly onAcquire?: (tool: Tool) => void };

/** A pool of tools on a clock that stands still, with nothing written down about loans unless asked for. */
export function toolPool(hooks: Hooks = {}, options: PoolOptions<Tool> = {}) {
  const clock = new ManualClock();
  const { onAcquire, ...rest } = hooks;
  let serial = 0;
  const create = (): Tool => {
    const tool: Tool = { serial: ++serial };
    if (onAcquire !== undefined) tool.onAcquire = () => onAcquire(tool);
    return tool;
  };
  const pool: Pool<Tool> = createPool<Tool>(
    { create, ...rest },
    { idleTimeoutMs: 0, stats: 'counters', clock, ...options },
  );
  return { clock, pool };
}

/** A promise and its two ends: an answer that a test gives when it likes. */
export function answer<V>() {
  let give: (value: V) => void = () => {};
  let refuse: (error: unknown) => void = () => {};
  const promise = new Promise<V>((resolve, reject) => {
    give = resolve;
    refuse = reject;
  });
  return { promise, give, refuse };
}
