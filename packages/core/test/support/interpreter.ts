import { PoolError } from '../../src/index.js';
import { Borrowers } from './borrowers.js';
import { Ears } from './ears.js';
import type { Program, Step, Verb } from './program.js';
import { Protocol } from './protocol.js';
import { LONG_MS, newWorld, type Product, safetyOf, settle, type World } from './world.js';

/** The default of `createRetry.maxMs`, which also holds with `createRetry: false`. */
const DEFAULT_LONGEST_BACKOFF_MS = 5_000;

const HOOKS = ['create', 'validate', 'reset', 'destroy'] as const;

/** Runs a program and throws an error that says which promise of a pool it broke. */
export async function runProgram(program: Program): Promise<void> {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  try {
    const run = new Run(program);
    for (const [index, step] of program.steps.entries()) {
      run.at = `step ${index} (${step.do === 'verb' ? step.verb : step.do})`;
      run.do(step);
      await settle();
      run.askSafety();
    }
    await run.recover();
    await run.close();
    await settle();
    run.ask(unhandled.length === 0, `unhandled rejection of ${String(unhandled[0])}`);
  } finally {
    process.off('unhandledRejection', note);
  }
}

class Run {
  at = 'the beginning';
  readonly #world: World;
  readonly #program: Program;
  readonly #protocol = new Protocol();
  readonly #borrowers: Borrowers;
  readonly #ears: Ears;
  /** After a shrink the pool may be larger than its `max` for a while, but must not grow. */
  #sizeAllowed: number;
  #adopted = 0;

  constructor(program: Program) {
    const { priorities = 1, concurrency = 1 } = program.options;
    this.#program = program;
    this.#world = newWorld(program.options, program.manner);
    this.#sizeAllowed = this.#world.pool.max;
    this.#borrowers = new Borrowers(this.#world, this.#protocol, priorities, concurrency);
    this.#ears = new Ears(this.#world, this.#borrowers, this.#protocol, program.ear);
  }

  ask(answer: boolean, complaint: string): void {
    if (answer) return;
    throw new Error(`after ${this.at}: ${complaint}\n${JSON.stringify(this.#world.pool.stats())}`);
  }

