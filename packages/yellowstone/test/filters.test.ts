import { toBinary } from '@bufbuild/protobuf';
import { PipelineOptionsError } from '@rockpool/pipeline';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OWN_FILTER, requestFor } from '../src/filters/request.js';
import { addressOf, mergePrefilters, narrowPrefilters, type Prefilter } from '../src/index.js';
import { generateChain, matchingFilters } from '../src/testing/index.js';
import { SubscribeRequestSchema } from '../src/wire/request.js';
import { wanting } from './support/run-source.js';

const SYSTEM = '11111111111111111111111111111111';
const keys = Array.from({ length: 4 }, (_, fill) => addressOf(new Uint8Array(32).fill(fill + 1)));
const list = fc.option(
  fc.uniqueArray(fc.constantFrom(SYSTEM, ...keys), { minLength: 1, maxLength: 3 }),
  {
    nil: undefined,
  },
);
const flag = fc.option(fc.constant(true), { nil: undefined });
const choice = fc.constantFrom(true, false, null, undefined);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const prefilter: fc.Arbitrary<Prefilter> = fc.record({
  account: maybe(
    fc.record({ accounts: list, owners: list, dataSizeBytes: fc.constantFrom(undefined, 0, 165) }),
  ),
  transaction: maybe(
    fc.record({ include: list, required: list, exclude: list, failed: choice, vote: choice }),
  ),
  block: maybe(fc.record({ include: list, transactions: flag, accounts: flag, entries: flag })),
  slot: maybe(fc.record({ filterByCommitment: flag, interslotUpdates: flag })),
  blockMeta: maybe(fc.constant(true as const)),
  entry: maybe(fc.constant(true as const)),
});

const chain = generateChain({ seed: 11, slots: 3, skippedShare: 0 });

/** Which messages of a chain a prefilter lets pass. */
function passing(filter: Prefilter): boolean[] {
  const kinds = [
    ...(filter.account ? ['account'] : []),
    ...(filter.transaction ? ['transaction'] : []),
    ...(filter.slot ? ['slot'] : []),
    ...(filter.entry ? ['entry'] : []),
    ...(filter.blockMeta ? ['blockMeta'] : []),
  ];
  const filters = Object.fromEntries(kinds.map((kind) => [kind, filter]));
  const { request } = requestFor(wanting(kinds, filters).values(), undefined);
  return chain.map((message) =>
    matchingFilters(request, message).some((name) => name !== OWN_FILTER),
  );
}

describe('merging prefilters', () => {
  it('is commutative, associative and idempotent, and a filter that wants nothing changes nothing', () => {
    fc.assert(
      fc.property(prefilter, prefilter, prefilter, (a, b, c) => {
        expect(mergePrefilters(a, b)).toEqual(mergePrefilters(b, a));
        expect(mergePrefilters(mergePrefilters(a, b), c)).toEqual(
          mergePrefilters(a, mergePrefilters(b, c)),
        );
        const normal = mergePrefilters(a, {});
        expect(mergePrefilters(normal, normal)).toEqual(normal);
        expect(mergePrefilters({}, a)).toEqual(normal);
        expect(passing(normal)).toEqual(passing(a));
      }),
      { numRuns: 200 },
    );
  });

  it('never lets pass less than each of the two', () => {
    fc.assert(
      fc.property(prefilter, prefilter, (a, b) => {
        const merged = passing(mergePrefilters(a, b));
        const each = [passing(a), passing(b)];
        expect(merged.filter((passes, at) => !passes && each.some((one) => one[at]))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

describe('narrowing prefilters', () => {
  it('lets pass exactly what both let pass, or says that no server can be asked for it', () => {
    fc.assert(
      fc.property(prefilter, prefilter, (a, b) => {
        // Only kinds that both name are narrowed.
        const both = (filter: Prefilter): Prefilter => ({
          ...(a.account && b.account ? { account: filter.account } : {}),
          ...(a.transaction && b.transaction ? { transaction: filter.transaction } : {}),
        });
        let narrowed: Prefilter;
        try {
          narrowed = narrowPrefilters(both(a), both(b));
        } catch (error) {
          expect(error).toMatchObject({ name: 'FilterConflict' });
          return;
        }
        const [left, right] = [passing(both(a)), passing(both(b))];
        expect(passing(narrowed)).toEqual(left.map((passes, at) => passes && right[at]));
      }),
      { numRuns: 300 },
    );
  });
});

describe('the request', () => {
  it('has the commitment as field 6, and a filter by the id of each pipeline', () => {
    const { request } = requestFor(
      wanting(['account', 'instruction'], {
        account: { account: { owners: [SYSTEM] } },
        instruction: { transaction: { include: [SYSTEM] } },
      }).values(),
      'finalized',
    );
    const bytes = toBinary(SubscribeRequestSchema, request);
    expect(Buffer.from(bytes).includes(Buffer.from([6 * 8, 2]))).toBe(true);
    expect(request.accounts).toMatchObject({ account: { owner: [SYSTEM] } });
    expect(request.transactions).toMatchObject({
      instruction: { accountInclude: [SYSTEM], failed: false },
    });
    expect(Object.keys(request.blocksMeta)).toEqual([OWN_FILTER]);
  });

  it('is refused with everything that is wrong with the prefilters', () => {
    const wrong = wanting(['account', 'transaction', 'weather'], {
      account: { account: { owners: ['not an address'] } },
      transaction: { transaktion: {} },
    });
    expect(() => requestFor(wrong.values(), undefined)).toThrow(PipelineOptionsError);
    expect(() => requestFor(wrong.values(), undefined)).toThrow(
      /32 bytes as base58.*did you mean transaction\?.*no updates of kind weather/s,
    );
  });
});
