import { fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrame, frameOf, SubscribeUpdateSchema, WireError } from '../src/index.js';
import { generateChain, readCapture, writeCapture } from '../src/testing/index.js';
import { Peek } from '../src/wire/peek.js';
import { WireReader } from '../src/wire/reader.js';
import { WireTransactionSchema } from '../src/wire/update.js';
import { realData } from './support/data.js';
import { EVERYTHING } from './support/decoding.js';
import { updateOfEveryField } from './support/every-field.js';

const capture = realData('live-capture-first-20000.bin');
const transaction = realData('transaction-dp4.bin');
const frames = generateChain({ seed: 3, slots: 12 }).map(({ body }) => body);

describe('the messages of the wire', () => {
  it('come out as they went in, byte for byte, for a generated stream', () => {
    const differing = frames.filter((frame) => !Buffer.from(again(frame)).equals(frame));
    expect(differing).toEqual([]);
  });

  it('have every field under its number, as another implementation writes it', () => {
    for (const { bytes, update } of updateOfEveryField()) {
      expect(fromBinary(SubscribeUpdateSchema, bytes)).toMatchObject(update);
      expect(Buffer.from(again(bytes)).equals(bytes)).toBe(true);
    }
  });

  it.skipIf(capture === undefined)('come out as they went in for every captured frame', () => {
    let count = 0;
    for (const frame of readCapture(capture as Uint8Array)) {
      const update = fromBinary(SubscribeUpdateSchema, frame);
      expect(update.$unknown).toBeUndefined();
      if (!Buffer.from(toBinary(SubscribeUpdateSchema, update)).equals(frame)) {
        expect(`frame ${count}`).toBe('the same');
      }
      count++;
    }
    expect(count).toBe(20_000);
  });

  it.skipIf(transaction === undefined)('come out as they went in for a real transaction', () => {
    const decoded = fromBinary(WireTransactionSchema, transaction as Uint8Array);
    expect(decoded.$unknown).toBeUndefined();
    const encoded = toBinary(WireTransactionSchema, decoded);
    expect(Buffer.from(encoded).equals(transaction as Uint8Array)).toBe(true);
  });
});

describe('a look into a frame', () => {
  it('finds kind, filters and slot as decoding does', () => {
    const peek = new Peek();
    for (const frame of frames) {
      const update = fromBinary(SubscribeUpdateSchema, frame);
      const { kind, slot, filters } = peek.read(frame);
      expect(kind).toBe(update.updateOneof.case);
      expect(BigInt(slot)).toBe((update.updateOneof.value as { slot: bigint }).slot);
      expect(filters).toEqual(update.filters);
    }
  });

  it('reads names of filters of any length, and the same names as the same array', () => {
    const peek = new Peek();
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 5 }), (filters) => {
        const update = fromBinary(SubscribeUpdateSchema, frames[0] as Uint8Array);
        const bytes = toBinary(SubscribeUpdateSchema, { ...update, filters });
        const first = peek.read(bytes).filters;
        expect(first).toEqual(filters);
        expect(peek.read(bytes).filters).toBe(first);
      }),
    );
  });

  it('refuses whatever is no update with a WireError, and never reads beyond its end', () => {
    const peek = new Peek();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          const { start, end } = peek.read(bytes);
          expect(0 <= start && start <= end && end <= bytes.length).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('bits that were flipped', () => {
  it('make errors with a code in the look or in the decoding, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...frames),
        fc.array(fc.nat(), { minLength: 1, maxLength: 8 }),
        (frame, flips) => {
          const bytes = Uint8Array.from(frame);
          for (const flip of flips) {
            const at = Math.floor(flip / 8) % bytes.length;
            bytes[at] = (bytes[at] as number) ^ (1 << (flip % 8));
          }
          try {
            for (const update of decodeFrame(frameOf(bytes), EVERYTHING)) void update.kind;
          } catch (error) {
            expect((error as { code?: unknown }).code).toMatch(/^ERR_YELLOWSTONE_/);
          }
        },
      ),
      { numRuns: 3_000 },
    );
  });
});

describe('numbers', () => {
  it('of 64 bits are exact', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        const bytes = varint(value);
        const reader = new WireReader().over(bytes, 0, bytes.length);
        expect(reader.varint64()).toBe(value);
        expect(reader.done).toBe(true);
      }),
    );
  });
});

it('a capture is read as it was written, and one that was cut off is refused', () => {
  const written = writeCapture(frames);
  expect([...readCapture(written)].map((each) => Buffer.from(each))).toEqual(
    frames.map((each) => Buffer.from(each)),
  );
  expect(() => [...readCapture(written.subarray(0, written.length - 1))]).toThrow(RangeError);
});

function again(frame: Uint8Array): Uint8Array {
  return toBinary(SubscribeUpdateSchema, fromBinary(SubscribeUpdateSchema, frame));
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return Uint8Array.of(...bytes, Number(rest));
}
