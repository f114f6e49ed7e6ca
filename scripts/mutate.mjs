/**
 * Changes the core in one small way after the other and looks whether a test notices: mutation testing with StrykerJS.
 * `npm run mutate` tries all of the core, `npm run mutate -- slot engine/lending` only the folders and files named. Needs
 * Node 22 or newer, which StrykerJS asks for, and hours for all: each change costs a run of the tests that reach it. Works
 * in a copy of the last commit, so that the dependencies of StrykerJS stay out of the workspace and nobody's files are
 * changed.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Interrupted, runChild } from './tooling/child.mjs';
import { root } from './tooling/paths.mjs';
import { runPnpm } from './tooling/pnpm.mjs';
import { StepFailed, say, step } from './tooling/steps.mjs';

const STRYKER = ['@stryker-mutator/core@10.1.1', '@stryker-mutator/vitest-runner@10.1.1'];

const SOURCES = 'packages/core/src';

/**
 * Left out: tests that start processes, wait for real time, or draw thousands of random programs. With them one change
 * would cost minutes, and all of them days.
 */
const LEFT_OUT = [
  ...['process-exit', 'timeouts', 'hopeless', 'chaos'].map((name) => `**/pool.${name}.test.ts`),
  ...['model.*', 'fault-plans'].map((name) => `**/${name}.test.ts`),
];

/** Random scenarios beside generic-pool: as many as a change can wait for. */
process.env['ROCKPOOL_DIFFERENTIAL_RUNS'] = '60';

// Without isolation the modules are loaded once and not for each file of tests: five times as many changes a minute.
const vitestConfig = `import { defineConfig } from 'vitest/config';
export default defineConfig({
  ssr: { resolve: { conditions: ['@rockpool/source', 'node', 'import', 'default'] } },
  test: {
    include: ['packages/core/test/**/*.test.ts'],
    exclude: ${JSON.stringify([...LEFT_OUT, '**/node_modules/**'])},
    pool: 'threads',
    isolate: false,
    fileParallelism: false,
    testTimeout: 3_500,
    hookTimeout: 1_000,
    teardownTimeout: 1_000,
  },
});
`;

const strykerConfig = (files) => ({
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'vitest.mutation.config.ts', related: false },
  coverageAnalysis: 'perTest',
  mutate: [files],
  reporters: ['json', 'progress-append-only'],
  jsonReporter: { fileName: 'mutation.json' },
  concurrency: 2,
  timeoutMS: 4_000,
  ignoreStatic: true,
  inPlace: true,
  disableTypeChecks: false,
  allowConsoleColors: false,
});

/** Every folder of the core, and every file beside them: nothing is forgotten when one is added. */
const everyPart = readdirSync(path.join(root, SOURCES))
  .map((entry) => entry.replace(/\.ts$/, ''))
  .filter((part) => part !== 'index'); // names what is public, and does nothing

/** What Stryker calls a part: a folder, or one file. */
function filesOf(part) {
  const file = `${SOURCES}/${part}.ts`;
  return existsSync(path.join(root, file)) ? file : `${SOURCES}/${part}/**/*.ts`;
}

const named = process.argv.slice(2);
const unknown = named.filter(
  (part) => !['.ts', ''].some((end) => existsSync(path.join(root, SOURCES, `${part}${end}`))),
);
if (unknown.length > 0) {
  say(
    `no part ${unknown.join(', ')}; parts are ${everyPart.join(', ')}, and files such as engine/lending`,
  );
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
  for (const part of named.length > 0 ? named : everyPart) await tryPart(part);
} catch (error) {
  if (!(error instanceof StepFailed || error instanceof Interrupted)) throw error;
  process.exitCode = error instanceof Interrupted ? error.exitCode : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function tryPart(part) {
  writeFileSync(
    path.join(folder, 'stryker.config.json'),
    JSON.stringify(strykerConfig(filesOf(part)), undefined, 2),
  );
  const stryker = path.join(
    folder,
    'node_modules',
    '@stryker-mutator',
    'core',
    'bin',
    'stryker.js',
  );
  await step(`mutating ${part}`, () => runChild(process.execPath, [stryker, 'run'], collected));
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
