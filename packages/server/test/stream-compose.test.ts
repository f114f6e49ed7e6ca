import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { configure } from '@rockpool/pipeline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { runHere } from './in-process.js';

const examples = path.join(import.meta.dirname, '../../../examples/stream');
const text = readFileSync(path.join(examples, 'compose.yaml'), 'utf8');

interface Service {
  readonly image: string;
  readonly user: string;
  readonly command: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes: readonly {
    readonly source: string;
    readonly target: string;
    readonly read_only?: boolean;
    readonly bind: { readonly create_host_path: boolean };
  }[];
  readonly healthcheck: { readonly test: readonly string[] };
  readonly stop_grace_period: string;
  readonly read_only: boolean;
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
}

const { services } = parse(text, { strict: true }) as { services: Record<string, Service> };
const stream = services['stream'] as Service;
const nats = services['nats'] as Service;
const all = Object.entries(services);

/** The words of the command, as the shell would split them. */
const words = (stream.command[0] as string).replace(/ >> .*$/, '').split(/\s+/);

function natsHelp(): string | undefined {
  try {
    return execFileSync('nats-server', ['--help'], { encoding: 'utf8', stdio: 'pipe' });
  } catch {
    return undefined;
  }
}

describe('the compose file', () => {
  it('starts the command with flags that are there, and settings that are good', async () => {
    const [exec, command, ...args] = words;
    expect([exec, path.basename(command as string)]).toEqual(['exec', 'rockpool']);
    const here = args.map((word) => word.replace('/etc/rockpool', examples));
    const { code, stderr } = await runHere([...here, '--check']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('mounts the settings that it names, and makes no folder that is not there', () => {
    const settings = args('--config');
    expect(settings).toHaveLength(1);
    const mounted = stream.volumes.find(({ target }) => target === settings[0]);
    expect(mounted?.read_only).toBe(true);
    expect(existsSync(path.join(examples, mounted?.source as string))).toBe(true);
    const folders = stream.volumes.map(({ target }) => target);
    for (const used of [words[1] as string, /(?<=>> ).*$/.exec(stream.command[0] as string)?.[0]]) {
      expect(folders.some((folder) => used?.startsWith(`${folder}/`))).toBe(true);
    }
    for (const { bind } of all.flatMap(([, { volumes }]) => volumes)) {
      expect(bind.create_host_path).toBe(false);
    }
  });

  it('asks how it is at the port where it answers', async () => {
    const [, node, flag, script = ''] = stream.healthcheck.test;
    expect([node, flag]).toEqual(['node', '-e']);
    const [port = ''] = args('--metrics-port');
    expect(script).toContain(`http://127.0.0.1:${port}/readyz`);
    let answer = 200;
    const server = createServer((_request, response) => response.writeHead(answer).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const own = String((server.address() as AddressInfo).port);
    const run = promisify(execFile);
    const asked = () => run(process.execPath, ['-e', script.replace(port, own)]);
    await asked();
    answer = 503;
    await expect(asked()).rejects.toMatchObject({ code: 1 });
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
    await expect(asked()).rejects.toMatchObject({ code: 1 });
  });

  it('waits for a shutdown longer than it may take', () => {
    const seconds = Number(/^(\d+)s$/.exec(stream.stop_grace_period)?.[1]);
    expect(seconds * 1_000).toBeGreaterThan(configure({}).config.shutdown.timeoutMs);
  });

  it.each(all)('lets %s do no more than it has to', (_, service) => {
    // Official images have no owner in their name.
    expect(service.image).toMatch(/^[a-z]+:\d[\w.-]+$/);
    expect(service.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(service.read_only).toBe(true);
    expect(service.cap_drop).toEqual(['ALL']);
    expect(service.security_opt).toContain('no-new-privileges:true');
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  // Where nats-server is not installed, its flags are not known.
  const help = natsHelp();
  it.skipIf(help === undefined)('starts NATS with flags that are there', () => {
    const flags = nats.command.filter((word) => word.startsWith('--'));
    expect(flags.filter((flag) => !help?.includes(flag))).toEqual([]);
  });
});

/** What follows a flag of the command. */
function args(flag: string): string[] {
  return words.flatMap((word, at) => (word === flag ? [words[at + 1] as string] : []));
}
