import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
/** Inside the package, so that its dependencies are found; git does not see it. */
const OUTPUT = join(PACKAGE, '.tsbuild', 'process-exit');
const SCRIPT = join(OUTPUT, 'test', 'support', 'exit-scenario.js');
/** What starting a process may take on a busy machine. */
const PATIENCE_MS = 15_000;

/** A plain process without a loader: only then its end is the pool's affair alone. */
beforeAll(async () => {
  const sources = await readdir(join(PACKAGE, 'src'), { recursive: true });
  const files = sources.filter((file) => file.endsWith('.ts')).map((file) => join('src', file));
  for (const file of [...files, join('test', 'support', 'exit-scenario.ts')]) {
    const { outputText } = transpileModule(await readFile(join(PACKAGE, file), 'utf8'), {
      compilerOptions: { module: ModuleKind.ESNext, target: ScriptTarget.ES2022 },
    });
    const target = join(OUTPUT, file.replace(/\.ts$/, '.js'));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, outputText);
  }
  await writeFile(join(OUTPUT, 'package.json'), '{ "type": "module" }');
}, 60_000);

interface Ended {
  readonly exitCode: number | null;
  readonly output: string[];
  /** From the last line of the script to the end of the process, in ms. */
  readonly lingeredMs: number;
}

/** Runs a scenario; ends the process when it lasts too long. */
function run(scenario: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [SCRIPT, scenario], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    let output = '';
    let errors = '';
    let endOfScriptAt = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      output += String(chunk);
      if (output.includes('end of the script') && endOfScriptAt === 0) endOfScriptAt = Date.now();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      errors += String(chunk);
    });
    child.on('error', reject);
    child.on('close', (exitCode) => {
      clearTimeout(timer);
      if (errors !== '') reject(new Error(errors));
      else {
        const lingeredMs = Date.now() - endOfScriptAt;
        resolve({ exitCode, output: output.trim().split('\n'), lingeredMs });
      }
    });
  });
}

describe('a process', () => {
  for (const scenario of [
    'an idle pool',
    'a pool with a lease that nobody gives back',
    'a closed pool',
    'a waiter without a deadline',
  ]) {
    it(`with ${scenario} ends when its work is done`, async () => {
      const { exitCode, output, lingeredMs } = await run(scenario);
      expect(exitCode).toBe(0);
      expect(output.at(-1)).toBe('end of the script');
      // 200 ms is what is promised; a busy machine gets some more, far below any timer of these pools.
      expect(lingeredMs).toBeLessThan(2_000);
    });
  }

  it('with a waiter and a deadline does not end before that', async () => {
    const { exitCode, output } = await run('a waiter with a deadline');
    expect(exitCode).toBe(0);
    expect(output).toEqual(['end of the script', 'ERR_POOL_TIMEOUT after 400 ms']);
  });

  it('waits with a ready() for the next attempt to create', async () => {
    const { exitCode, output } = await run('a ready pool that took two attempts');
    expect(exitCode).toBe(0);
    expect(output).toEqual(['ready after 2 attempts', 'end of the script']);
  });

  it('is kept alive by a pool only with keepProcessAlive, until it is closed', async () => {
    const { exitCode, output } = await run(
      'a pool that keeps the process alive until it is closed',
    );
    expect(exitCode).toBe(0);
    expect(output).toEqual(['end of the script', 'still here']);
  });

  it('waits for a close that waits for a lease', async () => {
    const { exitCode, output, lingeredMs } = await run('a close that waits for a lease');
    expect(exitCode).toBe(0);
    expect(output).toEqual(['end of the script', 'closed']);
    expect(lingeredMs, 'once it has closed, nothing holds the process').toBeLessThan(3_000);
  });
});
