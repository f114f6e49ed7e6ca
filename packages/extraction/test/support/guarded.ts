import { ManualClock } from '@rockpool/core/testing';
import { afterEach } from 'vitest';
import {
  createExtractionPool,
  type ExtractionPool,
  type ExtractionPoolOptions,
} from '../../src/index.js';
import { ScriptedPath } from './scripted-path.js';

/** Closed after each test. */
export const open: ExtractionPool[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((pool) => pool.close()));
});

/** A pool whose primary path does what a test says; native extractors stand behind it. */
export function guarded(options: ExtractionPoolOptions & { readonly path?: ScriptedPath } = {}) {
  const { path = new ScriptedPath(), ...rest } = options;
  const clock = new ManualClock();
  const pool = createExtractionPool({ primary: () => path, clock, ...rest });
  open.push(pool);
  return { pool, path, clock };
}
