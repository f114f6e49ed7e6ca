/**
 * How the text of a variable becomes a value. `seconds` become milliseconds; `MiB`, and the `pages` of 64 KiB in which
 * WebAssembly counts memory, become bytes; all other numbers stay as they are.
 */
export type VariableForm =
  | 'count'
  | 'ms'
  | 'seconds'
  | 'MiB'
  | 'pages'
  | 'bytes'
  | 'share'
  | 'percent'
  | 'flag';

/** What a text means in a form, or what it should have been. */
export type FormReading =
  | { readonly kind: 'value'; readonly value: number | boolean }
  | { readonly kind: 'meaningless'; readonly expected: string };

/** Reads a text in a form. Whether the value is within limits is for the schema of its setting to say. */
export function readForm(form: VariableForm, text: string): FormReading {
  const { factor, numbers, expected } = FORMS[form];
  if (numbers === 'none') {
    const value = switchIn(text);
    return value === undefined ? { kind: 'meaningless', expected } : { kind: 'value', value };
  }
  const value = numberIn(text);
  if (value === undefined || (numbers === 'whole' && !Number.isInteger(value))) {
    return { kind: 'meaningless', expected };
  }
  return { kind: 'value', value: value * factor };
}

/** The number that a text is, in plain decimals; `Number` alone would read `''`, `0x10` and `1e3`. */
export function numberIn(text: string): number | undefined {
  const word = text.trim();
  return /^[+-]?\d+(\.\d+)?$/.test(word) ? Number(word) : undefined;
}

/** What `true`, `1`, `yes`, `on` and their opposites mean, in capitals or not. */
export function switchIn(text: string): boolean | undefined {
  return SWITCHES.get(text.trim().toLowerCase());
}

interface Form {
  readonly factor: number;
  readonly numbers: 'whole' | 'any' | 'none';
  readonly expected: string;
}

const FORMS: Readonly<Record<VariableForm, Form>> = {
  count: { factor: 1, numbers: 'whole', expected: 'a whole number' },
  ms: { factor: 1, numbers: 'any', expected: 'a number of milliseconds' },
  seconds: { factor: 1_000, numbers: 'any', expected: 'a number of seconds' },
  MiB: { factor: 1_048_576, numbers: 'whole', expected: 'a whole number of MiB' },
  pages: { factor: 65_536, numbers: 'whole', expected: 'a whole number of pages of 64 KiB' },
  bytes: { factor: 1, numbers: 'whole', expected: 'a whole number of bytes' },
  share: { factor: 1, numbers: 'any', expected: 'a share from 0 to 1' },
  percent: { factor: 1, numbers: 'any', expected: 'a number of per cent' },
  flag: { factor: 1, numbers: 'none', expected: 'true or false' },
};

const SWITCHES: ReadonlyMap<string, boolean> = new Map([
  ...['true', '1', 'yes', 'on'].map((word) => [word, true] as const),
  ...['false', '0', 'no', 'off'].map((word) => [word, false] as const),
]);
