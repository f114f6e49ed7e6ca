import { ManualClock } from '@rockpool/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LeasedCoordinator } from '../../src/index.js';
import { MemoryCheckpoints, MemoryLeaseStore } from '../support/memory-stores.js';

const LEASE_MS = 3_000;
const PARTITIONS = 12;

/** A group in one process, with a clock that stands still. */
class Group {
  readonly clock = new ManualClock();
  readonly store = new MemoryLeaseStore(this.clock, LEASE_MS);
  readonly checkpoints = new MemoryCheckpoints();
  readonly members = new Map<string, Member>();

  async join(name: string, drain: () => Promise<void> = async () => {}): Promise<Member> {
    const member = new Member(this, name, drain);
    this.members.set(name, member);
    await member.coordinator.join(name, member);
    return member;
  }

  /** Owners of each partition at this moment. */
  owners(): string[][] {
    const members = [...this.members.values()].filter(({ state }) => state !== 'killed');
    return Array.from({ length: PARTITIONS }, (_, partition) =>
      members.filter(({ coordinator }) => coordinator.owns(partition)).map(({ name }) => name),
    );
  }

  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 100) {
      await this.clock.advance(100);
      for (const owners of this.owners()) expect(owners.length).toBeLessThanOrEqual(1);
    }
  }
}

class Member {
  readonly name: string;
  readonly connection = { up: true };
  readonly coordinator: LeasedCoordinator;
  readonly told = new Set<number>();
  readonly errors: unknown[] = [];
  state: 'alive' | 'killed' = 'alive';
  readonly #drain: () => Promise<void>;

  constructor(group: Group, name: string, drain: () => Promise<void>) {
    this.name = name;
    this.#drain = drain;
    this.coordinator = new LeasedCoordinator(
      group.store.seenBy(this.connection),
      group.checkpoints,
      {
        partitions: PARTITIONS,
        clock: group.clock,
        onError: (error) => this.errors.push(error),
      },
    );
  }

  assigned(partitions: readonly number[]): void {
    for (const each of partitions) this.told.add(each);
  }

  async revoked(partitions: readonly number[]): Promise<void> {
    await this.#drain();
    for (const each of partitions) this.told.delete(each);
  }

  /** As `kill -9`: it does nothing any more, and nobody is told. */
  kill(): void {
    this.connection.up = false;
    this.state = 'killed';
  }

  get count(): number {
    return this.coordinator.owned.length;
  }
}

