import type {
  CreateContext,
  DestroyContext,
  HookContext,
  PoolFactory,
  ValidateContext,
} from '../../src/index.js';
import { type PoolableSubject, settle } from '../../src/testing/index.js';

/** A connection that can break, be scribbled on, hang up, and serve several at once. */
export class Line {
  open = true;
  broken = false;
  scribbled = false;
  /** How often it was spoken into. */
  spoken = 0;
  readonly hangUp: () => void;

  constructor(died: (error?: unknown) => void) {
    this.hangUp = () => {
      this.broken = true;
      died(new Error('the other side hung up'));
    };
  }

  async speak(): Promise<void> {
    if (!this.open || this.broken) throw new Error('this line is dead');
    await settle();
    this.spoken++;
  }
}

/**
 * A sound poolable, whose every hook takes its time, and which keeps books. Its state is private, so that a hook
 * without its `this` fails.
 */
export class Exchange implements PoolFactory<Line> {
  readonly lines: Line[] = [];
  readonly checks: string[] = [];
  readonly ends: string[] = [];
  resets = 0;
  #alive = 0;
  #peak = 0;

  /** The most lines that there were at once. */
  get peak(): number {
    return this.#peak;
  }

  async create({ died, signal }: CreateContext): Promise<Line> {
    this.#alive++;
    this.#peak = Math.max(this.#peak, this.#alive);
    await settle();
    if (signal.aborted) {
      this.#alive--;
      throw new Error('dialling was stopped');
    }
    const line = new Line(died);
    this.lines.push(line);
    return line;
  }

  async validate(line: Line, { phase }: ValidateContext): Promise<boolean> {
    this.checks.push(phase);
    await settle();
    return !line.broken;
  }

  async reset(line: Line, _context: HookContext): Promise<void> {
    await settle();
    this.resets++;
    line.scribbled = false;
  }

  async destroy(line: Line, { reason }: DestroyContext): Promise<void> {
    await settle();
    this.#alive--;
    this.ends.push(reason);
    line.open = false;
  }
}

/** How the suite sees such an exchange; `made` collects what the checks ran with. */
export function exchangeSubject(
  make: () => Exchange = () => new Exchange(),
  made: Exchange[] = [],
): PoolableSubject<Line> {
  return {
    name: 'a line',
    factory: () => {
      const exchange = make();
      made.push(exchange);
      return exchange;
    },
    exercise: (line) => line.speak(),
    capabilities: {
      validates: true,
      resets: true,
      ends: true,
      announcesDeath: true,
      abortsCreation: true,
      shared: true,
    },
    spoil: (line) => {
      line.broken = true;
    },
    soil: (line) => {
      line.scribbled = true;
    },
    isClean: (line) => !line.scribbled,
    isEnded: (line) => !line.open,
    kill: (line) => line.hangUp(),
    // Time limits that only a check that fails runs into.
    options: { createRetry: false, acquireTimeoutMs: 500, closeTimeoutMs: 500 },
  };
}
