import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = path.join(root, 'examples');
const examples = readdirSync(folder).filter((name) => name.endsWith('.ts'));
const run = promisify(execFile);

describe('the examples', () => {
  it.concurrent.for(examples)(
    '%s prints what it says, warns of nothing and lets its process end',
    { timeout: 60_000 },
    async (name) => {
      const { stdout, stderr } = await run(
        process.execPath,
        ['--conditions=@rockpool/source', '--import', 'tsx', path.join(folder, name)],
        { cwd: root, timeout: 50_000, env: { ...process.env, NODE_OPTIONS: '' } },
      );
      expect(stdout.trimEnd()).toBe(claimedBy(name));
      expect(stderr).toBe('');
    },
  );

  it('are all in their table', () => {
    const table = readFileSync(path.join(folder, 'README.md'), 'utf8');
    expect(examples.filter((name) => !table.includes(`| [${name}](${name}) |`))).toEqual([]);
  });
});

/** What stands below `// Prints:` at the end of an example. */
function claimedBy(name: string): string {
  const text = readFileSync(path.join(folder, name), 'utf8');
  const claim = text.split('\n// Prints:\n')[1];
  if (claim === undefined) throw new Error(`${name} does not say what it prints`);
  return claim.trimEnd().replaceAll(/^\/\/ /gm, '');
}
