import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandLine, rockpool, start } from './command.js';
import { folderOf, page } from './folder.js';
import { runHere } from './in-process.js';
import { html, webOf } from './web.js';

const isWindows = process.platform === 'win32';
const hasFullDevice = existsSync('/dev/full');
// util-linux's; the `script` of BSD and macOS takes other arguments.
// A variable: as a literal it would be taken for a tool that this package has to declare.
const terminalMaker = 'script';
const hasScript = String(spawnSync(terminalMaker, ['--version']).stdout).includes('util-linux');
const terminalSkip = hasScript
  ? undefined
  : ' (skipped: there is no `script` of util-linux to make a terminal with)';

describe.skipIf(isWindows)('Ctrl-C', () => {
  it('finishes what is running, begins nothing new and exits with 130', async () => {
    let answer = (): void => {};
    const web = await webOf({
      '/slow': (response) => {
        answer = () => response.end(page('Tides'));
      },
      '/next': html(page('never asked for')),
    });
    const urls = [`${web.origin}/slow`, `${web.origin}/next`];
    const { child, ended, said } = start(['extract', ...urls, '--css', 'h1', '--concurrency', '1']);
    await web.requests(1);
    child.kill('SIGINT');
    await said('finishing what is running');
    answer();
    const { code, stdout, stderr } = await ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: `==> ${urls[0]} <==\nTides\n` });
    expect(stderr).toContain('1 page in');
    expect(stderr).toContain('1 not begun');
    expect(web.asked).toEqual(['/slow']);
  });

  it('exits at once when pressed a second time', async () => {
    const web = await webOf({ '/never': () => {} });
    const { child, ended, said } = start(['extract', `${web.origin}/never`, '--timeout', '0']);
    await web.requests(1);
    child.kill('SIGINT');
    await said('once more stops at once');
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ code: 130, stdout: '' });
  });

  it('does not wait for a stdin that goes on, and keeps what was done', async () => {
    const folder = folderOf({ 'a.html': page('Tides') });
    const { child, ended } = start(['extract', 'a.html', '-', '--css', 'h1'], { cwd: folder });
    child.stdin.write('<h1>half a page');
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    const { code, stdout, stderr } = await ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: '==> a.html <==\nTides\n' });
    expect(stderr).toContain('1 not begun');
  });

  it('treats SIGTERM alike and exits with 143', async () => {
    let answer = (): void => {};
    const web = await webOf({
      '/slow': (response) => {
        answer = () => response.end(page('Tides'));
      },
    });
    const { child, ended, said } = start(['extract', `${web.origin}/slow`, '--css', 'h1']);
    await web.requests(1);
    child.kill('SIGTERM');
    await said('finishing what is running');
    answer();
    expect(await ended).toMatchObject({ code: 143, stdout: 'Tides\n' });
  });
});

