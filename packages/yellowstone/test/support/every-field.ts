/** Writes the wire format by hand: a field is its number, and a value of its sort. */
type Value = bigint | string | Uint8Array | readonly (readonly [number, Value])[];

/** Updates with all of their fields set, as bytes written by hand, and what they should be read as. */
export function updateOfEveryField(): { bytes: Uint8Array; update: object }[] {
  const key = (fill: number) => new Uint8Array(32).fill(fill);
  const signature = new Uint8Array(64).fill(9);
  return [
    {
      bytes: message([
        [1, 'first'],
        [1, 'second'],
        [
          2,
          [
            [
              1,
              [
                [1, key(1)],
                [2, 5n],
                [3, key(2)],
                [4, 1n],
                [5, 2n ** 64n - 1n],
                [6, Uint8Array.of(1, 2, 3)],
                [7, 77n],
                [8, signature],
              ],
            ],
            [2, 123n],
            [3, 1n],
          ],
        ],
        [
          11,
          [
            [1, 1_700_000_000n],
            [2, 5n],
          ],
        ],
      ]),
      update: {
        filters: ['first', 'second'],
        updateOneof: {
          case: 'account',
          value: {
            slot: 123n,
            isStartup: true,
            account: {
              pubkey: key(1),
              lamports: 5n,
              owner: key(2),
              executable: true,
              rentEpoch: 2n ** 64n - 1n,
              data: Uint8Array.of(1, 2, 3),
              writeVersion: 77n,
              txnSignature: signature,
            },
          },
        },
        createdAt: { seconds: 1_700_000_000n, nanos: 5 },
      },
    },
    {
      bytes: message([
        [
          3,
          [
            [1, 8n],
            [2, 7n],
            [3, 6n],
            [4, 'why'],
          ],
        ],
      ]),
      update: {
        updateOneof: {
          case: 'slot',
          value: { slot: 8n, parent: 7n, status: 6, deadError: 'why' },
        },
      },
    },
    {
      bytes: message([
        [
          7,
          [
            [1, 8n],
            [2, 'hash'],
            [4, [[1, 4n]]],
            [5, [[1, 5n]]],
            [6, 7n],
            [7, 'p'],
            [8, 3n],
            [9, 2n],
          ],
        ],
      ]),
      update: {
        updateOneof: {
          case: 'blockMeta',
          value: {
            slot: 8n,
            blockhash: 'hash',
            blockTime: { timestamp: 4n },
            blockHeight: { blockHeight: 5n },
            parentSlot: 7n,
            parentBlockhash: 'p',
            executedTransactionCount: 3n,
            entriesCount: 2n,
          },
        },
      },
    },
    {
      bytes: message([
        [
          8,
          [
            [1, 8n],
            [2, 1n],
            [3, 2n],
            [4, key(3)],
            [5, 4n],
            [6, 5n],
          ],
        ],
      ]),
      update: {
        updateOneof: {
          case: 'entry',
          value: {
            slot: 8n,
            index: 1n,
            numHashes: 2n,
            hash: key(3),
            executedTransactionCount: 4n,
            startingTransactionIndex: 5n,
          },
        },
      },
    },
    {
      bytes: message([
        [
          10,
          [
            [1, 8n],
            [2, signature],
            [3, 1n],
            [4, 2n],
            [5, [[1, key(4)]]],
          ],
        ],
      ]),
      update: {
        updateOneof: {
          case: 'transactionStatus',
          value: { slot: 8n, signature, isVote: true, index: 2n, err: { err: key(4) } },
        },
      },
    },
    {
      bytes: message([[9, [[1, 3n]]]]),
      update: { updateOneof: { case: 'pong', value: { id: 3 } } },
    },
    { bytes: message([[6, []]]), update: { updateOneof: { case: 'ping' } } },
  ];
}

function message(fields: readonly (readonly [number, Value])[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(fields.map(([number, value]) => field(number, value))));
}

function field(number: number, value: Value): Uint8Array {
  if (typeof value === 'bigint') {
    return Buffer.concat([varint(BigInt(number * 8)), varint(value)]);
  }
  const content =
    typeof value === 'string'
      ? Buffer.from(value)
      : value instanceof Uint8Array
        ? value
        : message(value);
  return Buffer.concat([varint(BigInt(number * 8 + 2)), varint(BigInt(content.length)), content]);
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    if (rest < 0x80n) return Uint8Array.of(...bytes, Number(rest));
    bytes.push(Number(rest & 0x7fn) | 0x80);
  }
}
