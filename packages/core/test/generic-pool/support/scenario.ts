import fc from 'fast-check';
import type { Options } from '../../../src/generic-pool/index.js';
import type { Script, Side } from './side.js';

/** One thing that a user does, or a stretch of time. */
export type Step =
  | { readonly does: 'acquire'; readonly priority: number | undefined }
  | { readonly does: 'release' | 'destroy' | 'releaseLate'; readonly which: number }
  | { readonly does: 'stranger'; readonly verb: 'release' | 'destroy' }
  | {
      readonly does: 'use';
      readonly ms: number;
      readonly outcome: 'returns' | 'fails';
      readonly priority: number | undefined;
    }
  | { readonly does: 'pass'; readonly ms: number }
  | { readonly does: 'drain' | 'ready' };

export interface Scenario {
  readonly options: Options;
  readonly script: Script;
  readonly steps: readonly Step[];
  /** `clear` comes last because generic-pool lends what it has destroyed afterwards. */
  readonly ends: 'as it is' | 'with clear' | 'with drain and clear';
}

/**
 * What a user does, and what the options tell to happen, happens at even milliseconds; jobs and creations end at odd
 * ones (`Side`). So nothing depends on the order within one turn of the event loop, which is each pool's own affair.
 */
function even(min: number, max: number): fc.Arbitrary<number> {
  return fc.integer({ min, max }).map((half) => half * 2);
}

const delay = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 12 }));
const priority = fc.option(fc.integer({ min: -1, max: 5 }), { nil: undefined });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ does: fc.constant('acquire' as const), priority }) },
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constantFrom('release' as const, 'release' as const, 'destroy' as const),
      which: fc.nat(5),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constant('releaseLate' as const), which: fc.nat(9) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('stranger' as const),
      verb: fc.constantFrom('release' as const, 'destroy' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('use' as const),
      ms: delay,
      outcome: fc.constantFrom('returns' as const, 'returns' as const, 'fails' as const),
      priority,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('pass' as const),
      ms: even(1, 12),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constantFrom('ready' as const, 'ready' as const, 'drain' as const),
    }),
  },
);

const shape = {
  max: fc.integer({ min: 1, max: 4 }),
  fifo: fc.boolean(),
  priorityRange: fc.integer({ min: 1, max: 3 }),
  testOnBorrow: fc.boolean(),
  maxWaitingClients: fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined }),
  destroyTimeoutMillis: fc.option(fc.integer({ min: 1, max: 10 }), { nil: undefined }),
};

const steps = fc.array(step, { minLength: 1, maxLength: 40 });
const ends = fc.constantFrom(
  'as it is' as const,
  'with clear' as const,
  'with drain and clear' as const,
);
const destructions = (ms: fc.Arbitrary<number>) =>
  fc.array(fc.record({ ms, fails: fc.boolean() }), { minLength: 1, maxLength: 5 });

/** User code is slow at times but creates what it should: both pools must agree at every millisecond. */
export const smoothScenario: fc.Arbitrary<Scenario> = fc
  .record({
    options: fc.record({
      ...shape,
      min: fc.integer({ min: 0, max: 4 }),
      autostart: fc.boolean(),
      acquireTimeoutMillis: fc.option(even(1, 20), { nil: undefined }),
      evictionRunIntervalMillis: fc.constantFrom(0, 6, 12),
      numTestsPerEvictionRun: fc.integer({ min: 1, max: 4 }),
      softIdleTimeoutMillis: fc.constantFrom(-1, 8, 20),
      idleTimeoutMillis: fc.constantFrom(15, 45, 30_000),
    }),
    script: fc.record({
      creations: fc.array(fc.record({ ms: delay, fails: fc.constant(false) }), {
        minLength: 1,
        maxLength: 5,
      }),
      destructions: destructions(delay),
      validations: fc.array(fc.record({ ms: delay, valid: fc.constant(true) }), {
        minLength: 1,
        maxLength: 5,
      }),
    }),
    steps,
    ends,
  })
  .map(withoutKnownDifferences);

function withoutKnownDifferences({ options, script, ...rest }: Scenario): Scenario {
  // generic-pool's evictor goes on to destroy what `clear` has destroyed.
  const eviction = rest.ends === 'with clear' ? { evictionRunIntervalMillis: 0 } : {};
  // The drop-in checks an idle resource for a caller even while a new one is being checked for him.
  const overlaps = options.testOnBorrow && options.max !== 1;
  // It does not repeat a check whose caller gave up meanwhile, if it was made a moment ago.
  const acquireTimeoutMillis = options.testOnBorrow ? undefined : options.acquireTimeoutMillis;
  const validations = overlaps ? [{ ms: 0, valid: true }] : script.validations;
  return {
    ...rest,
    options: { ...options, ...eviction, acquireTimeoutMillis },
    script: { ...script, validations },
  };
}

/**
 * Creations fail and checks find resources unusable. generic-pool tries again at once and the drop-in after a wait, so
 * they are compared when both have come to rest; a last entry that works keeps generic-pool from trying for ever.
 */
export const troubledScenario: fc.Arbitrary<Scenario> = fc.record({
  options: fc.record({ ...shape, fifo: fc.constant(true) }),
  script: fc.record({
    creations: fc
      .array(fc.record({ ms: fc.constant(0), fails: fc.boolean() }), { maxLength: 5 })
      .map((some) => [...some, { ms: 0, fails: false }]),
    destructions: destructions(fc.constant(0)),
    validations: fc
      .array(fc.record({ ms: fc.constant(0), valid: fc.boolean() }), { maxLength: 5 })
      .map((some) => [...some, { ms: 0, valid: true }]),
  }),
  steps,
  ends,
});

export function perform(side: Side, step: Exclude<Step, { does: 'pass' }>): void {
  switch (step.does) {
    case 'acquire':
      side.acquire(step.priority);
      break;
    case 'release':
      side.release(step.which);
      break;
    case 'destroy':
      side.destroy(step.which);
      break;
    case 'releaseLate':
      side.releaseLate(step.which);
      break;
    case 'stranger':
      side.giveStranger(step.verb);
      break;
    case 'use':
      side.use(step.ms, step.outcome, step.priority);
      break;
    case 'drain':
      side.drain();
      break;
    case 'ready':
      side.ready();
      break;
  }
}
