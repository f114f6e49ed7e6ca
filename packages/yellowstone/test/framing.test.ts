import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compressed } from '../src/grpc/compression.js';
import { type FrameFault, FrameSplitter, framed } from '../src/grpc/framing.js';
import { COMPRESSIONS, FramingError } from '../src/index.js';

const LIMIT = 10_000;

/** Pushes bytes in pieces, and tells what came out. */
function split(pieces: readonly Uint8Array[], limit = LIMIT, encoding = 'gzip') {
  const messages: Uint8Array[] = [];
  const faults: FrameFault[] = [];
  const splitter = new FrameSplitter(limit, {
    onMessage: (message) => messages.push(message),
    onFault: (fault) => faults.push(fault),
  });
  splitter.encoding = encoding;
  for (const piece of pieces) splitter.push(piece);
  return { messages: messages.map((each) => Buffer.from(each)), faults, splitter, raw: messages };
}

/** Cuts bytes at these places. */
function pieces(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...places, bytes.length].map((to, at) => bytes.subarray(places[at - 1] ?? 0, to));
}

const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 });

describe('framing', () => {
  it('finds the same messages wherever the chunks end', () => {
    fc.assert(
      fc.property(messages, fc.array(fc.nat(), { maxLength: 60 }), (sent, cuts) => {
        const stream = Buffer.concat(sent.map((each) => framed(each)));
        const { messages: got, splitter } = split(pieces(stream, cuts));
        expect(got).toEqual(sent.map((each) => Buffer.from(each)));
        expect(splitter.atBoundary).toBe(true);
      }),
    );
  });

  it('finds the same messages byte by byte, compressed ones too', () => {
    fc.assert(
      fc.property(messages, (sent) => {
        const stream = Buffer.concat(sent.map((each) => framed(gzipSync(each), 1)));
        const { messages: got } = split(Array.from(stream, (byte) => Uint8Array.of(byte)));
        expect(got).toEqual(sent.map((each) => Buffer.from(each)));
      }),
      { numRuns: 20 },
    );
  });

  it('copies nothing of a message that lies in one chunk', () => {
    const chunk = Buffer.concat([framed(Buffer.from('one')), framed(Buffer.from('two'))]);
    const { raw } = split([chunk]);
    expect(raw.map(({ buffer }) => buffer)).toEqual([chunk.buffer, chunk.buffer]);
  });

  it('leaves out a message that is too large, and goes on with the next', () => {
    const stream = Buffer.concat([framed(new Uint8Array(50)), framed(Buffer.from('small'))]);
    const { messages: got, faults } = split(pieces(stream, [3, 20, 40]), 10);
    expect(got.map(String)).toEqual(['small']);
    expect(faults).toEqual([{ kind: 'too-large', bytes: 50, limitBytes: 10 }]);
  });

  it('leaves out a message that is larger than the limit when it is decompressed', () => {
    const stream = Buffer.concat([
      framed(gzipSync(new Uint8Array(20_000)), 1),
      framed(Buffer.from('x')),
    ]);
    const { messages: got, faults } = split([stream]);
    expect(got.map(String)).toEqual(['x']);
    expect(faults).toMatchObject([{ kind: 'compression' }]);
  });

  // Node 20, and 22 before 22.15, know no zstd.
  it.skipIf(!COMPRESSIONS.includes('zstd'))('limits what zstd makes of a message', () => {
    const stream = Buffer.concat(
      [new Uint8Array(900), new Uint8Array(20_000)].map((plain) =>
        framed(compressed('zstd', plain), 1),
      ),
    );
    const { messages: got, faults } = split([stream], 1_000, 'zstd');
    expect(got.map(({ length }) => length)).toEqual([900]);
    expect(faults).toMatchObject([{ kind: 'compression' }]);
  });

  it('leaves out what is compressed in a way that it does not know, and says so', () => {
    const stream = framed(gzipSync(Buffer.from('x')), 1);
    const { messages: got, faults } = split([stream], 1_000, 'snappy');
    expect(got).toEqual([]);
    expect(faults).toMatchObject([
      { kind: 'compression', cause: { message: expect.stringContaining('with snappy, which is') } },
    ]);
  });

  it('leaves out a message with unknown flags, and one that is not what it says', () => {
    const wrong = framed(Buffer.from('wrong'));
    wrong[0] = 7;
    const { messages: got, faults } = split([
      wrong,
      framed(Buffer.from('plain'), 1),
      framed(Buffer.from('x')),
    ]);
    expect(got.map(String)).toEqual(['x']);
    expect(faults).toMatchObject([{ kind: 'flags', flags: 7 }, { kind: 'compression' }]);
  });

  it('gives up a stream that is out of step', () => {
    expect(() => split([Uint8Array.of(9, 0xff, 0xff, 0xff, 0xff)])).toThrow(FramingError);
  });
});
