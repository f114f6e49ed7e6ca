import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { judge } from './level.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

async function soak(...args: readonly string[]): Promise<{ code: number; said: string }> {
  const flags = ['--expose-gc', '--conditions=@rockpool/source', '--import', 'tsx'];
  const pages = ['--pages', 'examples/pages', '--up-to', '6000'];
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [...flags, 'test/soak/main.ts', ...args, ...pages],
      { cwd: root },
    );
    return { code: 0, said: stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, said: stdout + stderr };
  }
}

describe('the level of memory', () => {
  const samples = (bytesAt: (tenth: number) => number) =>
    Array.from({ length: 100 }, (_, index) => ({
      extractions: (index + 1) * 10,
      bytes: bytesAt(Math.floor(index / 10)),
    }));

  it('is that of the end of the first tenth, and growth that of the highest tenth after it', () => {
    expect(judge(samples(() => 200)).grownPercent).toBe(0);
    expect(judge(samples((tenth) => 200 - tenth)).grownPercent).toBeCloseTo(-0.5);
    const grown = judge(samples((tenth) => (tenth === 6 ? 230 : 200)));
    expect(grown.levelBytes).toBe(200);
    expect(grown.grownPercent).toBeCloseTo(15);
  });

  it('is not told by a single reading', () => {
    const readings = samples(() => 200).map((sample, index) =>
      index === 55 ? { ...sample, bytes: 900 } : sample,
    );
    expect(judge(readings).grownPercent).toBe(0);
  });
});

describe('npm run soak -- --extractions', { timeout: 300_000 }, () => {
  it('reads pages and tells how memory went, within what it is allowed', async () => {
    const { code, said } = await soak('--extractions', '60', '--within', '900');
    expect(said).toContain('read 60, failed 0');
    expect(said).toMatch(
      /RSS after collections: after the first tenth [\d.]+ MB, then( [\d.]+ MB){9}/,
    );
    expect(said).toMatch(/at most -?[\d.]+ % above that level/);
    expect(code).toBe(0);
  });

  it('refuses what is no number', async () => {
    const { code, said } = await soak('--extractions', 'many');
    expect({ code, said }).toEqual({
      code: 2,
      said: expect.stringContaining('--extractions must be a number above 0') as string,
    });
  });
});
