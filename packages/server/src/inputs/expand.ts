import { stat } from 'node:fs/promises';
import path from 'node:path';
import { findPages, hasGlob, matchGlob, type Unreadable } from './find.js';
import { fileProblem, InputProblem } from './problem.js';
import type { Source } from './source.js';

/** What the arguments stand for. */
export interface Expansion {
  /** In the order of the arguments, each once; what a folder or pattern stands for sorted by name. */
  readonly sources: readonly Source[];
  readonly refused: readonly Refused[];
}

/** An argument, or a folder below one, that cannot be processed. */
export interface Refused {
  readonly name: string;
  readonly problem: InputProblem;
}

/** Finds the pages that files, folders, glob patterns, URLs and `-` stand for. Nothing is read or fetched yet. */
export async function expandInputs(inputs: readonly string[]): Promise<Expansion> {
  const sources = new Map<string, Source>();
  const refused: Refused[] = [];
  for (const input of inputs) {
    try {
      const found = await expandOne(input, (name, error) => {
        refused.push({ name, problem: fileProblem(error) });
      });
      for (const source of found)
        if (!sources.has(keyOf(source))) sources.set(keyOf(source), source);
    } catch (error) {
      if (!(error instanceof InputProblem)) throw error;
      refused.push({ name: input, problem: error });
    }
  }
  return { sources: [...sources.values()], refused };
}

async function expandOne(input: string, onUnreadable: Unreadable): Promise<readonly Source[]> {
  if (input === '-') return [{ kind: 'stdin', name: '-' }];
  if (input === '')
    throw new InputProblem(
      'ERR_INPUT_MISSING',
      'is empty: expected a file, folder, pattern or URL',
    );
  // Not `C:\pages`: a drive has no `//` behind it.
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(input)?.[1]?.toLowerCase();
  if (scheme !== undefined) return [urlSource(input, scheme)];
  const kind = await kindOf(input);
  if (kind === 'file') return [fileSource(input)];
  return filesOf(input, kind, onUnreadable);
}

async function filesOf(
  input: string,
  kind: 'folder' | 'pattern',
  onUnreadable: Unreadable,
): Promise<readonly Source[]> {
  let unreadable = 0;
  const report: Unreadable = (name, error) => {
    unreadable += 1;
    onUnreadable(name, error);
  };
  const files = kind === 'folder' ? await findPages(input, report) : await matchGlob(input, report);
  // A folder that could not be looked into has been reported: that it seems empty is no news.
  if (files.length > 0 || unreadable > 0) return files.map(fileSource);
  throw kind === 'folder'
    ? new InputProblem('ERR_INPUT_NO_PAGES', 'is a folder without pages (*.html, *.htm, *.xhtml)')
    : new InputProblem('ERR_INPUT_NO_MATCH', 'matches no file');
}

/** A file that has the characters of a pattern in its name is that file. */
async function kindOf(input: string): Promise<'file' | 'folder' | 'pattern'> {
  try {
    return (await stat(input)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    if (hasGlob(input)) return 'pattern';
    throw fileProblem(error);
  }
}

function urlSource(input: string, scheme: string): Source {
  if (scheme !== 'http' && scheme !== 'https') {
    throw new InputProblem(
      'ERR_INPUT_URL',
      `only http and https URLs can be fetched, not ${scheme}`,
    );
  }
  if (!URL.canParse(input)) throw new InputProblem('ERR_INPUT_URL', 'is not a valid URL');
  const url = new URL(input);
  if (url.username !== '' || url.password !== '') {
    // The name must not show the password.
    throw new InputProblem('ERR_INPUT_URL', 'credentials in a URL are not supported');
  }
  return { kind: 'url', name: input, url };
}

const fileSource = (file: string): Source => ({
  kind: 'file',
  name: file,
  path: path.resolve(file),
});

function keyOf(source: Source): string {
  switch (source.kind) {
    case 'file':
      return source.path;
    case 'url':
      return source.url.href;
    case 'stdin':
      return '-';
  }
}
