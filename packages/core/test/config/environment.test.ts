import {
  chooseFirst,
  exceeding,
  misspeltVariables,
  numberIn,
  readEnvironment,
  readForm,
  switchIn,
  type Variable,
  type VariableForm,
  wholeNumber,
} from '@rockpool/core/config';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const TABLE: readonly Variable<'size' | 'limit' | 'log'>[] = [
  { name: 'APP_SIZE', setting: 'size', form: 'count' },
  { name: 'APP_LIMIT_PAGES', setting: 'limit', form: 'pages' },
  { name: 'APP_LIMIT_MB', setting: 'limit', form: 'MiB' },
  { name: 'APP_LOG', setting: 'log', form: 'flag' },
];

describe('a text in a form', () => {
  it.each<[VariableForm, string, number | boolean]>([
    ['count', '12', 12],
    ['ms', '0.5', 0.5],
    ['seconds', ' 45 ', 45_000],
    ['MiB', '2', 2_097_152],
    ['pages', '3', 196_608],
    ['bytes', '65536', 65_536],
    ['share', '0.8', 0.8],
    ['percent', '+40', 40],
    ['flag', 'ON', true],
    ['flag', 'no', false],
  ])('%s: %j is %j', (form, text, value) => {
    expect(readForm(form, text)).toEqual({ kind: 'value', value });
  });

  it.each<[VariableForm, string]>([
    ['count', '1.5'],
    ['MiB', '1.5'],
    ['pages', '0.5'],
    ['bytes', '1.1'],
    ['ms', '1e3'],
    ['share', '80%'],
    ['flag', '2'],
    ['flag', 'maybe'],
  ])('%s: %j means nothing, and what was expected is told', (form, text) => {
    expect(readForm(form, text)).toMatchObject({
      kind: 'meaningless',
      expected: expect.stringMatching(/\w/),
    });
  });

  it('reads every plain decimal as the number it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.nat(999), (whole, part) => {
        const text = `${whole}.${String(part).padStart(3, '0')}`;
        expect(numberIn(text)).toBe(Number(text));
      }),
    );
  });

  it.each(['', '0x10', '1e3', 'Infinity', 'NaN', '1,000', '.5', '5.'])(
    'takes %j for no number',
    (text) => {
      expect(numberIn(text)).toBeUndefined();
    },
  );

  it('knows no switch but four words and their opposites', () => {
    const words = ['true', '1', 'yes', 'on', 'false', '0', 'no', 'off'];
    expect(words.map(switchIn)).toEqual([true, true, true, true, false, false, false, false]);
    expect(['', 'toString', 'y', 'enabled'].map(switchIn)).toEqual(Array(4).fill(undefined));
  });
});

describe('an environment', () => {
  it('is read in the order of the table, and says all that is wrong', () => {
    const reading = readEnvironment(TABLE, {
      APP_LOG: 'maybe',
      APP_LIMIT_MB: '1',
      APP_LIMIT_PAGES: '2',
      APP_SIZE: 'ten',
      OTHER: '1',
    });
    expect(reading).toEqual({
      found: [
        { setting: 'limit', value: 131_072, from: 'APP_LIMIT_PAGES' },
        { setting: 'limit', value: 1_048_576, from: 'APP_LIMIT_MB' },
      ],
      problems: [
        { path: 'APP_SIZE', message: 'is "ten"; expected a whole number' },
        { path: 'APP_LOG', message: 'is "maybe"; expected true or false' },
      ],
    });
  });

  it('counts an empty variable as not set', () => {
    expect(readEnvironment(TABLE, { APP_SIZE: ' ', APP_LOG: '' })).toEqual({
      found: [],
      problems: [],
    });
  });

  it('tells of names that begin as ours and are not read', () => {
    const known = TABLE.map(({ name }) => name);
    const environment = { APP_SIZES: '1', APP_XYZXYZXYZXYZ: '1', PATH: '/bin', APP_LOG: '1' };
    expect(misspeltVariables(environment, known, ['APP_'])).toEqual([
      'APP_SIZES is not read; did you mean APP_SIZE?',
      'APP_XYZXYZXYZXYZ is not read',
    ]);
  });
});

describe('of several values', () => {
  const sizes = [
    { value: 0, from: 'A' },
    { value: 5, from: 'B' },
    { value: 'x', from: 'C' },
  ];

  it('the first wins, also when it cannot be used, and every bad one is told', () => {
    const { winner, others, problems } = chooseFirst(sizes, wholeNumber(1, 10));
    expect(winner).toBe(sizes[0]);
    expect(others).toEqual(sizes.slice(1));
    expect(problems).toEqual([
      { path: 'A', message: 'is 0; must be a whole number from 1 to 10' },
      { path: 'C', message: 'is "x"; must be a whole number from 1 to 10' },
    ]);
  });

  it('none wins where there is none', () => {
    expect(chooseFirst([], wholeNumber(1, 10))).toEqual({
      winner: undefined,
      others: [],
      problems: [],
    });
  });

  it('one that exceeds its limit names both', () => {
    const [none, five] = sizes as [(typeof sizes)[0], (typeof sizes)[0]];
    expect(exceeding(none, five)).toEqual([]);
    expect(exceeding(five, none)).toEqual([{ path: 'B', message: 'is 5, more than A (0)' }]);
  });
});
