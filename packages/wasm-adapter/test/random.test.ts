import fc from 'fast-check';
import { expect, it } from 'vitest';
import { WasmError, WasmProgram } from '../src/index.js';
import { backends } from './support/backends.js';
import { instanceOf } from './support/guest.js';
import { type Toolbox, toolbox, toolboxText } from './support/guests.js';
import { wat } from './support/wat.js';

const runs = Number(process.env['ROCKPOOL_RANDOM_RUNS'] ?? 60);

/** One call of the toolbox, perhaps with little fuel. */
const anyCall = fc.record({
  name: fc.constantFrom<keyof Toolbox>(
    'add',
    'count',
    'spin',
    'dive',
    'hog',
    'need',
    'trap',
    'pages',
  ),
  argument: fc.integer({ min: 0, max: 40 }),
  fuel: fc.option(fc.integer({ min: 1, max: 3_000 }), { nil: 20_000 }),
});

type Call = typeof anyCall extends fc.Arbitrary<infer T> ? T : never;

const outcome = (run: () => unknown): string => {
  try {
    return String(run());
  } catch (error) {
    return WasmError.is(error) ? error.code : `threw ${String(error)}`;
  }
};

const perform = (
  instance: Awaited<ReturnType<typeof instanceOf<Toolbox>>>['instance'],
  call: Call,
) =>
  outcome(() =>
    instance.run((api) => (api[call.name] as (...values: number[]) => unknown)(call.argument, 1), {
      fuel: call.fuel,
    }),
  );

it.each(backends)(
  'restored by $name, any sequence of calls gives what fresh instances give',
  async (backend) => {
    const program = await toolbox();
    const memory = { maxPages: 30 };
    const { instance } = await instanceOf(program, { check: 'paranoid', memory }, backend);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(anyCall, { minLength: 1, maxLength: 3 }), { maxLength: 6 }),
        async (loans) => {
          for (const calls of loans) {
            const { instance: fresh } = await instanceOf(program, { isolation: 'fresh', memory });
            for (const call of calls) expect(perform(instance, call)).toBe(perform(fresh, call));
            expect(instance.restore()).toBe(true);
          }
        },
      ),
      { numRuns: runs },
    );
  },
  60_000,
);

it('survives any change of a module: it is refused, or it runs, and the process lives', async () => {
  const whole = wat(toolboxText);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      async (changes) => {
        const bytes = whole.slice();
        for (const [at, value] of changes) bytes[at] = value;
        try {
          const program = await WasmProgram.load<Toolbox>(bytes);
          const { instance } = await instanceOf(program, {
            deadline: { ms: 50 },
            memory: { maxPages: 400 },
          });
          for (const name of ['add', 'count', 'spin', 'hog', 'pages'] as const) {
            outcome(() => instance.call(name as 'count'));
            instance.restore();
          }
        } catch (error) {
          expect(WasmError.is(error), String(error)).toBe(true);
        }
      },
    ),
    { numRuns: runs },
  );
}, 60_000);
