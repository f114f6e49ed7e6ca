import { describe, expect, it } from 'vitest';
import { rockpool } from './command.js';
import { folderOf } from './folder.js';
import { runHere } from './in-process.js';

describe('rockpool config', () => {
  it('shows every setting, its value, and where it comes from', async () => {
    const { code, stdout } = await runHere(['config', '--set', 'wasm.maxPoolSize=16']);
    expect(code).toBe(0);
    const rows = stdout.split('\n');
    expect(rows[0]).toMatch(/^setting +value +from$/);
    expect(rows).toContainEqual(
      expect.stringMatching(/^wasm\.maxPoolSize +16 {2}--set wasm\.maxPoolSize$/),
    );
    expect(rows).toContainEqual(expect.stringMatching(/^breaker\.openMs +30000 {2}default$/));
    expect(rows).toContainEqual(
      expect.stringMatching(/^breaker\.failureRatePercent +- {2}default$/),
    );
  });

  it('reads the environment and a file, and shows what has no effect beside them', async () => {
    const folder = folderOf({ 'pool.toml': '[wasm]\nmaxPoolSize = 20\ninitialPoolSize = 3\n' });
    const { code, stdout } = await rockpool(
      ['config', '--json', '--config', `${folder}/pool.toml`],
      {
        env: { WASM_MAX_INSTANCES: '30' },
      },
    );
    expect(code).toBe(0);
    const settings = JSON.parse(stdout) as Record<string, unknown>;
    expect(settings['wasm.maxPoolSize']).toEqual({
      value: 30,
      source: 'environment',
      from: 'WASM_MAX_INSTANCES',
      overridden: [`${folder}/pool.toml: wasm.maxPoolSize`],
    });
    expect(settings['wasm.initialPoolSize']).toMatchObject({ value: 3, source: 'file' });
  });

  it('tells all bad values in one report and exits with 2', async () => {
    const { code, stdout, stderr } = await rockpool(['config'], {
      env: { CB_TIMEOUT_MS: 'soon', MEMORY_PRESSURE_THRESHOLD: '80' },
    });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.split('\n')).toEqual([
      'rockpool: the configuration cannot be used:',
      '  CB_TIMEOUT_MS is "soon"; expected a number of milliseconds',
      '  MEMORY_PRESSURE_THRESHOLD is 80; must be a share from 0 to 1, such as 0.8 for 80 %',
      '',
    ]);
  });

  it.each([
    [['--config', 'nowhere.json'], /nowhere\.json: cannot be read/],
    [['--set', 'wasm.maxPoolSize'], /Expected name=value/],
    [['--set', 'wasm.maxPolSize=1'], /did you mean wasm\.maxPoolSize/],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await runHere(['config', ...args]);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});
