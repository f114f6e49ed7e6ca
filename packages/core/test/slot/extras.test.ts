import { expect, it } from 'vitest';
import type { Loan } from '../../src/slot/loan.js';
import { type Extras, extrasOf, Slot, tidyExtras } from '../../src/slot/slot.js';

const sayings: readonly [keyof Extras, Partial<Extras>][] = [
  ['doom', { doom: 'unhealthy' }],
  ['leases', { leases: 1 }],
  ['errors', { errors: 1 }],
  ['testedAt', { testedAt: 1 }],
  ['vettedAt', { vettedAt: 1 }],
  ['loans', { loans: new Set<Loan>() }],
  ['health', { health: 9_999 }],
];

it.each(sayings)('extras that say something are kept: %s', (_name, saying) => {
  const slot = new Slot<object>(1);
  Object.assign(extrasOf(slot), saying);
  const { extras } = slot;
  tidyExtras(slot);
  expect(slot.extras).toBe(extras);
});

it('extras that say nothing are dropped, and a slot without any stays so', () => {
  const slot = new Slot<object>(1);
  extrasOf(slot);
  tidyExtras(slot);
  expect(slot.extras).toBeUndefined();
  tidyExtras(slot);
  expect(slot.extras).toBeUndefined();
});
