import { describe, expect, it } from 'vitest';
import { creationsWanted, type Demand } from '../src/policy/sizing.js';

const NOTHING: Demand = {
  waiting: 0,
  size: 0,
  idle: 0,
  min: 0,
  minIdle: 0,
  room: 10,
  maxCreating: 10,
};

describe('how many more creations to begin', () => {
  it('is one for each waiter nobody is on the way to serve', () => {
    expect(creationsWanted({ ...NOTHING, waiting: 3 }, 1)).toBe(2);
  });

  it('counts towards minIdle only what will be left of those in progress', () => {
    expect(creationsWanted({ ...NOTHING, waiting: 2, minIdle: 3 }, 3)).toBe(2);
    expect(creationsWanted({ ...NOTHING, minIdle: 3, idle: 1 }, 1)).toBe(1);
  });

  it('never exceeds the room, nor what may be in progress at once', () => {
    expect(creationsWanted({ ...NOTHING, waiting: 9, room: 2 }, 0)).toBe(2);
    expect(creationsWanted({ ...NOTHING, waiting: 9, maxCreating: 3 }, 2)).toBe(1);
  });
});
