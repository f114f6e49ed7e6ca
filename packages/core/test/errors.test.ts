import { describe, expect, it } from 'vitest';
import {
  CircuitBreakerOpenError,
  CreationFailedError,
  createPool,
  DuplicateResourceError,
  HealthCheckFailedError,
  LeaseEndedError,
  MemoryLimitExceededError,
  PoolAbortedError,
  PoolClosedError,
  PoolError,
  PoolExhaustedError,
  PoolOptionsError,
  PoolQueueFullError,
  PoolTimeoutError,
} from '../src/index.js';
import { newWorld } from './support/world.js';

describe('the five errors of a pool', () => {
  it('say exactly what was agreed, and have a class and a code each', () => {
    const mebibyte = 1_048_576;
    const errors: readonly [PoolError, string, string, string][] = [
      [
        new PoolExhaustedError(),
        'PoolExhaustedError',
        'ERR_POOL_EXHAUSTED',
        'Pool exhausted - no available instances',
      ],
      [
        new HealthCheckFailedError('no answer'),
        'HealthCheckFailedError',
        'ERR_POOL_INVALID',
        'Health check failed: no answer',
      ],
      [
        new MemoryLimitExceededError(512 * mebibyte, 256 * mebibyte),
        'MemoryLimitExceededError',
        'ERR_POOL_MEMORY_LIMIT',
        'Memory limit exceeded: 512MB / 256MB',
      ],
      [
        new CreationFailedError(new Error('connection refused'), 3),
        'CreationFailedError',
        'ERR_POOL_CREATE',
        'Instance creation failed: connection refused',
      ],
      [
        new CircuitBreakerOpenError(),
        'CircuitBreakerOpenError',
        'ERR_POOL_BREAKER_OPEN',
        'Circuit breaker open',
      ],
    ];
    for (const [error, name, code, message] of errors) {
      expect(error).toBeInstanceOf(PoolError);
      expect(error).toBeInstanceOf(Error);
      expect({ name: error.name, code: error.code, message: error.message }).toEqual({
        name,
        code,
        message,
      });
      expect(String(error)).toBe(`${name}: ${message}`);
    }
  });

  it('round memory so that the message never says that a limit was kept', () => {
    const error = new MemoryLimitExceededError(256 * 1_048_576 + 1, 256 * 1_048_576);
    expect(error.message).toBe('Memory limit exceeded: 257MB / 256MB');
    expect([error.usedBytes, error.limitBytes]).toEqual([268_435_457, 268_435_456]);
  });

  it('carry what caused them', () => {
    const cause = new Error('connection refused');
    expect(new CreationFailedError(cause, 2)).toMatchObject({ cause, attempts: 2 });
    expect(new CircuitBreakerOpenError({ cause }).cause).toBe(cause);
    expect('cause' in new PoolExhaustedError()).toBe(false);
  });

  it('show thrown values that are no errors, also those that cannot be shown', () => {
    const hostile = {
      toString() {
        throw new Error('not to be shown');
      },
    };
    expect(new CreationFailedError('out of luck', 1).message).toContain('out of luck');
    expect(new CreationFailedError(undefined, 1).message).toContain('undefined');
    expect(new CreationFailedError(hostile, 1).message).toContain('a thrown object');
    expect(new CreationFailedError(Symbol('s'), 1).message).toContain('Symbol(s)');
  });
});

describe('an error of a pool', () => {
  it('is recognised by its brand and code, also across two copies of the package', () => {
    const foreign = Object.assign(new Error('from another copy'), {
      [Symbol.for('@rockpool/PoolError')]: true,
      code: 'ERR_POOL_TIMEOUT',
    });
    expect(PoolError.is(foreign)).toBe(true);
    expect(PoolError.is(foreign, 'ERR_POOL_TIMEOUT')).toBe(true);
    expect(PoolError.is(foreign, 'ERR_POOL_CLOSED')).toBe(false);
    for (const value of [new Error('x'), null, undefined, 'ERR_POOL_TIMEOUT', {}]) {
      expect(PoolError.is(value)).toBe(false);
    }
  });

  it('has one code for each thing that can happen', () => {
    const codes = [
      new PoolTimeoutError('wait', 5, 'm').code,
      new PoolAbortedError('m').code,
      new PoolClosedError('ERR_POOL_CLOSED', 'm').code,
      new PoolClosedError('ERR_POOL_DRAINING', 'm').code,
      new PoolQueueFullError('m').code,
      new LeaseEndedError().code,
      new DuplicateResourceError('m').code,
      new PoolOptionsError('options', []).code,
    ];
    expect(codes).toEqual([
      'ERR_POOL_TIMEOUT',
      'ERR_POOL_ABORTED',
      'ERR_POOL_CLOSED',
      'ERR_POOL_DRAINING',
      'ERR_POOL_QUEUE_FULL',
      'ERR_POOL_LEASE_ENDED',
      'ERR_POOL_DUPLICATE_RESOURCE',
      'ERR_POOL_OPTIONS',
    ]);
  });

  it('carries the name and the counts of its pool at that moment', async () => {
    const { pool } = newWorld({ max: 1, maxQueue: 0, name: 'counted' });
    const lease = await pool.acquire();
    const error = await pool.acquire().catch((refusal: unknown) => refusal);
    expect(error).toMatchObject({
      pool: 'counted',
      counts: { size: 1, borrowed: 1, idle: 0, waiting: 0, max: 1 },
    });
    lease.release();
    await pool.close();
  });

  it('costs no stack where thousands are made at once, and leaves the limit of stacks as it was', async () => {
    const { pool, clock } = newWorld({ max: 1 });
    const lease = await pool.acquire();
    const limit = Error.stackTraceLimit;
    const refused = pool.acquire({ timeoutMs: 5 }).catch((error: Error) => error.stack);
    await clock.advance(5);
    expect(await refused).not.toContain('\n    at ');
    expect(Error.stackTraceLimit).toBe(limit);
    lease.release();
    await pool.close();
  });

  it('says what to do where a lease is used after its end', async () => {
    const pool = createPool<object>(() => ({}));
    const lease = await pool.acquire();
    lease.release();
    expect(() => lease.resource).toThrow(
      'this lease has ended: its resource may belong to another borrower now. Acquire again instead of keeping the lease.',
    );
    await pool.close();
  });
});
