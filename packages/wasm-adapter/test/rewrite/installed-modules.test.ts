import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { analyseModule, RewriteError, rewriteModule } from '../../src/rewrite/index.js';
import { installedModules } from '../support/modules.js';

/** Modules beyond this many bytes take seconds each; all of them are tried with ROCKPOOL_ALL_MODULES=1. */
const mostBytes =
  process.env['ROCKPOOL_ALL_MODULES'] === '1' ? Number.POSITIVE_INFINITY : 1_000_000;

/** An epoch is a second memory, which V8 has from version 12 on. */
const meterings = WebAssembly.validate(
  Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 5, 2, 0, 0, 0, 0),
)
  ? (['metered', 'epoch'] as const)
  : (['metered'] as const);

const isComponent = (bytes: Uint8Array): boolean => bytes[6] === 1;

it('rewrites every core module found in node_modules into a valid one', () => {
  const seen = new Set<string>();
  const refused: string[] = [];
  let rewritten = 0;
  for (const { name, bytes } of installedModules()) {
    const hash = createHash('sha256').update(bytes).digest('hex');
    if (
      bytes.length > mostBytes ||
      seen.has(hash) ||
      isComponent(bytes) ||
      !WebAssembly.validate(bytes)
    )
      continue;
    seen.add(hash);
    try {
      for (const metering of meterings) {
        const result = rewriteModule(bytes, { metering, memory: 'virtual', state: 'restorable' });
        const valid = WebAssembly.validate(new Uint8Array(result.bytes));
        expect(valid, `${name}, ${metering}`).toBe(true);
      }
      rewritten += 1;
    } catch (error) {
      if (!(error instanceof RewriteError)) throw error;
      expect(error.refusal, `${name}: ${error.message}`).toBe('unsupported');
      refused.push(`${name}: ${error.message}`);
    }
  }
  expect(rewritten).toBeGreaterThan(8);
  expect(refused.length, refused.join('\n')).toBeLessThan(rewritten / 4);
}, 240_000);

it('refuses to rewrite what it rewrote before', () => {
  const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 3, 1, 0, 1);
  const once = rewriteModule(empty, { state: 'restorable' });
  expect(once.manifest.memories).toHaveLength(1);
  expect(() => analyseModule(once.bytes)).toThrow(/rewritten before/);
});
