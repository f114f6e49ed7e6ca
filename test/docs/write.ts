/** Writes the generated parts of the documentation: `npx pnpm --filter @rockpool/test docs:write`. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { GENERATED, withPart } from './support/generated.js';
import { root } from './support/pages.js';

for (const part of GENERATED) {
  const file = path.join(root, part.page);
  const before = readFileSync(file, 'utf8');
  const after = withPart(before, part);
  if (after === before) continue;
  writeFileSync(file, after);
  console.error(`${part.page}: wrote ${part.name}`);
}
