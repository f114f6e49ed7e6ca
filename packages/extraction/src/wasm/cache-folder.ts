import { homedir } from 'node:os';
import path from 'node:path';

/** Where a process runs: what decides which folder its system gives for caches. */
export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Asked only where no variable decides; throws where the user has no home. */
  readonly home: () => string;
}

/**
 * The folder for what may be deleted at any time: `XDG_CACHE_HOME` where it is set, `%LOCALAPPDATA%` on Windows,
 * `~/Library/Caches` on macOS, else `~/.cache`; in each of them `rockpool`. `undefined` for a user without a home.
 */
export function cacheFolder(
  { platform, env, home }: Surroundings = {
    platform: process.platform,
    env: process.env,
    home: homedir,
  },
): string | undefined {
  const { join, isAbsolute } = platform === 'win32' ? path.win32 : path.posix;
  const given = [env['XDG_CACHE_HOME'], platform === 'win32' ? env['LOCALAPPDATA'] : undefined];
  // The XDG specification says to ignore a path that is relative: it would mean another folder in each process.
  const base = given.find((each) => each !== undefined && isAbsolute(each));
  if (base !== undefined) return join(base, 'rockpool');
  let own: string;
  try {
    own = home();
  } catch {
    // A user without an entry and without HOME: nothing can be kept for them, and nothing is wrong with that.
    return undefined;
  }
  if (!isAbsolute(own)) return undefined;
  if (platform === 'win32') return join(own, 'AppData', 'Local', 'rockpool');
  if (platform === 'darwin') return join(own, 'Library', 'Caches', 'rockpool');
  return join(own, '.cache', 'rockpool');
}
