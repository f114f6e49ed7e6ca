import { expect, it, onTestFinished } from 'vitest';
import { IndexingThread } from '../src/index.js';
import { WriteGate } from '../src/pool/write-gate.js';
import { order, writing } from './support/chain.js';
import { indexedRuntime } from './support/pools.js';
import { workerUrl } from './support/worker-bundle.js';

it('a gate cannot be closed while somebody goes through it, and can be before and after', () => {
  const gate = new WriteGate();
  const outside = new WriteGate(gate.buffer);
  expect(gate.through(() => outside.close())).toBe(false);
  expect(() =>
    gate.through(() => {
      throw new Error('the write failed');
    }),
  ).toThrow('the write failed');
  expect(outside.close()).toBe(true);
  expect(outside.close()).toBe(true);
});

it('an indexing thread can be ended at any moment, and another one goes on', {
  timeout: 60_000,
}, async () => {
  const runtime = await indexedRuntime(1);
  const { store } = runtime;
  const start = async () => {
    const thread = await IndexingThread.start(runtime, { workerUrl: await workerUrl() });
    onTestFinished(() => thread.close());
    return thread;
  };
  const endless = await start();
  const never = endless.run(order(1, 'slw!', 0xffff_ffff));
  void endless.close();
  await expect(never).rejects.toMatchObject({ code: 'ERR_VIEW_THREAD' });
  expect(store.mark().tip).toBe(0);
  for (let turns = 0; turns < 8; turns++) {
    const thread = await start();
    const tip = store.mark().tip ?? -1;
    const keys = Array.from({ length: 4_000 }, (_, i) => [`key ${i} of ${tip}`, 'value']);
    const written = thread.run(writing(tip + 1, Object.fromEntries(keys))).then(
      () => [tip + 1],
      // Nothing is known of it: it may have been written just before the end.
      () => [tip, tip + 1],
    );
    // Now and then in the guest, now and then in the write.
    for (let turn = 0; turn < turns * turns * 200; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await thread.close();
    expect(await written).toContain(store.mark().tip);
  }
  const last = await start();
  const { height } = await last.run(writing((store.mark().tip ?? -1) + 1, {}));
  expect(store.mark().tip).toBe(height);
});
