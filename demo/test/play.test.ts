import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const children = new Set<ChildProcess>();
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
});

const folder = fileURLToPath(new URL('..', import.meta.url));

/** Runs the demonstration as a person would, and reads what it prints. */
function run(...args: readonly string[]) {
  const child = spawn(
    process.execPath,
    ['--conditions=@rockpool/source', '--import', 'tsx', 'src/main.ts', ...args],
    { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NO_COLOR: '1' } },
  );
  children.add(child);
  let output = '';
  child.stdout.on('data', (piece: Buffer) => {
    output += piece.toString();
  });
  child.stderr.on('data', (piece: Buffer) => {
    output += piece.toString();
  });
  const ended = new Promise<{ code: number | null; output: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, output }));
  });
  return { child, ended };
}

describe('the streaming demonstration', () => {
  it('tells its story and proves that nothing was lost or doubled', async () => {
    const { code, output } = await run('--slots', '45', '--slot-ms', '10').ended;
    expect(output).toContain('Nothing was lost and nothing was doubled.');
    expect(output).not.toContain('FAILS');
    for (const told of ['slow handler', 'server killed', 'breaker', 'dead letter', 'back']) {
      expect(output).toContain(told);
    }
    expect(output).toMatch(/handled by 2 runtimes/);
    expect(code).toBe(0);
  }, 120_000);

  it('proves it for 20 seeds with faults at random', async () => {
    const { code, output } = await run(
      ...['--seeds', '20', '--slots', '24', '--transactions', '5', '--slot-ms', '2'],
    ).ended;
    expect(output).toContain('20 of 20 proofs hold');
    expect(code).toBe(0);
  }, 240_000);

  it('ends at Ctrl-C, and refuses what makes no sense', async () => {
    const { child, ended } = run('--slots', '5000');
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    const wrong = await run('--slots', 'many').ended;
    expect([wrong.code, wrong.output]).toEqual([2, expect.stringContaining('whole number')]);
  }, 60_000);
});
