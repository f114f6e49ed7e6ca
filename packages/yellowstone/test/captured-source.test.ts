import { pipeline, RuntimeError } from '@rockpool/pipeline';
import { describe, expect, it } from 'vitest';
import {
  addressOf,
  type BlockMetaUpdate,
  instructionParser,
  yellowstoneRuntime,
} from '../src/index.js';
import { capturedSource, generateChain, writeCapture } from '../src/testing/index.js';

const SYSTEM = addressOf(new Uint8Array(32));
const chain = generateChain({ seed: 8, slots: 12, skippedShare: 0 });
const capture = writeCapture(chain.map(({ body }) => body));

async function read(bytes: Uint8Array) {
  const [slots, transfers, endpoints]: [bigint[], string[], string[]] = [[], [], []];
  const runtime = await yellowstoneRuntime()
    .source(capturedSource(bytes, 'the file'))
    .blockMeta(
      pipeline(
        { id: 'metas', kind: 'blockMeta' as const, parse: ({ slot }: BlockMetaUpdate) => slot },
        [{ name: 'note', handle: (slot) => void slots.push(slot) }],
      ),
    )
    .instruction(
      pipeline(
        instructionParser({
          id: 'transfers',
          program: SYSTEM,
          parse: ({ transaction }) => addressOf(transaction.signature),
        }),
        [{ name: 'note', handle: (name) => void transfers.push(name) }],
      ),
    )
    .build();
  runtime.on('connected', ({ endpoint }) => endpoints.push(endpoint));
  const exit = await runtime.run().catch((error: unknown) => error);
  return { exit, slots, transfers, endpoints, stats: runtime.stats() };
}

describe('a captured source', () => {
  it('gives each pipeline what it asked for, and comes to its end', async () => {
    const { exit, slots, transfers, endpoints, stats } = await read(capture);
    expect(exit).toEqual({ type: 'completed' });
    expect(slots).toEqual(Array.from({ length: 12 }, (_, index) => BigInt(1_000 + index)));
    expect(new Set(transfers).size).toBe(12 * 5);
    expect(endpoints).toEqual(['the file']);
    expect(stats.input).toMatchObject({ received: 12 + 12 * 5, unrouted: 0, decodeErrors: 0 });
  });

  it('hands over what stands before the place where it is broken', async () => {
    const { exit, slots } = await read(capture.subarray(0, -1));
    expect(RuntimeError.is(exit, 'ERR_PIPELINE_CONNECTION')).toBe(true);
    expect(String(exit)).toContain('the capture ends within the message at');
    expect(slots).toHaveLength(12);
  });
});
