import { existsSync } from 'node:fs';
import { ensureBuilt } from './build.mjs';
import { Interrupted, runNode } from './child.mjs';
import { ensureInstalled } from './install.mjs';
import { withLock } from './lock.mjs';
import { fromRoot } from './paths.mjs';
import { StepFailed, say } from './steps.mjs';
import { runTests } from './tests.mjs';

/** Runs one command of the workspace and resolves with the exit code of the process. */
export const runCommand = async (name, args) => {
  const command = commands[name];
  if (command === undefined) {
    say(`unknown command ${name ?? '(none)'}; known are ${Object.keys(commands).join(', ')}`);
    return 2;
  }
  try {
    return await command(args);
  } catch (error) {
    if (error instanceof Interrupted) return error.exitCode;
    if (error instanceof StepFailed) return 1;
    throw error;
  }
};

const prepare = () =>
  withLock(async () => {
    await ensureInstalled();
    await ensureBuilt();
  });

const runBuilt = async (script, args) => {
  await prepare();
  return runShown([fromRoot(...script)], args);
};

/** TypeScript entry points run by tsx against the built packages: what a user gets is what is measured. */
const runTypeScript = async (script, args) => {
  await prepare();
  return runShown(['--expose-gc', '--import', 'tsx', fromRoot(...script)], args);
};

const runShown = async (nodeArguments, args) => {
  const script = nodeArguments.at(-1);
  if (!existsSync(script)) throw new Error(`${script} does not exist after the build`);
  const { exitCode } = await runNode([...nodeArguments, ...args]);
  return exitCode;
};

const commands = {
  demo: (args) => runBuilt(serverCommand, ['demo', ...args]),
  'stream-demo': (args) => runTypeScript(['demo', 'src', 'main.ts'], args),
  rockpool: (args) => runBuilt(serverCommand, args),
  bench: (args) => runTypeScript(['bench', 'src', 'main.ts'], args),
  soak: (args) => runTypeScript(['test', 'soak', 'main.ts'], args),
  test: (args) => runTests(args),
  install: () => withLock(ensureInstalled).then(() => 0),
  build: () => prepare().then(() => 0),
};

const serverCommand = ['packages', 'server', 'dist', 'cli.js'];
