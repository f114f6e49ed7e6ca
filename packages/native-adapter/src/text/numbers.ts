/** The first number of a text, or null. Understands `1,234.56`, `1.234,56`, `1 234,56`. */
export function numberOf(text: string): number | null {
  return read(text, 'number');
}

function read(text: string, kind: 'number' | 'amount'): number | null {
  const found = /[-+−]?\s?(?:\d[\d.,'’\s\u00a0\u202f]{0,40})|[-+−]?[.,]\d{1,20}/.exec(text)?.[0];
  if (found === undefined) return null;
  const negative = /^[-−]/.test(found);
  const value = Number(normalizeDigits(found.replaceAll(/[^\d.,]/g, ''), kind));
  if (!Number.isFinite(value)) return null;
  return negative ? -value : value;
}

/** The first number of a text without its fraction. */
export function integerOf(text: string): number | null {
  const value = numberOf(text);
  return value === null ? null : Math.trunc(value);
}

/** The first amount of money: `$1,299.99` is 1299.99, `1.299,99 €` and `1.299 €` are read the European way. */
export function currencyOf(text: string): number | null {
  return read(text, 'amount');
}

/** `12.5 %` is 0.125. */
export function percentOf(text: string): number | null {
  const value = numberOf(text);
  return value === null ? null : value / 100;
}

/**
 * Decides which of `.` and `,` is the decimal sign: the last one, unless it stands before exactly three
 * digits and is the only kind (then `12,345` is a grouped 12345) or occurs more than once. A single dot before
 * three digits groups only in amounts: money has no third decimal, a measured 12.345 has.
 */
function normalizeDigits(digits: string, kind: 'number' | 'amount'): string {
  const text = digits.replaceAll(/[.,]+$/g, '');
  const at = Math.max(text.lastIndexOf('.'), text.lastIndexOf(','));
  if (at === -1) return text;
  const sign = text[at] as string;
  const other = sign === '.' ? ',' : '.';
  const mixed = text.includes(other);
  const repeated = text.indexOf(sign) !== at;
  const fraction = text.slice(at + 1);
  const mayGroup = !mixed && fraction.length === 3 && (sign === ',' || kind === 'amount');
  const grouped = repeated || (mayGroup && /^[1-9]\d{0,2}[.,]/.test(text));
  const whole = text.slice(0, at).replaceAll(/[.,]/g, '');
  return grouped ? whole + fraction : `${whole}.${fraction}`;
}
