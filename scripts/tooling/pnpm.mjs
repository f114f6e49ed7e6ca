import { existsSync } from 'node:fs';
import path from 'node:path';
import { runChild, runNode } from './child.mjs';
import { fromRoot, readJson, root } from './paths.mjs';

/** `pnpm@<version>`, as the root manifest pins it. */
export const pinnedPnpm = readJson(fromRoot('package.json')).packageManager;

/** Runs the pinned pnpm through npm, so that nobody has to install it. */
export const runPnpm = (args, { cwd = root, output = 'collect' } = {}) => {
  const npmScript = findNpm();
  const command = ['exec', '--yes', `--package=${pinnedPnpm}`, '--', 'pnpm', ...args];
  const options = { cwd, output, env: pnpmEnvironment() };
  return npmScript === undefined
    ? // Windows starts `npm.cmd` only through a shell. The arguments are our own literals.
      runChild('npm', command, { ...options, shell: process.platform === 'win32' })
    : runNode([npmScript, ...command], options);
};

const findNpm = () =>
  [
    process.env.npm_execpath,
    path.join(path.dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    path.join(
      path.dirname(process.execPath),
      '..',
      'lib',
      'node_modules',
      'npm',
      'bin',
      'npm-cli.js',
    ),
  ].find((file) => file !== undefined && path.basename(file) === 'npm-cli.js' && existsSync(file));

/**
 * Settings that make sense for an application in production (no development dependencies, no
 * optional ones) or for another command would leave this workspace without its compiler.
 */
const pnpmEnvironment = () => {
  const unwanted =
    /^(NODE_ENV|npm_config_(production|only|omit|include|dev|optional|dry_run|global|location|package_lock|package_lock_only|lockfile|workspaces?|include_workspace_root|if_present))$/i;
  const kept = Object.entries(process.env).filter(([name]) => !unwanted.test(name));
  return { ...Object.fromEntries(kept), CI: 'true' };
};
