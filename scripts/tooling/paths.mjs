import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Where stamps, locks and test counts live; never committed. */
export const stateFolder = path.join(root, '.rockpool');

export const fromRoot = (...parts) => path.join(root, ...parts);

export const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** The script behind a command of a root dependency, to be run by `node` without a shell. */
export const binOf = (dependency, command = dependency) => {
  const folder = fromRoot('node_modules', dependency);
  const { bin } = readJson(path.join(folder, 'package.json'));
  return path.join(folder, typeof bin === 'string' ? bin : bin[command]);
};
