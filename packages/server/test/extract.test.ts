import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { rockpool } from './command.js';
import { folderOf, page } from './folder.js';
import { runHere } from './in-process.js';

const pages = folderOf({
  'a.html': page('Tides'),
  'b.html': page('Ropes'),
  'deep/c.HTM': page('Knots'),
  'deep/notes.txt': 'no page',
});

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

describe('rockpool extract', () => {
  it('gives the article as markdown on stdout and the summary of the pool on stderr', async () => {
    const { code, stdout, stderr } = await rockpool(['extract', 'a.html'], { cwd: pages });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^# Tides\n\n\*Ada Lind\*\n\nEverything there is to say about Tides/);
    expect(stdout).not.toContain('rockpool');
    expect(lines(stderr)).toEqual([
      expect.stringMatching(/^rockpool: 1 page in \S+ m?s$/),
      expect.stringMatching(
        /^rockpool: article extractors: created 1, reused 0, wait p50 \S+ ms p99 \S+ ms, evicted 0$/,
      ),
    ]);
    // No bar and no colours where nobody looks.
    expect(stderr).not.toContain('\u001b');
  });

  it('takes files, folders and patterns, each page once, in the order of the inputs, as JSON Lines', async () => {
    const args = ['extract', 'b.html', '.', '**/*.HTM', '--json', '--concurrency', '2'];
    const { code, stdout, stderr } = await rockpool(args, { cwd: pages });
    expect(code).toBe(0);
    const found = lines(stdout).map((line) => JSON.parse(line));
    expect(found.map(({ input }) => input)).toEqual([
      'b.html',
      'a.html',
      path.join('deep', 'c.HTM'),
    ]);
    expect(found.map(({ title }) => title)).toEqual(['Ropes', 'Tides', 'Knots']);
    expect(found[0]).toMatchObject({
      byline: 'Ada Lind',
      language: 'en',
      parserMetadata: { parserUsed: 'native', fallbackOccurred: false },
    });
    expect(stderr).toContain('3 pages in');
    expect(stderr).toContain('created 2, reused 1');
  });

  it('prints one value a line for a single selector, labelled ones for several, and takes attributes', async () => {
    const single = await rockpool(['extract', 'a.html', '--css', 'h1', '-q'], { cwd: pages });
    expect(single).toEqual({ code: 0, stdout: 'Tides\n', stderr: '' });
    const args = [
      'extract',
      'a.html',
      'b.html',
      '--css',
      'h1',
      '--css',
      'a.next@href',
      '--regex',
      'email',
      '--regex',
      '/HARBOUR w\\w+/i',
      '-q',
    ];
    const several = await rockpool(args, { cwd: pages });
    const values = (title: string): string =>
      `h1\t${title}\na.next@href\t/next\nemail\tharbour@example.com\n/HARBOUR w\\w+/i\tharbour wall\n`;
    expect(several).toEqual({
      code: 0,
      stdout: `==> a.html <==\n${values('Tides')}\n==> b.html <==\n${values('Ropes')}`,
      stderr: '',
    });
  });

  it('reads a page from stdin, in the charset it declares', async () => {
    const stdin = Buffer.from(
      '<meta charset=windows-1251><title>\xcf\xf0\xe8\xe2\xe5\xf2</title><p>x',
      'latin1',
    );
    const { code, stdout } = await rockpool(['extract', '-', '--css', 'title'], { stdin });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'Привет\n' });
  });

  it('tells what is wrong with each bad input, and processes the others all the same', async () => {
    const folder = folderOf({
      'good.html': page('Tides'),
      'empty.html': '',
      'blank.html': ' \n ',
      'picture.html': Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0]),
      'noise.html': Buffer.from(Array.from({ length: 999 }, (_, at) => (at * 7) % 256)),
      'charset.html': Buffer.from('<meta charset=klingon><p>caf\xe9', 'latin1'),
      'text.html': 'no tag at all',
      'big.html': Buffer.alloc(50_000_000, 'a'),
    });
    mkdirSync(path.join(folder, 'nothing'));
    const bad = [
      'missing.html',
      'nothing',
      '*.htm',
      'empty.html',
      'blank.html',
      'picture.html',
      'noise.html',
      'charset.html',
      'text.html',
      'big.html',
      'ftp://example.com/a',
      'good.html/x',
      'https://user:secret@example.com/',
    ];
    const { code, stdout, stderr } = await rockpool(
      ['extract', ...bad, 'good.html', '--css', 'h1'],
      { cwd: folder },
    );
    expect(code).toBe(1);
    expect(stdout).toBe('==> good.html <==\nTides\n');
    for (const complaint of [
      'missing.html: no such file or folder',
      'nothing: is a folder without pages (*.html, *.htm, *.xhtml)',
      '*.htm: matches no file',
      'empty.html: is empty',
      'blank.html: is empty',
      'picture.html: is a PNG image, not a page',
      'noise.html: is a binary file, not a page',
      'charset.html: is said to be in the charset "klingon", which cannot be read',
      'text.html: The input has no HTML tag at all',
      'big.html: has 50 MB, more than the limit of 10 MB; raise --max-bytes',
      'ftp://example.com/a: only http and https URLs can be fetched, not ftp',
      'good.html/x: no such file or folder: a part of the path is a file',
      'credentials in a URL are not supported',
    ]) {
      expect(stderr).toContain(complaint);
    }
    expect(stderr).toContain('1 page in');
    expect(stderr).toContain('13 failed');
  });

  it('stops a page that takes too long and goes on with the next', async () => {
    // Each item looks at all behind it, twice: minutes of work, against a second.
    const endless = `<h1>x</h1><ul>${'<li>item</li>'.repeat(20_000)}</ul>`;
    const folder = folderOf({ 'a.html': endless, 'b.html': page('Tides') });
    const selectors = ['--css', 'li:has(~ li ~ li.none)', '--css', 'h1'];
    const args = ['extract', 'a.html', 'b.html', ...selectors, '--timeout', '1s'];
    const { code, stdout, stderr } = await rockpool(args, { cwd: folder });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '==> b.html <==\nh1\tTides\n' });
    expect(stderr).toContain('a.html: took longer than 1 s to extract; raise --timeout');
    expect(stderr).toContain('created 2');
  });

  it('takes control characters out of what a page puts on the terminal', async () => {
    const folder = folderOf({ 'a.html': '<h1>Red \u001b[31malert\u009b2J\u0007</h1>' });
    const text = await rockpool(['extract', 'a.html', '--css', 'h1', '-q'], { cwd: folder });
    expect(text.stdout).toBe('Red [31malert2J\n');
    const json = await rockpool(['extract', 'a.html', '--css', 'h1', '-q', '--json'], {
      cwd: folder,
    });
    expect(json.stdout).not.toContain('\u001b');
    expect(json.stdout).not.toContain('\u009b');
    expect(JSON.parse(json.stdout).css.h1).toEqual(['Red \u001b[31malert\u009b2J\u0007']);
  });

  const nobody = 65_534;
  /** Another user may have no way to the command, or to Node itself. */
  const mayStart = (options: Parameters<typeof rockpool>[1]): Promise<boolean> =>
    rockpool(['--version'], options).then(
      ({ code }) => code === 0,
      () => false,
    );
  const isRoot = process.getuid?.() === 0;
  it.skipIf(process.platform === 'win32')(
    'tells of files and folders it may not read',
    async (test) => {
      const { chmodSync } = await import('node:fs');
      const folder = folderOf({
        'a.html': page('Tides'),
        'locked.html': page('x'),
        'locked/b.html': page('x'),
      });
      chmodSync(folder, 0o755);
      chmodSync(path.join(folder, 'locked.html'), 0);
      chmodSync(path.join(folder, 'locked'), 0);
      const options = { cwd: folder, ...(isRoot && { uid: nobody }) };
      if (isRoot && !(await mayStart(options))) {
        test.skip('root may read everything, and another user cannot start the command from here');
      }
      const { code, stdout, stderr } = await rockpool(['extract', '.', '--css', 'h1'], options);
      chmodSync(path.join(folder, 'locked'), 0o755);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '==> a.html <==\nTides\n' });
      expect(stderr).toContain('rockpool: locked: permission denied');
      expect(stderr).toContain('rockpool: locked.html: permission denied');
    },
  );
});

