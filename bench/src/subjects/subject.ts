/** What is pooled in every scenario. */
export interface Resource {
  readonly id: number;
}

/** An instance of a class, as connections and parsers are. */
export class Thing implements Resource {
  readonly id: number;

  constructor(id: number) {
    this.id = id;
  }

  toString(): string {
    return `resource ${this.id}`;
  }
}

/** What a scenario asks of a pool. */
export interface Setup {
  readonly max: number;
  /** Resources that exist, idle, before the measurement begins. */
  readonly warm: number;
  /** How a resource is checked before it is lent; default not at all. */
  readonly check?: 'sync' | 'async';
  /** A deadline for whoever waits; default: the pool's own default. */
  readonly acquireTimeoutMs?: number;
  /** Idle for longer: ended; default: the pool's own default. */
  readonly idleTimeoutMs?: number;
  /** Told of each resource that is ended. */
  readonly onDestroy?: () => void;
  /** Makes the resources; default: things with a number. */
  readonly make?: () => Resource;
}

/** Callers who wait and are called off together. */
export interface CancelGroup {
  acquire(): Promise<unknown>;
  cancel(): void;
}

/**
 * One pool behind one surface. The functions are as thin as they can be: what an adapter does is measured too.
 * `Loan` is whatever the pool hands out and wants back.
 */
export interface Subject<Loan = unknown> {
  acquire(): Promise<Loan>;
  resourceOf(loan: Loan): Resource;
  release(loan: Loan): unknown;
  close(): unknown;
  tryAcquire?(): Loan | undefined;
  use?(fn: (resource: Resource) => Promise<number>): Promise<number>;
  useSync?(fn: (resource: Resource) => number): number;
  destroy?(loan: Loan): unknown;
  /** With one signal for all of the group, or a signal for each caller. */
  cancelGroup?(signals: 'one' | 'each'): CancelGroup;
  /** Waits with a deadline and a signal. */
  acquireWatched?(): Promise<Loan>;
  /** Pools that are not used through promises bring loops of their own. */
  cycle?(loans: number): Promise<unknown>;
  crowd?(workers: number, loansEach: number): Promise<unknown>;
  uses?(loans: number): Promise<unknown>;
}

export type OpenSubject = (setup: Setup) => Promise<Subject> | Subject;

/** What makes the resources of one pool. */
export function makerFor(setup: Setup): () => Resource {
  let lastId = 0;
  return setup.make ?? (() => new Thing(++lastId));
}

/** Borrows `setup.warm` resources at once and gives them back: afterwards they are idle. */
export async function warmUp<Loan>(subject: Subject<Loan>, setup: Setup): Promise<Subject<Loan>> {
  const loans = await Promise.all(Array.from({ length: setup.warm }, () => subject.acquire()));
  for (const loan of loans) await subject.release(loan);
  return subject;
}

/** The same in an order that looks like none and is always the same. */
export function shuffled<V>(values: readonly V[]): V[] {
  const order = [...values];
  let seed = 42;
  for (let last = order.length - 1; last > 0; last--) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    const other = (seed >>> 8) % (last + 1);
    [order[last], order[other]] = [order[other] as V, order[last] as V];
  }
  return order;
}