describe('a reader that has had enough', () => {
  it('ends the work early, quietly and with 0', async () => {
    const count = 60;
    let answerSecond = (): void => {};
    const answers = Object.fromEntries(
      Array.from({ length: count }, (_, at) => [`/${at}`, html(page(`Tide ${at}`))]),
    );
    const web = await webOf({
      ...answers,
      '/1': (response) => {
        answerSecond = () => response.end(page('Tide 1'));
      },
    });
    const urls = Array.from({ length: count }, (_, at) => `${web.origin}/${at}`);
    const { child, ended } = start(['extract', ...urls, '--css', 'h1', '--concurrency', '1']);
    const seen = await once(child.stdout, 'data');
    expect(String(seen[0])).toContain('Tide 0');
    child.stdout.destroy();
    await web.requests(2);
    answerSecond();
    const { code, stderr } = await ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(/^rockpool: \d+ pages in .*, \d+ not begun\n/);
    expect(stderr).not.toContain('EPIPE');
    expect(web.asked.length).toBeLessThan(count);
  });

  it.skipIf(!hasFullDevice)('is told when the results cannot be written', () => {
    const folder = folderOf({ 'a.html': page('Tides') });
    const [node = '', ...rest] = commandLine;
    const shell = '"$@" > /dev/full';
    const args = ['-c', shell, 'sh', node, ...rest, 'extract', 'a.html'];
    const { status, stderr } = spawnSync('sh', args, { cwd: folder, encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/rockpool: the results: cannot be written: .*ENOSPC/);
    expect(stderr).not.toContain('    at ');
  });
});

describe('the progress bar', () => {
  it.skipIf(terminalSkip !== undefined)(
    `is drawn on a terminal, and gone when the work has ended${terminalSkip ?? ''}`,
    () => {
      const folder = folderOf(
        Object.fromEntries(['a', 'b', 'c'].map((name) => [`${name}.html`, page(name)])),
      );
      const command = [...commandLine, 'extract', '.', 'missing.html']
        .map((part) => `'${part}'`)
        .join(' ');
      const result = path.join(folder, 'out.md');
      const shown = execFileSync(
        terminalMaker,
        ['-qec', `${command} > ${result}; echo code $?`, '/dev/null'],
        {
          cwd: folder,
          encoding: 'utf8',
          env: { ...process.env, TERM: 'xterm', COLUMNS: '100' },
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      );
      expect(shown).toMatch(/extracting ─+ 0\/3/);
      expect(shown).toMatch(/extracting ━{24} 3\/3 {2}[abc]\.html/);
      const afterBar = shown.slice(shown.lastIndexOf('extracting'));
      expect(afterBar).toContain('\r\u001b[2Krockpool: 3 pages in ');
      expect(afterBar).toContain(', 1 failed');
      expect(shown).toContain('rockpool: missing.html: no such file or folder');
      expect(shown).toContain('code 1');
      expect(readFileSync(result, 'utf8')).not.toContain('extracting');
    },
  );
});

describe('URLs', () => {
  it('are fetched within their limits, and each failure is told', async () => {
    const big = Buffer.alloc(300_000, 'a');
    const to = (location: string) => (response: ServerResponse) => {
      response.writeHead(302, { location }).end();
    };
    const web = await webOf({
      '/page': html(page('Tides')),
      '/moved': to('/page'),
      '/loop': to('/loop'),
      '/away': to('file:///etc/passwd'),
      '/russian': html(
        Buffer.from('<title>\xcf\xf0\xe8</title><h1>\xcf\xf0\xe8</h1>', 'latin1'),
        'text/html; charset=windows-1251',
      ),
      '/picture': html('x', 'image/png'),
      '/gone': (response) => response.writeHead(410).end('gone'),
      '/declared': (response) => response.writeHead(200, { 'content-length': '300000' }).end(big),
      '/streamed': (response) => {
        response.write(big);
        response.end(big);
      },
      '/silent': () => {},
      '/cut': (response) => {
        response.write('<p>');
        response.socket?.destroy();
      },
    });
    const names = [
      'page',
      'moved',
      'loop',
      'away',
      'russian',
      'picture',
      'gone',
      'declared',
      'streamed',
      'silent',
      'cut',
    ];
    const urls = names.map((name) => `${web.origin}/${name}`);
    const args = [
      '--max-bytes',
      '200kB',
      '--timeout',
      '2s',
      '--json',
      '--css',
      'a.next@href',
      '--css',
      'h1',
    ];
    const { code, stdout, stderr } = await rockpool(['extract', ...urls, ...args]);
    expect(code).toBe(1);
    const found = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(
      found.map(({ input, url, css }) => [path.basename(input), path.basename(url), css.h1[0]]),
    ).toEqual([
      ['page', 'page', 'Tides'],
      ['moved', 'page', 'Tides'],
      ['russian', 'russian', 'При'],
    ]);
    for (const complaint of [
      '/loop: redirects more than 10 times',
      '/away: redirects to a file address; only http and https are followed',
      '/picture: is image/png, not a page',
      '/gone: answered 410 Gone',
      '/declared: has 300 kB, more than the limit of 200 kB',
      '/streamed: is larger than the limit of 200 kB',
      '/silent: did not answer within 2 s; see --timeout',
      '/cut: cannot be fetched: the connection was cut',
    ]) {
      expect(stderr).toContain(complaint);
    }
  });

  it('says so when nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const { code, stderr } = await runHere(['extract', `http://127.0.0.1:${port}/`]);
    expect(code).toBe(1);
    expect(stderr).toContain('cannot be fetched: nobody listens there (connection refused)');
  });
});
