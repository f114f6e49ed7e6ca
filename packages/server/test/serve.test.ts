import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { start } from './command.js';
import { runHere } from './in-process.js';

/** Starts the real command on a free port and waits until it serves. */
async function serve(...args: readonly string[]) {
  const running = start(['serve', '--port', '0', ...args]);
  let said = '';
  running.child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await running.said('dashboard at ');
  const [, url = ''] = /dashboard at (http:\S+)\//.exec(said) ?? [];
  return { ...running, url, said: () => said };
}

describe('rockpool serve', () => {
  it('says at once that a component is not there, and reads pages all the same', async () => {
    const { url, child, ended, said } = await serve('--component', 'nowhere.wasm');
    expect(said()).toMatch(/nowhere\.wasm is not there: pages are read natively until it is/);
    const answer = await fetch(`${url}/extract`, {
      method: 'POST',
      headers: { 'content-type': 'text/html' },
      body: '<title>Tides</title><p>Words',
    });
    expect(await answer.json()).toMatchObject({
      title: 'Tides',
      parserMetadata: { fallbackTrigger: 'component' },
    });
    child.kill('SIGINT');
    expect((await ended).code).toBe(0);
  });

  it('refuses a port that is taken, and says how to get another', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const { code, stderr } = await runHere(['serve', '--port', String(port)]);
    await new Promise((resolve) => taken.close(resolve));
    expect(code).toBe(2);
    expect(stderr).toMatch(/EADDRINUSE.*--port 0 any that is free/);
  });

  it('refuses a token that is too short by the name of its variable', async () => {
    const terminal = { env: { ROCKPOOL_TOKEN: 'secret' } };
    const { code, stderr } = await runHere(['serve', '--port', '0', '--actions'], terminal);
    expect(code).toBe(2);
    expect(stderr).toContain('ROCKPOOL_TOKEN has 6 characters; a token needs at least 16');
  });

  it('serves until it is interrupted, and that is a success', async () => {
    const { url, child, ended } = await serve();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    const page = '<title>Tides</title><p>Words';
    const answer = await fetch(`${url}/extract`, {
      method: 'POST',
      headers: { 'content-type': 'text/html' },
      body: page,
    });
    expect(await answer.json()).toMatchObject({ title: 'Tides' });
    expect((await fetch(`${url}/actions/breaker/trip`, { method: 'POST' })).status).toBe(404);
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0, stdout: '' });
  });

  it('makes a load of its own for a demonstration', async () => {
    const { url, child, ended } = await serve('--demo');
    const read = async (): Promise<number> => {
      const snapshot = (await (await fetch(`${url}/api/snapshot`)).json()) as {
        extraction: { metrics: { successfulExtractions: number } };
        pools: { name: string }[];
      };
      expect(snapshot.pools.map(({ name }) => name)).toContain('demo:buffers');
      return snapshot.extraction.metrics.successfulExtractions;
    };
    await expect.poll(read, { timeout: 30_000 }).toBeGreaterThan(10);
    child.kill('SIGINT');
    expect((await ended).code).toBe(0);
  });

  it('tells the token that it made up when there is none', async () => {
    const { url, child, ended, said } = await serve('--actions');
    const [, token = ''] = /the token for actions is (\S+)/.exec(said()) ?? [];
    const answer = await fetch(`${url}/actions/breaker/trip`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    });
    expect(answer.status).toBe(200);
    child.kill('SIGINT');
    await ended;
  });

  it.each([
    [['--port', '99999'], /port from 0 to 65535/],
    [['--port', '0', '--set', 'wasm.maxPoolSize=0'], /wasm\.maxPoolSize is 0/],
    [['--port', '0', '--host', '203.0.113.1'], /cannot serve on 203\.0\.113\.1:0/],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await runHere(['serve', ...args]);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});
