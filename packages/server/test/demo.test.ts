import { describe, expect, it } from 'vitest';
import { indexSamples } from '../src/repository.js';
import { rockpool } from './command.js';
import { folderOf, page } from './folder.js';
import { runHere } from './in-process.js';

const isBuilt = indexSamples() !== undefined;

describe('rockpool demo', () => {
  it('shows the pages of a folder as a table, then what the pool did', async () => {
    const folder = folderOf({
      'knots/source.html': page('Knots'),
      'knots/expected.html': page('not a page of its own'),
      'tides.html': page('Tides'),
    });
    const { code, stdout, stderr } = await rockpool(['demo', folder]);
    expect(code).toBe(0);
    expect(stderr).toBe('');
    const rows = stdout.split('\n');
    expect(rows).toContainEqual(expect.stringMatching(/^page +title +words +reading +time$/));
    expect(rows).toContainEqual(expect.stringMatching(/^knots +Knots +\d+ +1 min +\d+ ms$/));
    expect(rows).toContainEqual(expect.stringMatching(/^tides +Tides +\d+ +1 min +\d+ ms$/));
    expect(stdout).not.toContain('not a page of its own');
    expect(stdout).toMatch(
      /The pool\n {2}\d+ pages in .*\n {2}created [1-4], then lent again \d+ times, evicted 0\n/,
    );
    expect(stdout).toMatch(/a page waited for its turn: p50 .* m?s, p99 .* m?s/);
    expect(stdout).not.toContain('\u001b');
  });

  it('extracts the sample pages of the repository', async () => {
    const { code, stdout } = await runHere(['demo']);
    expect(code).toBe(0);
    expect(stdout).toContain('Sample pages');
  });

  it.runIf(isBuilt)(
    'indexes the sample blocks of the repository and asks views about them',
    async () => {
      const { code, stdout } = await runHere(['demo']);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^ {2}12 sample blocks indexed in \S+ m?s, up to height 11$/m);
      expect(stdout).toMatch(/as of each height: 1 3 6 10 11 13 16 20 21 23 26 30$/m);
      expect(stdout).toMatch(/^ {2}24 heavy views: .* in a pool of 2 \(\S+ ×\)$/m);
      expect(stdout).toMatch(/^ {2}2000 small views: .* on a kept one \(\S+ ×\)$/m);
    },
  );

  it('says which page failed and exits with 1', async () => {
    const folder = folderOf({ 'tides.html': page('Tides'), 'empty.html': '' });
    const { code, stdout, stderr } = await runHere(['demo', folder]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/empty\.html: is empty/);
    expect(stdout).toContain('1 failed');
  });

  it('says so when the folder is not there', async () => {
    const { code, stderr } = await runHere(['demo', 'nowhere']);
    expect(code).toBe(1);
    expect(stderr).toContain('rockpool: nowhere: no such file or folder');
  });
});
