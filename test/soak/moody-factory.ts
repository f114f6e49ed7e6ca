import type { CreateContext, DestroyReason, PoolFactory } from '@rockpool/core';
import type { Gate } from '@rockpool/core/testing';

/** What a moody factory makes. */
export interface Thing {
  readonly id: number;
  readonly die: (error?: unknown) => void;
  /** Who has it now. */
  holders: number;
  ended: DestroyReason | undefined;
}

/** How many in a hundred calls of a hook come to what. */
export type Mood = Readonly<Record<Gate, number>>;

export const MOODY: Mood = { ok: 78, fails: 8, slow: 8, late: 4, hangs: 2 };
export const CALM: Mood = { ok: 100, fails: 0, slow: 0, late: 0, hangs: 0 };

/** The time limits under which a factory is moody, in ms. */
export const LIMITS = {
  createTimeoutMs: 40,
  validateTimeoutMs: 30,
  resetTimeoutMs: 30,
  destroyTimeoutMs: 30,
} as const;

const SLOW_MS = 5;
const LATE_MS = 60;

/** A factory whose hooks fail, dawdle and hang at random under real timers, and that keeps its own books. */
export class MoodyFactory implements PoolFactory<Thing> {
  mood: Mood = MOODY;
  made = 0;
  ended = 0;
  /** Taken out of the pool by a borrower. */
  takenOut = 0;
  /** What a pool must never do, in words. */
  readonly faults: string[] = [];
  /** Made and neither ended nor taken out. */
  readonly alive = new Set<Thing>();

  create(context: CreateContext): Thing | Promise<Thing> {
    return this.#answer(() => {
      const thing: Thing = {
        id: ++this.made,
        die: context.died,
        holders: 0,
        ended: undefined,
      };
      this.alive.add(thing);
      return thing;
    });
  }

  validate(thing: Thing): boolean | Promise<boolean> {
    this.#expectAlive(thing, 'validate');
    return this.#answer(() => true);
  }

  reset(thing: Thing): void | Promise<void> {
    this.#expectAlive(thing, 'reset');
    return this.#answer(() => undefined);
  }

  destroy(thing: Thing, { reason }: { readonly reason: DestroyReason }): void | Promise<void> {
    if (!this.alive.delete(thing)) {
      this.faults.push(`thing ${thing.id} was ended twice: ${thing.ended}, then ${reason}`);
    }
    thing.ended = reason;
    this.ended++;
    return this.#answer(() => undefined);
  }

  takeOut(thing: Thing): void {
    this.alive.delete(thing);
    this.takenOut++;
  }

  #expectAlive(thing: Thing, hook: string): void {
    if (!this.alive.has(thing)) this.faults.push(`${hook} of thing ${thing.id}, which has ended`);
  }

  #answer<R>(answer: () => R): R | Promise<R> {
    switch (this.#gate()) {
      case 'ok':
        return Math.random() < 0.5 ? answer() : Promise.resolve().then(answer);
      case 'fails':
        if (Math.random() < 0.5) throw new Error('a hook in a bad mood');
        return Promise.reject(new Error('a hook in a bad mood'));
      case 'slow':
        return after(SLOW_MS).then(answer);
      case 'late':
        return after(LATE_MS).then(answer);
      case 'hangs':
        return new Promise<R>(() => {});
    }
  }

  #gate(): Gate {
    let left = Math.random() * 100;
    for (const [gate, share] of Object.entries(this.mood)) {
      left -= share;
      if (left < 0) return gate as Gate;
    }
    return 'ok';
  }
}

export function after(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
