import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { reasonOf } from '@rockpool/core';
import { EventBus } from '@rockpool/events';
import { type Configuration, createExtractionPool } from '@rockpool/extraction';
import { Cockpit } from '../cockpit/cockpit.js';
import type { Service } from '../cockpit/service.js';
import { openDemonstration } from '../demo/demonstration.js';
import { LEISURELY } from '../demo/script.js';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { CockpitServer } from '../http/server.js';
import { Interruption } from '../interruption.js';
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

/**
 * Serves until it is interrupted; an orderly end is a success.
 * @throws UsageError when the settings cannot be used, or the address cannot be listened on
 */
export async function serve(options: ServeOptions, terminal: Terminal): Promise<ExitCode> {
  const configuration = await readConfiguration(options, terminal);
  const component = options.component && path.resolve(options.component);
  const say = (text: string): void => void terminal.stderr.write(`rockpool: ${text}\n`);
  if (component !== undefined && !existsSync(component)) {
    say(`${component} is not there: pages are read natively until it is`);
  }
  const service = await (options.demo === true
    ? openDemonstration({ configuration, component, script: LEISURELY })
    : openService(component, configuration));
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
    const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    const hint = taken ? '; --port chooses another one, --port 0 any that is free' : '';
    throw new UsageError(`cannot serve on ${host}:${port}: ${reasonOf(error)}${hint}`);
  }
}

/** What the server takes as a token. */
const LEAST_TOKEN_LENGTH = 16;

/** From the environment and not from the command line, which others on the machine can read. */
function tokenFor(terminal: Terminal, say: (text: string) => void): string {
  const given = terminal.env['ROCKPOOL_TOKEN'];
  if (given !== undefined && given !== '') {
    if (given.length >= LEAST_TOKEN_LENGTH) return given;
    throw new UsageError(
      `ROCKPOOL_TOKEN has ${given.length} characters; a token needs at least ${LEAST_TOKEN_LENGTH}`,
    );
  }
  const token = randomBytes(24).toString('base64url');
  say(`ROCKPOOL_TOKEN is not set; the token for actions is ${token}`);
  return token;
}

async function openService(
  component: string | undefined,
  configuration: Configuration,
): Promise<Service> {
  const bus = new EventBus({ source: 'rockpool' });
  const extraction = createExtractionPool({
    bus,
    configuration,
    ...(component !== undefined && { component }),
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
