import { describe, expect, it } from 'vitest';
import { type Lease, PoolError } from '../src/index.js';
import type { Manner } from '../src/testing/index.js';
import { expectNoUnhandledRejection } from './support/rejections.js';
import {
  allPlans,
  GATES,
  LONG_MS,
  newWorld,
  type Plan,
  type Product,
  safetyOf,
  setGates,
  settle,
  type World,
} from './support/world.js';

const MAX = 2;
const BORROWERS = 8;
/** A borrower's deadline, in ms: some give up before anything answers, some wait for it all. */
const DEADLINES_MS = [15, 40, 90, 250, 15, 600, 120, 300];
const ENDINGS = ['release', 'destroy', 'fail', 'release'] as const;

/** Every way in which four hooks can misbehave together, against borrowers in a hurry. */
describe('whatever the four hooks do', () => {
  expectNoUnhandledRejection();

  for (const manner of ['in-a-promise', 'at-once'] as const) {
    for (const create of GATES) {
      it(`keeps its promises when create ${create}, answering ${manner}`, async () => {
        let plans = 0;
        for (const plan of allPlans()) {
          if (plan.create !== create) continue;
          plans++;
          await tryPlan(plan, manner);
        }
        expect(plans).toBe(125);
      });
    }
  }
});

async function tryPlan(plan: Plan, manner: Manner): Promise<void> {
  const world = newWorld(
    {
      max: MAX,
      testOnCreate: true,
      testOnBorrow: true,
      testOnReturn: true,
      validateAfterIdleMs: 0,
    },
    manner,
  );
  const trial = new Trial(world, `${JSON.stringify(plan)} ${manner}`);
  setGates(world.workshop, plan);
  await trial.lendToAll();
  world.workshop.gates.heal();
  await trial.recover();
  await trial.close();
}

/** One plan. Each question, when it is answered with no, fails with the plan in its message. */
class Trial {
  readonly #world: World;
  readonly #plan: string;
  readonly #holders = new Map<Product, number>();
  #answered = 0;

  constructor(world: World, plan: string) {
    this.#world = world;
    this.#plan = plan;
  }

  async lendToAll(): Promise<void> {
    for (let index = 0; index < BORROWERS; index++) {
      void this.#borrow(index);
      await this.#step(3);
    }
    for (let waited = 0; waited < 700 && this.#answered < BORROWERS; waited += 7) {
      await this.#step(7);
    }
    this.#ask(this.#answered === BORROWERS, `${BORROWERS - this.#answered} borrowers unanswered`);
  }

  /** Once its hooks work again a pool must serve to capacity at once, and then be still. */
  async recover(): Promise<void> {
    const { pool, clock } = this.#world;
    await this.#step(LONG_MS);
    const leases: Lease<Product>[] = [];
    for (let index = 0; index < MAX; index++) {
      void pool.acquire().then((lease) => leases.push(lease));
    }
    for (let turn = 0; turn < 10 && leases.length < MAX; turn++) await settle();
    this.#ask(leases.length === MAX, `healed, but only ${leases.length} of ${MAX} served at once`);
    for (const lease of leases) await lease.releaseAsync();
    this.#safe();
    this.#ask(pool.available === MAX, `${pool.available} idle after all came back`);
    await this.#step(100 * LONG_MS);
    this.#ask(clock.pending === 0, `an idle pool has ${clock.pending} timers set`);
  }

  async close(): Promise<void> {
    const { pool, workshop, clock } = this.#world;
    let closed = false;
    void pool.close().then(() => {
      closed = true;
    });
    await this.#step(LONG_MS);
    this.#ask(closed, 'close did not return');
    this.#ask(pool.size === 0, `${pool.size} left after close`);
    this.#ask(workshop.alive.size === 0, `${workshop.alive.size} alive after close`);
    this.#ask(
      workshop.ended.size === workshop.made,
      `${workshop.made} made, ${workshop.ended.size} ended`,
    );
    this.#ask(clock.pending === 0, 'a timer is left after close');
  }

  async #borrow(index: number): Promise<void> {
    const { pool, clock, workshop } = this.#world;
    const calledAt = clock.now();
    const timeoutMs = DEADLINES_MS[index % DEADLINES_MS.length] as number;
    let lease: Lease<Product>;
    try {
      lease = await pool.acquire({ timeoutMs });
    } catch (error) {
      this.#answered++;
      this.#ask(PoolError.is(error), `a borrower got ${String(error)}`);
      return;
    }
    this.#answered++;
    this.#ask(clock.now() - calledAt <= timeoutMs, `a lease came after its deadline`);
    const { resource } = lease;
    this.#ask(workshop.isUsable(resource), 'a resource was lent after it was ended');
    this.#ask(!this.#holders.has(resource), 'two borrowers hold one resource');
    this.#holders.set(resource, index);
    clock.setTimeout(() => {
      this.#holders.delete(resource);
      const ending = ENDINGS[index % ENDINGS.length];
      if (ending === 'destroy') lease.destroy();
      else {
        if (ending === 'fail') lease.fail();
        lease.release();
      }
    }, 5);
  }

  async #step(ms: number): Promise<void> {
    await this.#world.clock.advance(ms);
    this.#safe();
  }

  #safe(): void {
    const wrong = safetyOf(this.#world, MAX);
    this.#ask(wrong.length === 0, wrong.join('; '));
  }

  #ask(answer: boolean, complaint: string): void {
    if (!answer)
      expect.fail(`${this.#plan}: ${complaint}\n${JSON.stringify(this.#world.pool.stats())}`);
  }
}
