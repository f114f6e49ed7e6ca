import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fromRoot } from './paths.mjs';
import { pinnedPnpm, runPnpm } from './pnpm.mjs';
import { readStamp, writeStamp } from './stamp.mjs';
import { step } from './steps.mjs';

/** Installs the locked dependencies, unless the last install was for this lockfile and this Node. */
export const ensureInstalled = async () => {
  const key = installKey();
  const present = existsSync(fromRoot('node_modules', '.modules.yaml'));
  if (present && readStamp('install')?.key === key) return;
  await step(`installing dependencies with ${pinnedPnpm}`, () =>
    runPnpm(['install', '--frozen-lockfile', ...againstUserSettings]),
  );
  writeStamp('install', { key });
};

const installKey = () => {
  const hash = createHash('sha256');
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml'])
    hash.update(readFileSync(fromRoot(file)));
  const nodeMajor = process.versions.node.split('.')[0];
  return `${hash.digest('hex')} node${nodeMajor} ${process.platform}-${process.arch}`;
};

/** What somebody's own `.npmrc` must not decide for this workspace. */
const againstUserSettings = [
  '--prod=false',
  '--config.optional=true',
  '--config.confirm-modules-purge=false',
  '--config.auto-install-peers=true',
  '--config.exclude-links-from-lockfile=false',
  '--config.shared-workspace-lockfile=true',
  '--config.lockfile=true',
  '--config.recursive-install=true',
  '--config.node-linker=isolated',
  '--config.symlink=true',
  '--config.engine-strict=false',
];
