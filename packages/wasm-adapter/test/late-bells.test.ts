import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createWasmPool } from '../src/index.js';
import { Word } from '../src/worker/layout.js';
import { SlotShelf } from '../src/worker/slot-shelf.js';
import { toolbox } from './support/guests.js';

afterEach(() => vi.restoreAllMocks());

/** A pool of one worker, and the words that it shares with it. */
async function watched(deadlineMs: number) {
  const take = vi.spyOn(SlotShelf.prototype, 'take');
  const pool = createWasmPool(await toolbox(), {
    execution: 'worker',
    min: 1,
    max: 1,
    spares: 0,
    onWarning: () => undefined,
    deadline: { ms: deadlineMs, hardKillAfterMs: 60_000 },
  });
  await pool.ready();
  const [slots] = take.mock.results.map(({ value }) => value as ReturnType<SlotShelf['take']>);
  if (slots === undefined) throw new Error('no slots');
  return { pool, control: new Int32Array(slots.control) };
}

/**
 * A thread counts an answer, or a request, and then rings; held up in between, by a busy machine, it rings for the one
 * after it. Here the test rings.
 */
describe('a bell that rings late', { timeout: 60_000 }, () => {
  it('is no answer to the call that runs by then', async () => {
    const { pool, control } = await watched(300);
    const lease = await pool.acquire();
    expect(await lease.resource.call('count')).toBe(1);
    let open = 1;
    const spun = lease.resource.call('spin').finally(() => {
      open -= 1;
    });
    const ended = expect(spun).rejects.toMatchObject({ code: 'ERR_WASM_DEADLINE' });
    let bells = 0;
    while (open > 0) {
      bells += Atomics.notify(control, Word.answer);
      await nextTurn();
    }
    await ended;
    expect(bells).toBeGreaterThan(0);
    lease.release();
    expect(await pool.call('add', 20, 22)).toBe(42);
    await pool.close();
  });

  it('is no request to call once more what was called before', async () => {
    const { pool, control } = await watched(60_000);
    const lease = await pool.acquire();
    let bells = 0;
    for (let call = 1; call <= 200; call++) {
      expect(await lease.resource.call('count')).toBe(call);
      bells += Atomics.notify(control, Word.request);
      await nextTurn();
    }
    expect(bells).toBeGreaterThan(0);
    lease.release();
    expect(await pool.call('count')).toBe(1);
    expect(pool.wasmStats().calls).toBe(201);
    await pool.close();
  });
});
