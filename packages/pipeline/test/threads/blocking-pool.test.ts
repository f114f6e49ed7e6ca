import { ManualClock } from '@rockpool/core/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { BlockingPool, type HandlerContext, type Logger } from '../../src/index.js';

interface Job {
  readonly spinMs?: number;
  readonly loop?: boolean;
  readonly exit?: boolean;
  readonly fail?: boolean;
}

const module = new URL('./modules/handler.mjs', import.meta.url);
const update = { kind: 'message', sizeBytes: 1, receivedAtMs: 0 };

describe('handlers that block', () => {
  const logged: { readonly threadId: number; readonly by: string }[] = [];
  const log: Logger = {
    level: 'info',
    log: (_level, _message, fields) => void logged.push(fields as (typeof logged)[number]),
    child: () => log,
  };
  const context = (signal = new AbortController().signal): HandlerContext => ({
    pipeline: 'p',
    handler: 'h',
    attempt: 2,
    key: undefined,
    cache: undefined,
    signal,
    log,
  });
  let blocking: BlockingPool;
  afterEach(async () => {
    await blocking.close();
    logged.length = 0;
  });

  it('run on threads, as many as are needed and no more than may be', async () => {
    blocking = new BlockingPool({ max: 2 });
    const handler = blocking.handler<Job>({ name: 'h', module });
    const jobs = Array.from({ length: 6 }, async () =>
      handler.handle({ spinMs: 40 }, update, context()),
    );
    await Promise.all(jobs);
    const threads = new Set(logged.map(({ threadId }) => threadId));
    expect(logged).toHaveLength(6);
    expect(threads.size).toBe(2);
    expect(threads.has(0)).toBe(false);
    expect(logged.every(({ by }) => by === 'h')).toBe(true);
  });

  it('start no thread before the first call, and end idle ones after ten seconds', async () => {
    const clock = new ManualClock();
    blocking = new BlockingPool({ clock });
    expect(blocking.pool.max).toBe(8);
    expect(blocking.pool.size).toBe(0);
    const handler = blocking.handler<Job>({ name: 'h', module });
    await handler.handle({}, update, context());
    expect(blocking.pool.size).toBe(1);
    await clock.advance(9_000);
    expect(blocking.pool.size).toBe(1);
    await clock.advance(12_000);
    expect(blocking.pool.borrowed).toBe(0);
    await expect.poll(() => blocking.pool.size).toBe(0);
  });

  it('fail an attempt with what the handler throws, and only that', async () => {
    blocking = new BlockingPool({ max: 1 });
    const handler = blocking.handler<Job>({ name: 'h', module });
    await expect(handler.handle({ fail: true }, update, context())).rejects.toThrow(
      'refused in attempt 2',
    );
    await expect(handler.handle({ exit: true }, update, context())).rejects.toThrow(
      'ended with code 1',
    );
    await handler.handle({}, update, context());
    expect(logged).toHaveLength(1);
  });

  it('end the thread of a call that has run out of time', async () => {
    blocking = new BlockingPool({ max: 1 });
    const handler = blocking.handler<Job>({ name: 'h', module });
    const timeout = new AbortController();
    const call = handler.handle({ loop: true }, update, context(timeout.signal));
    await expect.poll(() => logged.length).toBe(1);
    timeout.abort(new Error('too long'));
    await expect(call).rejects.toThrow('the handler thread was closed');
    await handler.handle({}, update, context());
    expect(new Set(logged.map(({ threadId }) => threadId)).size).toBe(2);
  });

  it('begin nothing for an attempt that has run out of time while it waited', async () => {
    blocking = new BlockingPool({ max: 1 });
    const handler = blocking.handler<Job>({ name: 'h', module });
    const gone = AbortSignal.abort(new Error('too long'));
    await expect(handler.handle({ loop: true }, update, context(gone))).rejects.toThrow();
    await handler.handle({}, update, context());
    expect(logged).toHaveLength(1);
  });

  it('send what `pick` picks, and refuse what cannot be cloned', async () => {
    blocking = new BlockingPool();
    const handler = blocking.handler<() => void>({ name: 'h', module, pick: () => ({}) });
    await handler.handle(() => {}, update, context());
    expect(logged).toHaveLength(1);
    const whole = blocking.handler<() => void>({ name: 'h', module });
    await expect(whole.handle(() => {}, update, context())).rejects.toThrow('could not be cloned');
  });

  it('end all threads when the last of them is disposed of', async () => {
    blocking = new BlockingPool();
    const [one, other] = ['one', 'other'].map((name) => blocking.handler<Job>({ name, module }));
    const init = { ...context() };
    await one!.init?.(init);
    await other!.init?.(init);
    await one!.handle({}, update, context());
    await one!.dispose?.();
    expect(blocking.pool.state).toBe('running');
    await other!.dispose?.();
    expect(blocking.pool.state).toBe('closed');
  });
});
