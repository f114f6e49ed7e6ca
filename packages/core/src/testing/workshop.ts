import type {
  CreateContext,
  DestroyContext,
  DestroyReason,
  HookContext,
  MaybePromise,
  PoolFactory,
  ValidateContext,
} from '../contract/poolable.js';
import { Gates, type GateTimes } from './gates.js';

/** The hooks of a {@link Workshop}. */
export type WorkshopHook = 'create' | 'validate' | 'reset' | 'destroy';

const HOOKS: readonly WorkshopHook[] = ['create', 'validate', 'reset', 'destroy'];

/** What a {@link Workshop} makes. */
export interface Product {
  readonly serial: number;
  /** Lets it announce its own death. */
  readonly die: (error?: unknown) => void;
}

/**
 * A factory that keeps its own books, behind a gate at each hook: what it made, what was ended and why. What a pool
 * must never do to a resource is written down in `faults`.
 *
 * @example
 * const workshop = new Workshop({ clock });
 * workshop.gates.set('reset', 'hangs');
 * const pool = createPool(workshop, { clock, max: 2 });
 */
export class Workshop implements PoolFactory<Product> {
  readonly gates: Gates<WorkshopHook>;
  /** Made and not yet ended, those taken out of the pool excepted. */
  readonly alive: Set<Product> = new Set<Product>();
  /** What was ended, and why. */
  readonly ended: Map<Product, DestroyReason> = new Map<Product, DestroyReason>();
  /** What a pool must never do, in words. */
  readonly faults: string[] = [];
  /** Products made so far. */
  made = 0;
  /** The most that were alive at once. */
  peakAlive = 0;
  readonly #strayed = new Set<Product>();

  constructor(times: GateTimes = {}) {
    this.gates = new Gates(HOOKS, times);
  }

  create(context: CreateContext): MaybePromise<Product> {
    return this.gates.pass('create', () => {
      const product: Product = { serial: ++this.made, die: context.died };
      this.alive.add(product);
      this.peakAlive = Math.max(this.peakAlive, this.alive.size);
      return product;
    });
  }

  validate(product: Product, context: ValidateContext): MaybePromise<boolean> {
    this.#expectAlive(product, `validate (${context.phase})`);
    return this.gates.pass('validate', () => true);
  }

  reset(product: Product, _context: HookContext): MaybePromise<void> {
    this.#expectAlive(product, 'reset');
    return this.gates.pass('reset', () => {});
  }

  destroy(product: Product, { reason }: DestroyContext): MaybePromise<void> {
    const before = this.ended.get(product);
    if (before !== undefined) {
      this.faults.push(`product ${product.serial} was ended twice: ${before}, then ${reason}`);
    }
    if (this.#strayed.has(product)) {
      this.faults.push(`product ${product.serial} was ended (${reason}) after it was detached`);
    }
    this.ended.set(product, reason);
    this.alive.delete(product);
    return this.gates.pass('destroy', () => {});
  }

  /** To be called when a product was taken out of the pool: it is no longer the pool's to end. */
  tookOut(product: Product): void {
    this.#strayed.add(product);
    this.alive.delete(product);
  }

  /** Whether the pool may still lend this product. */
  isUsable(product: Product): boolean {
    return this.alive.has(product);
  }

  #expectAlive(product: Product, hook: string): void {
    if (!this.alive.has(product)) {
      this.faults.push(`${hook} was called with product ${product.serial}, which is not alive`);
    }
  }
}
