import { isBuiltin } from 'node:module';
import { poolableSuite, type SuiteRunner } from '@rockpool/core/testing';
import { afterAll, describe, expect, test } from 'vitest';
import type { Isolation, WasmPoolOptions, WasmWorkerPoolOptions } from '../src/index.js';
import { WasmProgram } from '../src/index.js';
import { Crew } from '../src/pool/crew.js';
import { InstanceMaker } from '../src/pool/instance-maker.js';
import { backends } from './support/backends.js';
import { wat } from './support/wat.js';

/** What both kinds of instances offer a borrower. */
interface Counter {
  count(): number;
  grow(): number;
  trap(): void;
  /** Ends the thread that the guest runs in. */
  die(): void;
}

const program = await WasmProgram.load<Counter>(
  wat(`(module
    (import "host" "die" (func $die))
    (memory (export "memory") 1 4)
    (global $calls (mut i32) (i32.const 0))
    (func (export "count") (result i32)
      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
      (i32.store (i32.const 1024) (i32.add (i32.load (i32.const 1024)) (i32.const 1)))
      (if (i32.ne (global.get $calls) (i32.load (i32.const 1024))) (then unreachable))
      (global.get $calls))
    (func (export "grow") (result i32) (memory.grow (i32.const 1)))
    (func (export "trap") (i32.store (i32.const 1024) (i32.const 99)) unreachable)
    (func (export "die") (call $die)))`),
  {
    name: 'counter',
    imports: {
      module:
        'data:text/javascript,export const host = () => ({ host: { die: () => process.exit(7) } })',
      export: 'host',
    },
  },
);

const vitest: SuiteRunner = {
  test: (title, body) => test(title, body),
  skip: (title, reason) => test.skip(`${title} (${reason})`),
};

const modes = (['snapshot', 'fresh', 'stateful'] as const).flatMap((isolation) =>
  // A fresh guest has no snapshot, so there is nothing for a backend to do.
  (isolation === 'fresh' ? ['portable' as const] : backends.map(({ name }) => name)).map(
    (backend) => ({ isolation, backend }),
  ),
);

/** A snapshot that cannot be put back makes an instance unfit; the other isolations have none to fail. */
const growth = (isolation: Isolation) => (isolation === 'snapshot' ? 'retire' : 'keep');

const optionsOf = ({ isolation, backend }: (typeof modes)[number]) => ({
  isolation,
  backend,
  check: 'paranoid' as const,
  memory: { growth: growth(isolation) } as const,
  onWarning: () => undefined,
});

describe.each(modes)('$isolation instances ($backend)', (mode) => {
  const { isolation } = mode;
  poolableSuite(vitest, {
    name: 'in this thread',
    factory: () => new InstanceMaker<Counter>(program, optionsOf(mode) satisfies WasmPoolOptions),
    exercise: (instance) => expect(instance.call('count')).toBeGreaterThan(0),
    capabilities: {
      validates: isolation === 'snapshot',
      resets: isolation !== 'stateful',
      ends: true,
      abortsCreation: true,
    },
    spoil: (instance) => void instance.call('grow'),
    soil: (instance) => void instance.call('count'),
    isClean: (instance) => instance.call('count') === 1,
    isEnded: (instance) => instance.info.state === 'destroyed',
  });
});

/** In a worker pages are tracked only through node:ffi. */
const workerModes = modes.filter(({ backend }) => backend === 'portable' || isBuiltin('node:ffi'));

describe.each(workerModes)('$isolation instances ($backend) in workers', (mode) => {
  const { isolation } = mode;
  const crews: Crew<Counter>[] = [];
  afterAll(async () => {
    for (const crew of crews) await crew.dismiss();
  });

  poolableSuite(vitest, {
    name: 'one thread each',
    factory: () => {
      const options = { ...optionsOf(mode), execution: 'worker' as const, spares: 0 };
      const crew = new Crew<Counter>(program, options satisfies WasmWorkerPoolOptions);
      crews.push(crew);
      return crew;
    },
    exercise: async (instance) => expect(await instance.call('count')).toBeGreaterThan(0),
    capabilities: {
      resets: isolation !== 'stateful',
      ends: true,
      announcesDeath: true,
      abortsCreation: true,
    },
    soil: async (instance) => void (await instance.call('count')),
    isClean: async (instance) => (await instance.call('count')) === 1,
    isEnded: (instance) => !instance.validate(),
    kill: (instance) => void instance.call('die').catch(() => undefined),
  });
});