describe('wrong usage', () => {
  it.each([
    ['no input', ['extract'], "missing required argument 'inputs'"],
    ['an unknown command', ['extrakt'], '(Did you mean extract?)'],
    ['an unknown option', ['extract', 'a', '--jsn'], '(Did you mean --json?)'],
    [
      'an invalid selector',
      ['extract', 'a', '--css', 'h1['],
      'Invalid CSS selector "h1[" at position',
    ],
    ['an invalid pattern', ['extract', 'a', '--regex', '(a'], 'Invalid pattern "(a" of "--regex"'],
    [
      'a pattern without a linear form',
      ['extract', 'a', '--regex', '(?=a)'],
      'leaves out lookarounds and backreferences',
    ],
    ['a charset there is not', ['extract', 'a', '--encoding', 'klingon'], 'no such charset'],
    [
      'a timeout without a unit',
      ['extract', 'a', '--timeout', '30'],
      'Expected a duration with its unit',
    ],
    ['two formats', ['extract', 'a', '--json', '--text'], "cannot be used with option '--text'"],
    ['nothing at all', [], 'Usage: rockpool'],
  ])('exits with 2 for %s, reads nothing and says what to do', async (_what, args, message) => {
    const { code, stdout, stderr } = await runHere(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('    at ');
  });

  it('ends the process with the exit code', async () => {
    const { code, stdout, stderr } = await rockpool(['extract', 'a', '--css', 'h1[']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^rockpool: Invalid CSS selector .*\n$/);
  });

  it('gives help and version on stdout with 0', async () => {
    const help = await runHere(['extract', '--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const option of ['--css', '--regex', '--concurrency', '--max-bytes', '--timeout']) {
      expect(help.stdout).toContain(option);
    }
    const version = await runHere(['--version']);
    expect(version).toMatchObject({ code: 0, stderr: '' });
    expect(version.stdout).toMatch(/^rockpool \d+\.\d+\.\d+\n$/);
  });
});
