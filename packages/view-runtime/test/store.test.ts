import { readdirSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type KeyValueStore,
  LmdbStore,
  MemoryStore,
  rootOfEntries,
  verifyProof,
} from '../src/index.js';
import { bytes, entry, hashFor, hex, text } from './support/bytes.js';
import { temporaryFolder } from './support/folders.js';

const stores: readonly (readonly [string, () => KeyValueStore])[] = [
  ['in memory', () => new MemoryStore()],
  ['on lmdb', () => closedAtTheEnd(new LmdbStore(temporaryFolder()))],
];

function closedAtTheEnd<Store extends KeyValueStore>(store: Store): Store {
  onTestFinished(() => store.close());
  return store;
}

describe.each(stores)('a store %s', (_, makeStore) => {
  it('gives each height the value that was the newest then', () => {
    const store = makeStore();
    store.commit({ height: 5, hash: hashFor(5), entries: [entry('a', 'five'), entry('b', 'x')] });
    store.commit({ height: 6, hash: hashFor(6), entries: [] });
    store.commit({ height: 7, hash: hashFor(7), entries: [entry('a', 'seven')] });
    store.commit({ height: 8, hash: hashFor(8), entries: [entry('a', 'eight')] });
    const seen = [4, 5, 6, 7, 8, 9, 0xffff_ffff].map((height) =>
      text(store.get(bytes('a'), height)),
    );
    expect(seen).toEqual([undefined, 'five', 'five', 'seven', 'eight', 'eight', 'eight']);
    expect(text(store.get(bytes('b'), 8))).toBe('x');
    expect(store.get(bytes('c'), 8)).toBeUndefined();
  });

  it('keeps its own copy of what it is given', () => {
    const store = makeStore();
    const value = Buffer.from('abc');
    const hash = Buffer.from(hashFor(0));
    store.commit({ height: 0, hash, entries: [{ key: bytes('a'), value }] });
    value.fill(0);
    hash.fill(0xff);
    expect(text(store.get(bytes('a'), 0))).toBe('abc');
    expect(hex(store.blockHash(0))).toBe(hex(hashFor(0)));
  });

  it('tells an empty value from none', () => {
    const store = makeStore();
    store.commit({ height: 0, hash: hashFor(0), entries: [entry('a', '')] });
    expect(store.get(bytes('a'), 0)).toHaveLength(0);
    expect(store.get(bytes('b'), 0)).toBeUndefined();
  });

  it('takes the last of two values for one key in a block', () => {
    const store = makeStore();
    store.commit({ height: 0, hash: hashFor(0), entries: [entry('a', '1'), entry('a', '2')] });
    expect(text(store.get(bytes('a'), 0))).toBe('2');
    expect(store.statistics()).toMatchObject({ keys: 1, versions: 1 });
  });

  it('keeps keys apart that are prefixes of each other, empty, long or full of zeros', () => {
    const store = makeStore();
    const keys = [
      '',
      '\0',
      'a',
      'a\0',
      'a\0\0\0\0\0',
      'ab',
      'x'.repeat(512),
      'x'.repeat(513),
      'x'.repeat(5_000),
    ];
    for (let height = 0; height < 3; height++) {
      const entries = keys.map((key, index) => entry(key, `${index}@${height}`));
      store.commit({ height, hash: hashFor(height), entries });
    }
    for (let height = 0; height < 3; height++) {
      const seen = keys.map((key) => text(store.get(bytes(key), height)));
      expect(seen).toEqual(keys.map((_key, index) => `${index}@${height}`));
    }
  });

  it('refuses a block that does not follow the tip, and writes nothing of it', () => {
    const store = makeStore();
    store.commit({ height: 3, hash: hashFor(3), entries: [entry('a', '3')] });
    for (const height of [3, 5, 2, -1, 1.5]) {
      const commit = () =>
        store.commit({ height, hash: hashFor(height & 7), entries: [entry('a', 'no')] });
      expect(commit).toThrow(expect.objectContaining({ code: 'ERR_STORE_HEIGHT' }));
    }
    expect(text(store.get(bytes('a'), 99))).toBe('3');
    expect(store.mark()).toMatchObject({ tip: 3, epoch: 1 });
  });

  it('removes the data of the blocks it rolls back, not only their hashes', () => {
    const store = makeStore();
    for (let height = 0; height <= 4; height++) {
      const entries = [entry('a', `a${height}`), entry(`only${height}`, 'x')];
      store.commit({ height, hash: hashFor(height), entries });
    }
    const rootAtTwo = hex(store.stateRoot(2));
    expect(store.rollback(2)).toBe(2);
    expect(text(store.get(bytes('a'), 99))).toBe('a2');
    expect(store.get(bytes('only3'), 99)).toBeUndefined();
    expect(text(store.get(bytes('only2'), 99))).toBe('x');
    expect(store.blockHash(3)).toBeUndefined();
    expect(store.stateRoot(3)).toBeUndefined();
    expect(hex(store.stateRoot(2))).toBe(rootAtTwo);
    expect(store.mark()).toEqual({ tip: 2, epoch: 6, reorganisations: 1, forkHeight: 2 });
    expect(store.statistics()).toMatchObject({ keys: 4, versions: 6 });
  });

  it('counts no reorganisation when there is nothing to roll back', () => {
    const store = makeStore();
    expect(store.rollback(0)).toBe(0);
    store.commit({ height: 0, hash: hashFor(0), entries: [] });
    expect(store.rollback(0)).toBe(0);
    expect(store.mark()).toMatchObject({ epoch: 1, reorganisations: 0 });
  });

  it('can be emptied and filled again from another height', () => {
    const store = makeStore();
    store.commit({ height: 7, hash: hashFor(7), entries: [entry('a', '7')] });
    expect(store.rollback(-1)).toBe(1);
    expect(store.mark()).toMatchObject({ tip: undefined, forkHeight: -1 });
    expect(store.get(bytes('a'), 99)).toBeUndefined();
    store.commit({ height: 2, hash: hashFor(2), entries: [entry('b', '2')] });
    expect(store.mark().tip).toBe(2);
    expect(hex(store.stateRoot(2))).toBe(hex(rootOfEntries([[bytes('b'), bytes('2')]])));
  });

  it('proves against the root of any height what is there and what is not', () => {
    const store = makeStore();
    for (let height = 0; height < 8; height++) {
      const entries = Array.from({ length: 9 }, (_v, i) =>
        entry(`k${(height * 5 + i) % 23}`, `v${height}`),
      );
      store.commit({ height, hash: hashFor(height), entries });
    }
    for (const height of [0, 3, 7]) {
      const root = store.stateRoot(height)!;
      for (let i = 0; i < 26; i++) {
        const key = bytes(`k${i}`);
        const value = store.get(key, height);
        const proof = store.prove(key, height);
        expect(verifyProof(root, key, value, proof)).toBe(true);
        expect(verifyProof(root, key, bytes('forged'), proof)).toBe(false);
        if (value !== undefined) expect(verifyProof(root, key, undefined, proof)).toBe(false);
      }
    }
  });
});

