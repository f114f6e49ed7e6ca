import { expect, it } from 'vitest';
import { SlotInfo } from '../../src/slot/info.js';
import { extrasOf, Slot } from '../../src/slot/slot.js';

it('says times by the clock of the pool, though slots count from its birth', () => {
  const slot = new Slot<object>(7);
  Object.assign(slot, { createdAt: 30, since: 50, uses: 4, state: 'idle' });
  const info = new SlotInfo(
    { bornAt: 1_000, generationOf: (id) => id * 2, memoryBytesOf: () => 99 },
    slot,
  );
  const { uuid } = info;
  const said = { id: 7, uuid, generation: 14, uses: 4, leases: 0, errors: 0, health: 100 };
  const times = { createdAt: 1_030, lastUsedAt: 1_050, idleSince: 1_050 };
  expect(info.toJSON()).toEqual({ ...said, ...times, memoryBytes: 99 });

  slot.state = 'leased';
  extrasOf(slot).errors = 3;
  extrasOf(slot).health = 5_050;
  expect(info.idleSince).toBeUndefined();
  expect(info).toMatchObject({ leases: 1, errors: 3, health: 50.5 });
  extrasOf(slot).leases = 2;
  expect(info.leases).toBe(2);
});