  do(step: Step): void {
    const { pool, clock, workshop } = this.#world;
    switch (step.do) {
      case 'acquire':
        this.#borrowers.acquire(step);
        break;
      case 'try':
        this.#borrowers.try(step);
        break;
      case 'use':
        this.#borrowers.use(step);
        break;
      case 'use-sync':
        this.#borrowers.useSync(step);
        break;
      case 'verb':
        if (!this.#borrowers.verb(step.verb, step.which)) this.#verb(step.verb, step.which);
        break;
      case 'resize':
        this.#resize(step);
        break;
      case 'clear':
        this.#expectSettled('clear', pool.clear({ failWaiters: step.waiters === 'rejected' }));
        break;
      case 'retain':
        pool.retain((product) => product.serial % 3 !== step.kept);
        break;
      case 'drain':
        this.#expectSettled('drain', pool.drain({ timeoutMs: step.timeoutMs }));
        break;
      case 'ready':
        this.#expectSettled('ready', pool.ready({ idle: step.idle, timeoutMs: step.timeoutMs }));
        break;
      case 'close':
        this.#expectSettled('close', pool.close({ force: step.how === 'by force' }));
        break;
      case 'advance':
        this.#expectSettled('advance', clock.advance(step.ms));
        break;
      case 'jump':
        this.#borrowers.jumpedMs += Math.abs(step.ms);
        clock.jump(step.ms);
        break;
      case 'gate':
        workshop.gates.set(HOOKS[step.hook] ?? 'create', step.gate);
        break;
    }
  }

  askSafety(): void {
    const { pool } = this.#world;
    this.#sizeAllowed = Math.max(pool.max, Math.min(this.#sizeAllowed, pool.size));
    const stats = pool.stats();
    const wrong = [
      ...this.#borrowers.faults(),
      ...this.#protocol.complaints,
      ...safetyOf(this.#world, this.#sizeAllowed, stats),
    ];
    if (stats.leases !== this.#borrowers.holding) {
      wrong.push(`the pool counts ${stats.leases} leases, ${this.#borrowers.holding} are active`);
    }
    this.ask(wrong.length === 0, wrong.join('; '));
  }

  /** All hooks work again: everybody is answered, and the pool serves to capacity. */
  async recover(): Promise<void> {
    const { pool, workshop, clock } = this.#world;
    this.at = 'healing';
    workshop.gates.heal();
    this.#ears.rest();
    pool.resume();
    for (let round = 0; round < 20; round++) {
      this.#borrowers.releaseAll();
      await clock.advance(round === 0 ? this.#longMs : 20);
      this.askSafety();
      if (this.#borrowers.holding === 0 && pool.pending === 0) break;
    }
    const { unanswered } = this.#borrowers;
    this.ask(unanswered === 0, `${unanswered} callers were never answered`);
    if (pool.state === 'closing' || pool.state === 'closed') return;
    await this.#serveToCapacity();
    await this.#rest();
  }

  async close(): Promise<void> {
    const { pool, clock, workshop } = this.#world;
    this.at = 'close';
    this.#expectSettled('close', pool.close());
    await clock.advance(this.#longMs);
    this.askSafety();
    const unsettled = await this.#protocol.unsettled();
    this.ask(unsettled.length === 0, `never settled: ${unsettled.join(', ')}`);
    this.ask(pool.state === 'closed' && pool.size === 0, `${pool.size} left after close`);
    this.ask(workshop.alive.size === 0, `${workshop.alive.size} alive after close`);
    this.ask(clock.pending === 0, `${clock.pending} timers left after close`);
    const { listenerErrors, created } = pool.stats().counters;
    this.ask(this.#program.ear === 'throws' || listenerErrors === 0, 'a listener threw');
    this.ask(created <= workshop.made + this.#adopted, 'the pool counts more than were made');
    await this.#askRefusal();
  }

  /** Longer than anything takes: creations that gave up are not tried again before the longest backoff is over. */
  get #longMs(): number {
    const { createRetry } = this.#program.options;
    const maxMs = typeof createRetry === 'object' ? createRetry.maxMs : undefined;
    return LONG_MS + this.#borrowers.jumpedMs + (maxMs ?? DEFAULT_LONGEST_BACKOFF_MS);
  }

  async #serveToCapacity(): Promise<void> {
    const { pool } = this.#world;
    this.at = 'healed';
    for (let index = 0; index < pool.max; index++) {
      // Each with a resource of its own, and on a signal that does not exist: none.
      const all = { timeoutMs: LONG_MS, priority: 0, wish: 'exclusive', signal: 9 } as const;
      this.#borrowers.acquire({ do: 'acquire', ...all });
    }
    for (let turn = 0; turn < 40 && this.#borrowers.holding < pool.max; turn++) await settle();
    this.askSafety();
    const { holding } = this.#borrowers;
    this.ask(holding === pool.max, `healed, but only ${holding} of ${pool.max} served at once`);
    this.#borrowers.releaseAll();
    await settle();
    this.askSafety();
  }

  /** An idle pool shrinks to what it must keep, makes nothing, and then sets no alarm. */
  async #rest(): Promise<void> {
    const { pool, clock, workshop } = this.#world;
    const { idleTimeoutMs, hardIdleTimeoutMs, maxLifetimeMs, testWhileIdle, minIdle } =
      this.#program.options;
    this.at = 'resting';
    await clock.advance(this.#longMs);
    if (hardIdleTimeoutMs !== 0 || maxLifetimeMs !== 0) return;
    const made = workshop.made;
    await clock.advance(LONG_MS / 2);
    this.askSafety();
    this.ask(workshop.made === made, 'an idle pool makes resources');
    if (idleTimeoutMs !== 0) {
      const kept = Math.max(pool.min, minIdle ?? 0);
      this.ask(pool.size === kept, `idle eviction left ${pool.size} where ${kept} are wanted`);
    }
    if (testWhileIdle !== true) {
      this.ask(clock.pending === 0, `an idle pool has ${clock.pending} timers set`);
    }
  }

  async #askRefusal(): Promise<void> {
    const { pool, workshop } = this.#world;
    const { made } = workshop;
    const refused = await pool.acquire().catch((error: unknown) => error);
    this.ask(PoolError.is(refused, 'ERR_POOL_CLOSED'), 'a closed pool does not refuse');
    this.ask(pool.tryAcquire() === undefined, 'a closed pool lends');
    this.ask(workshop.made === made, 'a closed pool creates');
  }

  #resize({ max, min, maxIdle }: Extract<Step, { do: 'resize' }>): void {
    const { pool } = this.#world;
    const minIdle = Math.min(this.#program.options.minIdle ?? 0, max);
    const least = Math.min(min, max);
    pool.resize({ max, min: least, minIdle, maxIdle: Math.max(maxIdle, least, minIdle) });
  }

  /** Verbs of the pool, and of resources. */
  #verb(verb: Verb, which: number): void {
    const { pool, workshop } = this.#world;
    if (verb === 'pause' || verb === 'resume' || verb === 'start') pool[verb]();
    if (verb === 'died') {
      const all = [...workshop.alive, ...workshop.ended.keys()];
      all[which % Math.max(1, all.length)]?.die(new Error('died of itself'));
    }
    if (verb === 'add') {
      const product: Product = { serial: 1_000 + this.#adopted, die: () => {} };
      workshop.alive.add(product);
      if (pool.add(product)) this.#adopted++;
      else workshop.alive.delete(product);
    }
  }

  #expectSettled(name: string, promise: Promise<unknown>): void {
    this.#protocol.expectSettled(`${name} of ${this.at}`, promise);
  }
}
