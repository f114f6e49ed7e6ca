import type { Factory, Options, Pool } from '../../../src/generic-pool/index.js';
import { type Fate, watch } from './virtual-time.js';

/** Numbered by its creation, so that the resources of two pools can be compared. */
export interface Resource {
  readonly id: number;
}

/** How user code behaves. Each list is used from its beginning, over and over. */
export interface Script {
  /** Ms until `create` answers, call by call; a failing one answers with an error. */
  readonly creations: readonly { readonly ms: number; readonly fails: boolean }[];
  readonly destructions: readonly { readonly ms: number; readonly fails: boolean }[];
  readonly validations: readonly { readonly ms: number; readonly valid: boolean }[];
}

/** What a user can see of a pool at one moment. */
export interface View {
  readonly counts: Record<string, number>;
  readonly onLoan: readonly number[];
  readonly evicts: boolean;
}

export type CreatePool = (factory: Factory<Resource>, options: Options) => Pool<Resource>;

/** One of two pools that live through the same scenario. Its logs are what a user of it has seen, in order. */
export class Side {
  readonly pool: Pool<Resource>;
  readonly log = {
    created: [] as string[],
    ended: [] as string[],
    checked: [] as string[],
    acquired: [] as string[],
    answers: [] as string[],
    creationErrors: [] as string[],
    destructionErrors: [] as string[],
  };
  readonly resources: Resource[] = [];
  readonly held: Resource[] = [];
  readonly drained: Fate<void>[] = [];
  readonly readied: Fate<void>[] = [];
  readonly cleared: Fate<void>[] = [];
  readonly #options: Options;
  readonly #script: Script;
  readonly #inUse = new Set<Resource>();
  #turnAt = 0;
  #calls = { create: 0, destroy: 0, validate: 0 };
  #acquires = 0;
  #uses = 0;

  constructor(createPool: CreatePool, options: Options, script: Script) {
    this.#options = options;
    this.#script = script;
    this.pool = createPool(this.#factory(), options);
    this.pool.on('factoryCreateError', ({ message }: Error) => {
      this.log.creationErrors.push(message);
    });
    this.pool.on('factoryDestroyError', ({ message }: Error) => {
      this.log.destructionErrors.push(message);
    });
  }

  acquire(priority: number | undefined): void {
    const name = `acquire ${this.#acquires++}`;
    this.pool.acquire(priority).then(
      (resource) => {
        this.held.push(resource);
        this.log.acquired.push(`${name}: resource ${resource.id}`);
      },
      (error: Error) => this.log.acquired.push(`${name}: ${described(error)}`),
    );
  }

  release(index: number): void {
    const [resource] = this.held.splice(index % this.held.length, 1);
    if (resource !== undefined) this.#note('release', this.pool.release(resource));
  }

  destroy(index: number): void {
    const [resource] = this.held.splice(index % this.held.length, 1);
    if (resource !== undefined) this.#note('destroy', this.pool.destroy(resource));
  }

  /** A resource that was seen once, whoever may have it now. */
  releaseLate(index: number): void {
    const resource = this.resources[index % this.resources.length];
    // Known difference: in generic-pool the release of `use` then goes wrong, as an unhandled rejection.
    if (resource === undefined || this.#inUse.has(resource)) return;
    const at = this.held.indexOf(resource);
    if (at >= 0) this.held.splice(at, 1);
    this.#note('late release', this.pool.release(resource));
  }

  giveStranger(verb: 'release' | 'destroy'): void {
    this.#note(`stranger's ${verb}`, this.pool[verb]({ id: -1 }));
  }

  use(ms: number, outcome: 'returns' | 'fails', priority: number | undefined): void {
    const name = `use ${this.#uses++}`;
    const job = async (resource: Resource): Promise<number> => {
      this.log.acquired.push(`${name}: resource ${resource.id}`);
      this.#inUse.add(resource);
      await this.#turn(ms);
      this.#inUse.delete(resource);
      if (outcome === 'fails') throw new Error('the job failed');
      return resource.id;
    };
    this.#note(name, this.pool.use(job, priority));
  }

  drain(): void {
    this.drained.push(watch(this.pool.drain()));
  }

  ready(): void {
    this.readied.push(watch(this.pool.ready()));
  }

  clear(): void {
    this.cleared.push(watch(this.pool.clear()));
  }

  view(): View {
    const { size, available, borrowed, pending, min, max, spareResourceCapacity } = this.pool;
    return {
      counts: { size, available, borrowed, pending, min, max, spareResourceCapacity },
      onLoan: this.resources
        .filter((resource) => this.pool.isBorrowedResource(resource))
        .map(({ id }) => id),
      evicts: this.pool._scheduledEviction !== null,
    };
  }

  #note(name: string, answer: PromiseLike<unknown>): void {
    answer.then(
      (value) => this.log.answers.push(`${name}: ${String(value)}`),
      (error: Error) => this.log.answers.push(`${name}: ${error.message}`),
    );
  }

  /**
   * What happens in one turn of the event loop happens in an order of its own in each pool, which `fifo: false` makes
   * visible: of two resources that arrive together, generic-pool lends the last one first. So they arrive one by one,
   * at odd milliseconds.
   */
  #turn(ms: number): Promise<void> {
    if (ms === 0 && this.#options.fifo === true) return Promise.resolve();
    const earliest = Date.now() + ms;
    this.#turnAt = Math.max(this.#turnAt + 2, earliest % 2 === 0 ? earliest + 1 : earliest);
    return after(this.#turnAt - Date.now());
  }

  #factory(): Factory<Resource> {
    const { creations, destructions, validations } = this.#script;
    return {
      create: async () => {
        const id = this.#calls.create++;
        this.log.created.push(`create ${id}`);
        const { ms, fails } = at(creations, id);
        await this.#turn(ms);
        if (fails) throw new Error(`creation ${id} failed`);
        const resource = { id };
        this.resources[id] = resource;
        return resource;
      },
      destroy: async (resource) => {
        const call = this.#calls.destroy++;
        this.log.ended.push(`destroy ${resource.id}`);
        const { ms, fails } = at(destructions, call);
        await after(ms);
        if (fails) throw new Error(`destruction of ${resource.id} failed`);
      },
      validate: async (resource) => {
        const call = this.#calls.validate++;
        this.log.checked.push(`validate ${resource.id}`);
        const { ms, valid } = at(validations, call);
        await after(ms);
        return valid;
      },
    };
  }
}

/** Known difference: apart from TimeoutError the errors of the drop-in have names (and codes) of their own. */
function described({ name, message }: Error): string {
  return name === 'TimeoutError' ? `${name} ${message}` : message;
}

function at<E>(list: readonly E[], index: number): E {
  return list[index % list.length] as E;
}

function after(ms: number): Promise<void> {
  return ms === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));
}