it('indexes of different labels lie apart below one folder, whatever the labels are', () => {
  const folder = path.join(temporaryFolder(), 'data');
  const labels = ['default', '', '.', '..', '../up', 'a/b', 'v1.0', 'überall'];
  for (const [height, label] of labels.entries()) {
    const store = closedAtTheEnd(new LmdbStore(folder, { label }));
    store.commit({ height, hash: hashFor(height), entries: [] });
    expect(store.mark().tip).toBe(height);
  }
  expect(readdirSync(folder)).toHaveLength(labels.length);
  expect(readdirSync(path.dirname(folder))).toEqual(['data']);
});

describe('the stores', () => {
  it('agree with a plain model and with each other after any blocks and reorganisations', () => {
    const key = fc.constantFrom('', 'a', 'b', 'ab', 'c'.repeat(600), 'd', 'e', 'f');
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ write: fc.array(fc.tuple(key, fc.string({ maxLength: 3 }))) }),
      },
      { weight: 1, arbitrary: fc.record({ backBy: fc.integer({ min: 0, max: 6 }) }) },
    );
    const folder = temporaryFolder();
    let run = 0;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 14 }), (steps) => {
        const memory = new MemoryStore();
        const disk = new LmdbStore(folder, { label: `run ${run++}` });
        const model: Map<string, string>[] = [];
        for (const each of steps) {
          if ('write' in each) {
            const height = model.length;
            const entries = each.write.map(([k, v]) => entry(k, v));
            memory.commit({ height, hash: hashFor(height), entries });
            disk.commit({ height, hash: hashFor(height), entries });
            model.push(new Map([...(model.at(-1) ?? []), ...each.write]));
          } else {
            const to = model.length - 1 - each.backBy;
            expect(memory.rollback(to)).toBe(disk.rollback(to));
            model.length = Math.max(0, Math.min(model.length, to + 1));
          }
        }
        expect(memory.mark()).toEqual(disk.mark());
        model.forEach((state, height) => {
          const root = hex(rootOfEntries([...state].map(([k, v]) => [bytes(k), bytes(v)])));
          expect(hex(memory.stateRoot(height))).toBe(root);
          expect(hex(disk.stateRoot(height))).toBe(root);
          for (const name of ['', 'a', 'b', 'ab', 'c'.repeat(600), 'd', 'e', 'f']) {
            expect(text(memory.get(bytes(name), height))).toBe(state.get(name));
            expect(text(disk.get(bytes(name), height))).toBe(state.get(name));
          }
        });
        const { sizeBytes: _m, ...inMemory } = memory.statistics();
        const { sizeBytes: _d, ...onDisk } = disk.statistics();
        expect(inMemory).toEqual(onDisk);
        void disk.close();
      }),
      { numRuns: 40 },
    );
  });
});

describe('the root of the sparse Merkle tree', () => {
  it('depends on the set of keys and values and not on the order or number of writes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ maxLength: 4 }), fc.string({ maxLength: 4 }))),
        (writes) => {
          const store = new MemoryStore();
          writes.forEach(([k, v], height) => {
            store.commit({ height, hash: hashFor(height), entries: [entry(k, v)] });
          });
          const state = [...new Map(writes)].reverse();
          const expected = rootOfEntries(state.map(([k, v]) => [bytes(k), bytes(v)]));
          const root = store.stateRoot(writes.length - 1) ?? new Uint8Array(32);
          expect(hex(root)).toBe(hex(expected));
        },
      ),
    );
  });

  it('is the hash of the leaf for one key, zeros for none, and a known value for two', () => {
    expect(hex(rootOfEntries([]))).toBe('0'.repeat(64));
    // SHA256(01 ‖ "a" ‖ SHA256("1")), computed with another implementation.
    expect(hex(rootOfEntries([[bytes('a'), bytes('1')]]))).toBe(
      '544fea44bf7d2c17fbbe042af7c3f37f45f58724dd71b5d7d571853d821f62ce',
    );
    expect(
      hex(
        rootOfEntries([
          [bytes('a'), bytes('1')],
          [bytes('b'), bytes('2')],
        ]),
      ),
    ).toBe('b461a8aff9e02509a4b0cf1cc25b40feadd470fff79a0a1c4488018de1a7b36a');
  });
});
