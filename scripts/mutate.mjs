/**
 * Changes the core in one small way after the other and looks whether a test notices: mutation testing with StrykerJS.
 * `npm run mutate` tries the parts in `PARTS`, `npm run mutate -- line scoring` only those named. Needs Node 22 or newer,
 * which StrykerJS asks for, and hours for all: each change costs a run of the tests that reach it. Works in a copy of the
 * last commit, so that the dependencies of StrykerJS stay out of the workspace and nobody's files are changed.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Interrupted, runChild } from './tooling/child.mjs';
import { root } from './tooling/paths.mjs';
import { runPnpm } from './tooling/pnpm.mjs';
import { StepFailed, say, step } from './tooling/steps.mjs';

const STRYKER = ['@stryker-mutator/core@10.1.1', '@stryker-mutator/vitest-runner@10.1.1'];

/** By name: the files whose changes are tried in one go. */
const PARTS = {
  line: ['slot/line'],
  ledger: ['slot/ledger', 'slot/chain', 'slot/state'],
  shelf: ['slot/shelf', 'slot/roster'],
  scoring: ['policy/scoring', 'policy/sizing', 'policy/backoff', 'policy/lifetime'],
  lending: ['engine/lending'],
  returning: ['engine/returning'],
  waiting: ['engine/waiting'],
  ending: ['engine/ending', 'engine/maintenance'],
  making: ['engine/making', 'lifecycle/nursery'],
  door: ['lifecycle/door', 'lifecycle/hook-call'],
  agenda: ['time/agenda'],
  lease: ['lease', 'slot/loan', 'engine/leaks'],
};

/** Left out: those that start processes, count memory or draw thousands of random programs. They would take days. */
const TOO_SLOW = ['process-exit', 'timeouts', 'hopeless'].map((name) => `**/pool.${name}.test.ts`);
const RANDOM = ['**/model.*.test.ts', '**/differential.test.ts', '**/fault-plans.test.ts'];

const vitestConfig = `import { defineConfig } from 'vitest/config';
export default defineConfig({
  ssr: { resolve: { conditions: ['@rockpool/source', 'node', 'import', 'default'] } },
  test: {
    include: ['packages/core/test/**/*.test.ts'],
    exclude: ${JSON.stringify([...TOO_SLOW, ...RANDOM, '**/node_modules/**'])},
  },
});
`;

const strykerConfig = (files) => ({
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'vitest.mutation.config.ts', related: false },
  coverageAnalysis: 'perTest',
  mutate: files.map((file) => `packages/core/src/${file}.ts`),
  reporters: ['json', 'progress-append-only'],
  jsonReporter: { fileName: 'mutation.json' },
  concurrency: 1,
  timeoutMS: 3_000,
  ignoreStatic: true,
  inPlace: true,
  allowConsoleColors: false,
});

const names = process.argv.slice(2);
const unknown = names.filter((name) => !Object.hasOwn(PARTS, name));
if (unknown.length > 0) {
  say(`unknown part ${unknown.join(', ')}; known are ${Object.keys(PARTS).join(', ')}`);
  process.exit(2);
}
if (Number(process.versions.node.split('.')[0]) < 22) {
  say(`StrykerJS needs Node 22 or newer, and this is ${process.version}`);
  process.exit(2);
}

const folder = mkdtempSync(path.join(tmpdir(), 'rockpool-mutation-'));
const collected = { cwd: folder, output: 'collect' };
try {
  await step('copying the last commit', () =>
    runChild('git', ['clone', '--quiet', root, folder], collected),
  );
  await step('installing dependencies there', () =>
    runPnpm(['install', '--frozen-lockfile'], collected),
  );
  await step('installing StrykerJS there', () =>
    runPnpm(['add', '--save-dev', '--workspace-root', ...STRYKER], collected),
  );
  writeFileSync(path.join(folder, 'vitest.mutation.config.ts'), vitestConfig);
  for (const name of names.length > 0 ? names : Object.keys(PARTS)) await tryPart(name);
} catch (error) {
  if (!(error instanceof StepFailed || error instanceof Interrupted)) throw error;
  process.exitCode = error instanceof Interrupted ? error.exitCode : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function tryPart(name) {
  writeFileSync(
    path.join(folder, 'stryker.config.json'),
    JSON.stringify(strykerConfig(PARTS[name]), undefined, 2),
  );
  const stryker = path.join(
    folder,
    'node_modules',
    '@stryker-mutator',
    'core',
    'bin',
    'stryker.js',
  );
  await step(`mutating ${PARTS[name].join(', ')}`, () =>
    runChild(process.execPath, [stryker, 'run'], collected),
  );
  const { files } = JSON.parse(readFileSync(path.join(folder, 'mutation.json'), 'utf8'));
  for (const [file, { mutants, source }] of Object.entries(files)) report(file, mutants, source);
}

/** The score of a file, and each change that no test noticed. */
function report(file, mutants, source) {
  const count = (...states) => mutants.filter(({ status }) => states.includes(status)).length;
  const noticed = count('Killed', 'Timeout');
  const missed = mutants.filter(({ status }) => status === 'Survived' || status === 'NoCoverage');
  const all = noticed + missed.length;
  const share = all === 0 ? 100 : (100 * noticed) / all;
  console.log(`${file}: ${noticed} of ${all} changes noticed (${share.toFixed(1)} %)`);
  const lines = source.split('\n');
  for (const { location, replacement, status } of missed) {
    const { line } = location.start;
    console.log(`  ${line}: ${lines[line - 1].trim()}\n    => ${replacement?.trim()} (${status})`);
  }
}