describe('a group that shares partitions by leases', () => {
  it('gives everything to the first member, and fair shares to all', async () => {
    const group = new Group();
    const a = await group.join('a');
    expect(a.count).toBe(12);
    const b = await group.join('b');
    expect(b.count).toBe(0);
    await group.pass(3_000);
    expect([a.count, b.count]).toEqual([6, 6]);
    await group.join('c');
    await group.pass(4_000);
    expect([...group.members.values()].map(({ count }) => count)).toEqual([4, 4, 4]);
    expect([...a.told].sort((x, y) => x - y)).toEqual(a.coordinator.owned);
    expect(group.owners().flat()).toHaveLength(12);
  });

  it('takes the partitions of a member that was killed within two leases', async () => {
    const group = new Group();
    const [a, b] = [await group.join('a'), await group.join('b')];
    await group.pass(3_000);
    b.kill();
    await group.pass(2 * LEASE_MS);
    expect(a.count).toBe(12);
    expect(a.told.size).toBe(12);
  });

  it('lets a member without a connection stop before anybody else begins', async () => {
    const group = new Group();
    const [a, b] = [await group.join('a'), await group.join('b')];
    await group.pass(3_000);
    b.connection.up = false;
    await group.pass(2 * LEASE_MS);
    expect([a.count, b.count]).toEqual([12, 0]);
    expect(b.told.size).toBe(0);
    expect(b.errors.length).toBeGreaterThan(0);
    b.connection.up = true;
    await group.pass(2 * LEASE_MS);
    expect([a.count, b.count]).toEqual([6, 6]);
  });

  it('waits for what was begun before it gives a partition up, and renews meanwhile', async () => {
    const group = new Group();
    let drained: () => void = () => {};
    const a = await group.join(
      'a',
      () =>
        new Promise<void>((resolve) => {
          drained = resolve;
        }),
    );
    const b = await group.join('b');
    await group.pass(3 * LEASE_MS);
    expect(a.count).toBe(6);
    expect(b.count).toBe(0);
    drained();
    await group.pass(2_000);
    expect([a.count, b.count]).toEqual([6, 6]);
  });

  it('gives everything back at once when a member leaves', async () => {
    const group = new Group();
    const [a, b] = [await group.join('a'), await group.join('b')];
    await group.pass(3_000);
    await b.coordinator.leave();
    expect(b.told.size).toBe(0);
    await group.pass(1_100);
    expect(a.count).toBe(12);
    await a.coordinator.leave();
    expect(group.clock.pending).toBe(0);
    expect((await group.store.list('')).size).toBe(0);
  });

  it('has one leader, and another one when that is gone', async () => {
    const group = new Group();
    const [a, b] = [await group.join('a'), await group.join('b')];
    await group.pass(3_000);
    expect([await a.coordinator.leader(), await b.coordinator.leader()]).toEqual([true, false]);
    a.kill();
    await group.pass(2 * LEASE_MS);
    expect(await b.coordinator.leader()).toBe(true);
  });

  it('never lowers a checkpoint', async () => {
    const group = new Group();
    const { coordinator } = await group.join('a');
    expect(await coordinator.lastCheckpoint(3)).toBeUndefined();
    await coordinator.checkpoint(3, 10n);
    await coordinator.checkpoint(3, 7n);
    expect(await coordinator.lastCheckpoint(3)).toBe(10n);
  });

  it('refuses to join twice, and a failed join can be tried again', async () => {
    const group = new Group();
    const a = await group.join('a');
    await expect(a.coordinator.join('a', a)).rejects.toMatchObject({ code: 'ERR_PIPELINE_STATE' });
    const b = new Member(group, 'b', async () => {});
    b.connection.up = false;
    await expect(b.coordinator.join('b', b)).rejects.toThrow('no connection');
    b.connection.up = true;
    await b.coordinator.join('b', b);
    await group.pass(3_000);
    expect(b.count).toBe(6);
  });

  it('never has two owners of a partition, and one for each in the end, whatever happens to members', async () => {
    const names = ['a', 'b', 'c', 'd'] as const;
    const event = fc.record({
      what: fc.constantFrom('join', 'leave', 'kill', 'cut', 'mend'),
      who: fc.constantFrom(...names),
      thenMs: fc.integer({ min: 0, max: 25 }).map((tenths) => tenths * 100),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 14 }), async (events) => {
        const group = new Group();
        await group.join('first');
        for (const { what, who, thenMs } of events) {
          const member = group.members.get(who);
          const alive = member?.state === 'alive' && member.connection.up;
          if (what === 'join' && member === undefined) await group.join(who);
          else if (what === 'leave' && member !== undefined && alive) {
            await member.coordinator.leave();
            group.members.delete(who);
          } else if (what === 'kill') member?.kill();
          else if (member?.state === 'alive') {
            if (what === 'cut') member.connection.up = false;
            if (what === 'mend') member.connection.up = true;
          }
          await group.pass(thenMs);
        }
        for (const { state, connection } of group.members.values()) {
          if (state === 'alive') connection.up = true;
        }
        await group.pass(4 * LEASE_MS);
        expect(group.owners().every((owners) => owners.length === 1)).toBe(true);
        const alive = [...group.members.values()].filter(({ state }) => state === 'alive');
        const counts = alive.map(({ count }) => count);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        for (const { told, coordinator } of alive) {
          expect([...told].sort((x, y) => x - y)).toEqual(coordinator.owned);
        }
      }),
      { numRuns: 60 },
    );
  });
});
