import type { OpenSubject, Setup, Subject } from './subject.js';

/** Every pool by its name; each is loaded only in the process that measures it. */
const subjects = {
  floor: async () => (await import('./floor.js')).openFloor as OpenSubject,
  rockpool: async () => (await import('./rockpool.js')).openRockpool('default'),
  'rockpool, counters only': async () => (await import('./rockpool.js')).openRockpool('counters'),
  'rockpool, exact': async () => (await import('./rockpool.js')).openRockpool('exact'),
  'rockpool, listeners': async () => (await import('./rockpool.js')).openRockpool('listening'),
  'generic-pool': async () => (await import('./generic-pool.js')).openGenericPool as OpenSubject,
  tarn: async () => (await import('./tarn.js')).openTarn as OpenSubject,
  'sequelize-pool': async () =>
    (await import('./sequelize-pool.js')).openSequelizePool as OpenSubject,
  'lightning-pool': async () =>
    (await import('./lightning-pool.js')).openLightningPool as OpenSubject,
  'pg-pool': async () => (await import('./pg-pool.js')).openPgPool as OpenSubject,
  effect: async () => (await import('./effect.js')).openEffect as OpenSubject,
  'async-sema': async () => (await import('./async-sema.js')).openAsyncSema as OpenSubject,
} as const;

export type SubjectName = keyof typeof subjects;

export const SUBJECT_NAMES = Object.keys(subjects) as readonly SubjectName[];

export async function openSubject(name: SubjectName, setup: Setup): Promise<Subject> {
  const open = await subjects[name]();
  return open(setup);
}
