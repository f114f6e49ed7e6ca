import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { reasonOf, systemClock } from '@rockpool/core';
import { EventBus } from '@rockpool/events';
import { type Configuration, createExtractionPool, ExtractionPool } from '@rockpool/extraction';
import { Cockpit } from '../cockpit/cockpit.js';
import { DemoLoad, type DemoPage, demoBuffers } from '../demo/demo-load.js';
import { FlakyPath } from '../demo/flaky-path.js';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { CockpitServer } from '../http/server.js';
import { Interruption } from '../interruption.js';
import { pageFolders } from '../repository.js';
import type { Terminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';
import { readConfiguration, type SettingsOptions } from './config.js';

/** What `rockpool serve` takes. */
export interface ServeOptions extends SettingsOptions {
  readonly host: string;
  readonly port: number;
  readonly component?: string;
  readonly actions?: boolean;
  readonly allowedHost: readonly string[];
  readonly demo?: boolean;
}

/** What is served, and how it ends. */
interface Service {
  readonly cockpit: Cockpit;
  readonly stop: () => Promise<void>;
}

/**
 * Serves until it is interrupted; an orderly end is a success.
 * @throws UsageError when the settings cannot be used, or the address cannot be listened on
 */
export async function serve(options: ServeOptions, terminal: Terminal): Promise<ExitCode> {
  const configuration = await readConfiguration(options, terminal);
  const say = (text: string): void => void terminal.stderr.write(`rockpool: ${text}\n`);
  const service = await (options.demo === true
    ? demonstration(options, configuration)
    : plainService(options, configuration));
  using interruption = new Interruption(terminal, {
    onStop: () => say('stopping: requests that are being answered are finished first'),
    beforeExit: () => {},
  });
  try {
    const server = await listen(service.cockpit, options, terminal, say);
    say(`dashboard at ${server.url}/, metrics at ${server.url}/metrics`);
    if (!interruption.signal.aborted) await once(interruption.signal, 'abort');
    await server.close();
  } finally {
    await service.stop();
  }
  return exitCodes.ok;
}

async function listen(
  cockpit: Cockpit,
  { host, port, allowedHost, actions }: ServeOptions,
  terminal: Terminal,
  say: (text: string) => void,
): Promise<CockpitServer> {
  const actionsToken = actions === true ? tokenFor(terminal, say) : undefined;
  try {
    return await CockpitServer.start(cockpit, {
      host,
      port,
      allowedHosts: allowedHost,
      actionsToken,
    });
  } catch (error) {
    throw new UsageError(`cannot serve on ${host}:${port}: ${reasonOf(error)}`);
  }
}

/** From the environment and not from the command line, which others on the machine can read. */
function tokenFor(terminal: Terminal, say: (text: string) => void): string {
  const given = terminal.env['ROCKPOOL_TOKEN'];
  if (given !== undefined && given !== '') return given;
  const token = randomBytes(24).toString('base64url');
  say(`ROCKPOOL_TOKEN is not set; the token for actions is ${token}`);
  return token;
}

async function plainService(
  { component }: ServeOptions,
  configuration: Configuration,
): Promise<Service> {
  const bus = new EventBus({ source: 'rockpool' });
  const extraction = createExtractionPool({
    bus,
    configuration,
    ...(component !== undefined && { component: path.resolve(component) }),
  });
  const cockpit = new Cockpit({ extraction, bus });
  return {
    cockpit,
    async stop() {
      await extraction.close();
      await bus.close();
    },
  };
}

async function demonstration(
  { component }: ServeOptions,
  configuration: Configuration,
): Promise<Service> {
  const bus = new EventBus({ source: 'rockpool' });
  const inner = new ExtractionPool({
    name: 'demo:first',
    ...(component !== undefined && { component: path.resolve(component) }),
  });
  const flaky = new FlakyPath(inner);
  const extraction = createExtractionPool({ bus, configuration, primary: () => flaky });
  const buffers = demoBuffers();
  const cockpit = new Cockpit({ extraction, bus, pools: [buffers as never] });
  const pages = await demoPages();
  const load = new DemoLoad({ extraction, path: flaky, buffers, bus, pages, clock: systemClock });
  load.start();
  return {
    cockpit,
    async stop() {
      load.stop();
      await extraction.close();
      await buffers.close();
      await bus.close();
    },
  };
}

/** The sample pages of a checkout; elsewhere one that is made up. */
async function demoPages(): Promise<readonly DemoPage[]> {
  const { samples } = pageFolders();
  if (samples === undefined) {
    const html = Buffer.from(
      '<!doctype html><title>Tides</title><p>Twice a day the bay empties.</p>',
    );
    return [{ html, url: 'https://example.com/tides' }];
  }
  const names = (await readdir(samples)).filter((name) => name.endsWith('.html'));
  return Promise.all(
    names.map(async (name) => ({
      html: await readFile(path.join(samples, name)),
      url: `https://example.com/${name}`,
    })),
  );
}
