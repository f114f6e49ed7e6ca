import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { systemClock } from '@rockpool/core';
import { EventBus } from '@rockpool/events';
import { type Configuration, createExtractionPool, ExtractionPool } from '@rockpool/extraction';
import { Cockpit } from '../cockpit/cockpit.js';
import type { Service } from '../cockpit/service.js';
import { pageFolders } from '../repository.js';
import { DemoLoad, type DemoPage, demoBuffers } from './demo-load.js';
import { FlakyPath } from './flaky-path.js';
import type { DemoScript } from './script.js';

/** What is demonstrated. */
export interface DemonstrationOptions {
  readonly configuration: Configuration;
  /** The path of an extractor component that reads pages first. */
  readonly component?: string | undefined;
  readonly script: DemoScript;
}

/** A cockpit over real pools, with a load of its own that runs into troubles by a script. */
export async function openDemonstration({
  configuration,
  component,
  script,
}: DemonstrationOptions): Promise<Service> {
  const bus = new EventBus({ source: 'rockpool' });
  const inner = new ExtractionPool({
    name: 'demo:first',
    ...(component !== undefined && { component }),
  });
  const flaky = new FlakyPath(inner);
  const extraction = createExtractionPool({ bus, configuration, primary: () => flaky });
  const buffers = demoBuffers(script);
  const cockpit = new Cockpit({ extraction, bus, pools: [buffers as never] });
  const pages = await demoPages();
  const clock = systemClock;
  const load = new DemoLoad({ extraction, path: flaky, buffers, bus, pages, script, clock });
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
export async function demoPages(): Promise<readonly DemoPage[]> {
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
