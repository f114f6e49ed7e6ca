import { describe, expect, it } from 'vitest';
import { indexSamples } from '../src/repository.js';
import { rockpool, start } from './command.js';
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
    const { code, stdout, stderr } = await rockpool(['demo', folder, '--no-serve']);
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
    const { code, stdout } = await runHere(['demo', '--no-serve']);
    expect(code).toBe(0);
    expect(stdout).toContain('Sample pages');
  });

  it.runIf(isBuilt)(
    'indexes the sample blocks of the repository and asks views about them',
    async () => {
      const { code, stdout } = await runHere(['demo', '--no-serve']);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^ {2}12 sample blocks indexed in \S+ m?s, up to height 11$/m);
      expect(stdout).toMatch(/as of each height: 1 3 6 10 11 13 16 20 21 23 26 30$/m);
      expect(stdout).toMatch(/^ {2}24 heavy views: .* in a pool of 2 \(\S+ ×\)$/m);
      expect(stdout).toMatch(/^ {2}2000 small views: .* on a kept one \(\S+ ×\)$/m);
    },
  );

  it('says which page failed and exits with 1', async () => {
    const folder = folderOf({ 'tides.html': page('Tides'), 'empty.html': '' });
    const { code, stdout, stderr } = await runHere(['demo', folder, '--no-serve']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/empty\.html: is empty/);
    expect(stdout).toContain('1 failed');
  });

  it('says so when the folder is not there', async () => {
    const { code, stderr } = await runHere(['demo', 'nowhere', '--no-serve']);
    expect(code).toBe(1);
    expect(stderr).toContain('rockpool: nowhere: no such file or folder');
  });

  it('serves the cockpit, shows its troubles as they happen, and ends by itself', async () => {
    const { code, stdout, stderr } = await rockpool([
      'demo',
      folderOf({ 'a.html': page('Tides') }),
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const cockpit = stdout.slice(stdout.indexOf('The cockpit'));
    expect(cockpit).toMatch(/^ {2}http:\/\/127\.0\.0\.1:\d+\/ with a load of its own/m);
    const inOrder = [
      'the first way to read pages fails',
      'the breaker went from closed to open',
      'the breaker went from open to half-open',
      'the breaker went from half-open to closed',
      'the memory pressure of demo:buffers is critical',
      'a lease of demo:buffers is held for',
    ].map((each) => cockpit.indexOf(each));
    expect(inOrder).toEqual([...inOrder].sort((a, b) => a - b));
    expect(inOrder).not.toContain(-1);
    expect(cockpit).not.toContain('not seen');
    expect(cockpit).toMatch(/^ {2}POST \/extract {2}200 {2}“.*”, \d+ words, read by the fallback/m);
    expect(cockpit).toMatch(/^ {2}GET {2}\/healthz {2}\d{3} {2}(pass|warn|fail), score \d+/m);
    expect(cockpit).toMatch(
      /^ {2}GET {2}\/metrics {2}200 {2}\d+ samples: [1-9]\d* pages read, [1-9]\d* by the fallback, trips [1-9]\d*, leaks [1-9]/m,
    );
  });

  it('keeps the cockpit open with --stay, and Ctrl-C ends it in order', async () => {
    const { child, ended, wrote } = start([
      'demo',
      folderOf({ 'a.html': page('Tides') }),
      '--stay',
    ]);
    const [, url] = await wrote(/^ {2}(http:\S+)\/ stays until Ctrl-C$/m);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect({ code, stderr }).toEqual({ code: 130, stderr: 'rockpool: stopping\n' });
  });

  it('is ended by Ctrl-C in the middle of it, without what would come next', async () => {
    const { child, ended, wrote } = start(['demo', folderOf({ 'a.html': page('Tides') })]);
    await wrote(/the first way to read pages fails/);
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(stdout).not.toContain('GET  /metrics');
    expect(stdout).not.toContain('Next:');
  });

  it('refuses to keep open what it leaves out', async () => {
    const { code, stderr } = await runHere(['demo', '--no-serve', '--stay']);
    expect(code).toBe(2);
    expect(stderr).toContain('--stay has nothing to keep open');
  });
});
