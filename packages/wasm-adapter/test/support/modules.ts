import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../..', import.meta.url));

/** Every .wasm file below node_modules, links followed once, with its content. */
export function* installedModules(): Generator<{ name: string; bytes: Uint8Array<ArrayBuffer> }> {
  const seen = new Set<string>();
  for (const path of walk(join(root, 'node_modules', '.pnpm'))) {
    const real = realpathSync(path);
    if (seen.has(real)) continue;
    seen.add(real);
    yield { name: real.slice(root.length), bytes: new Uint8Array(readFileSync(real)) };
  }
}

function* walk(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else if (entry.name.endsWith('.wasm') && statSync(path, { throwIfNoEntry: false })?.isFile()) {
      yield path;
    }
  }
}
