import { POOL_EVENT_NAMES } from '@rockpool/core';
import { describe, expect, it } from 'vitest';
import { unionOf } from './support/declarations.js';
import { GENERATED, withPart } from './support/generated.js';
import { headingsOf, pageAt, tableUnder } from './support/pages.js';

describe('the parts of the documentation that have a source in the code', () => {
  it.each(GENERATED)('$page: $name is what the code says', (part) => {
    const { text } = pageAt(part.page);
    expect(
      text === withPart(text, part),
      `${part.page} is stale; run: npx pnpm --filter @rockpool/test docs:write`,
    ).toBe(true);
  });

  it('names each place of a generated part once', () => {
    const named = GENERATED.map(({ page, name }) => `${page} ${name}`);
    const placed = [...new Set(GENERATED.map(({ page }) => page))].flatMap((page) =>
      [...pageAt(page).text.matchAll(/<!-- begin generated: ([\w-]+) -->/g)].map(
        ([, name]) => `${page} ${name}`,
      ),
    );
    expect(placed.sort()).toEqual(named.sort());
  });

  it('notices a generated part that somebody has edited', () => {
    const [part] = GENERATED;
    const { text } = pageAt(part!.page);
    const edited = text.replace('`max`', '`maximum`');
    expect(edited).not.toBe(text);
    expect(withPart(edited, part!)).toBe(text);
  });
});

describe('lists that are written by hand', () => {
  it('docs/errors.md has one section for each code of the pool', () => {
    const codes = unionOf('packages/core/src/errors.ts', 'PoolErrorCode');
    const sections = headingsOf(pageAt('docs/errors.md'), 2).filter((each) =>
      each.startsWith('ERR_'),
    );
    expect(sections).toEqual(codes);
  });

  it('docs/errors.md names a cause, an example and a remedy under each code', () => {
    const { text } = pageAt('docs/errors.md');
    const incomplete = text
      .split(/^## /m)
      .filter((section) => section.startsWith('ERR_'))
      .filter(
        (section) =>
          !(
            section.includes('**Cause.**') &&
            section.includes('**What to do.**') &&
            section.includes('```ts')
          ),
      )
      .map((section) => section.split('\n')[0]);
    expect(incomplete).toEqual([]);
  });

  it('docs/wasm.md lists every code of the errors of guests', () => {
    const codes = unionOf('packages/wasm-adapter/src/errors.ts', 'WasmErrorCode');
    const listed = tableUnder(pageAt('docs/wasm.md'), 'Errors').map(([code]) => code);
    expect(listed).toEqual(codes);
  });

  it('docs/events.md lists every event of the pool', () => {
    const listed = tableUnder(pageAt('docs/events.md'), 'The events').map(([name]) => name);
    expect(listed).toEqual([...POOL_EVENT_NAMES]);
  });
});
