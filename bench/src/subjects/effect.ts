import { Effect, Exit, Pool, Scope } from 'effect';
import { makerFor, type Setup, type Subject } from './subject.js';

/**
 * Effect's pool as Effect code uses it: loops inside fibers, no promise per loan. A loan cannot leave its scope, so
 * only whole loops can be measured.
 */
export async function openEffect(setup: Setup): Promise<Subject> {
  const make = makerFor(setup);
  const scope = await Effect.runPromise(Scope.make());
  const pool = await Effect.runPromise(
    Scope.provide(Pool.make({ acquire: Effect.sync(make), size: setup.max }), scope),
  );
  let sum = 0;
  const use = Pool.use(pool, (resource) =>
    Effect.sync(() => {
      sum += resource.id;
    }),
  );
  const useAndYield = Pool.use(pool, (resource) =>
    Effect.flatMap(Effect.yieldNow, () =>
      Effect.sync(() => {
        sum += resource.id;
      }),
    ),
  );
  const repeat = (one: Effect.Effect<void>, times: number): Effect.Effect<void> =>
    Effect.gen(function* () {
      for (let index = 0; index < times; index++) yield* one;
    });
  const outOfReach = (): never => {
    throw new Error('an Effect loan cannot leave its fiber');
  };
  return {
    acquire: outOfReach,
    resourceOf: outOfReach,
    release: outOfReach,
    cycle: (loans) => Effect.runPromise(repeat(use, loans)),
    uses: (loans) => Effect.runPromise(repeat(use, loans)),
    crowd: (workers, loansEach) =>
      Effect.runPromise(
        Effect.forEach(
          Array.from({ length: workers }, () => undefined),
          () => repeat(useAndYield, loansEach),
          { concurrency: 'unbounded', discard: true },
        ),
      ),
    close: () => Effect.runPromise(Scope.close(scope, Exit.void)).then(() => sum),
  };
}
