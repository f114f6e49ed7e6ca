import { readFileSync } from 'node:fs';
import { createPool } from '@rockpool/core';
import { EventBus } from '@rockpool/events';
import { describe, expect, it } from 'vitest';
import { articlePage } from './pages.js';
import { guarded } from './support/guarded.js';
import { coded, ScriptedPath } from './support/scripted-path.js';

const operating = readFileSync(new URL('../../../docs/operating.md', import.meta.url), 'utf8');
const section = operating.slice(operating.indexOf('## When something is wrong'));

/** Everything a bus tells, as `event: what of it matters`. */
function listening() {
  const bus = new EventBus();
  const told: string[] = [];
  bus.on('*', (event) => {
    const facts = event as { level?: string; errorDetails?: string };
    told.push(`${event.eventType}: ${facts.level ?? facts.errorDetails ?? ''}`);
  });
  return { bus, told };
}

/** Each trouble of an operator: how it comes about, and what then is told. */
const TROUBLES: Record<string, () => Promise<{ told: readonly string[]; event: RegExp }>> = {
  'an exhausted pool': async () => {
    const { bus, told } = listening();
    const { pool, path } = guarded({ bus, path: new ScriptedPath({ max: 1 }) });
    const held = await pool.checkout();
    const waiting = pool.checkout();
    await expect.poll(() => path.pool.stats().waiting).toBe(1);
    held.release();
    (await waiting).release();
    return { told, event: /^pool\.pool_exhausted/ };
  },
  'memory pressure': async () => {
    const { bus, told } = listening();
    const guest = { bytes: 10 };
    const guests = createPool(
      { create: () => guest, memoryBytes: ({ bytes }: typeof guest) => bytes },
      { max: 1, poolMemoryLimitBytes: 100 },
    );
    bus.observe(guests);
    await guests.use(() => {
      guest.bytes = 95;
    });
    await guests.close();
    return { told, event: /^pool\.memory_pressure: critical/ };
  },
  'a breaker that trips': async () => {
    const { bus, told } = listening();
    const { pool, path } = guarded({ bus });
    path.script = () => Promise.reject(new Error('broken'));
    for (let page = 0; page < 6; page += 1) await pool.extract(articlePage);
    expect(pool.circuitBreakerState().kind).toBe('open');
    return { told, event: /^extraction\.fallback_used: breaker-open/ };
  },
  'a guest that is stopped': async () => {
    const { bus, told } = listening();
    const { pool, path } = guarded({ bus });
    path.script = () => Promise.reject(coded('ERR_WASM_DEADLINE'));
    await pool.extract(articlePage);
    return { told, event: /^extraction\.fallback_used: deadline/ };
  },
};

describe('what an operator has to find out about', () => {
  it.each(Object.entries(TROUBLES))(
    'is told of %s, as the documentation says',
    async (_, bring) => {
      const { told, event } = await bring();
      const found = told.find((each) => event.test(each));
      expect(found, told.join('\n')).toBeDefined();
      expect(section).toContain(`\`${found?.split(':')[0]}\``);
    },
  );
});
