import nodeFs from 'node:fs';
import path from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';

/** Told of every folder that cannot be looked into. */
export type Unreadable = (name: string, error: Error) => void;

/** All pages below a folder, sorted, named as the folder was. Links to folders are not followed. */
export async function findPages(folder: string, onUnreadable: Unreadable): Promise<string[]> {
  const found = await glob('**/*.{html,htm,xhtml}', {
    cwd: folder,
    caseSensitiveMatch: false,
    followSymbolicLinks: false,
    expandDirectories: false,
    fs: watched(onUnreadable),
  });
  return found.sort().map((file) => path.join(folder, file));
}

/** The files that a pattern matches, sorted. */
export async function matchGlob(pattern: string, onUnreadable: Unreadable): Promise<string[]> {
  const found = await glob(globOf(pattern, path.sep), {
    absolute: path.isAbsolute(pattern),
    expandDirectories: false,
    fs: watched(onUnreadable),
  });
  return found.sort().map((file) => path.normalize(file));
}

/** Whether an argument has the characters of a pattern. The shell of Windows leaves patterns to the program. */
export const hasGlob = (input: string): boolean => isDynamicPattern(globOf(input, path.sep));

/** Patterns are written with slashes; on Windows people, and its completion, write backslashes. */
export const globOf = (input: string, separator: string): string =>
  separator === '\\' ? input.replaceAll('\\', '/') : input;

/** The file system, with an eye on the folders that the search would skip in silence. */
function watched(onUnreadable: Unreadable): Pick<typeof nodeFs, 'readdir'> {
  const readdir = (
    folder: string,
    options: { withFileTypes: true },
    callback: (error: NodeJS.ErrnoException | null, entries: nodeFs.Dirent[]) => void,
  ): void => {
    nodeFs.readdir(folder, options, (error, entries) => {
      // A pattern may name a folder that is not there: that it matches nothing is told elsewhere.
      if (error !== null && error.code !== 'ENOENT' && error.code !== 'ENOTDIR') {
        onUnreadable(path.relative('', folder) || '.', error);
      }
      callback(error, entries);
    });
  };
  return { readdir: readdir as typeof nodeFs.readdir };
}
