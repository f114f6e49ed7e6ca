/**
 * A date as ISO 8601, or null. A day stays a day (`2024-05-01`), a time keeps what it knew: with an offset it
 * becomes UTC, without one it stays local, because guessing a time zone would invent a moment.
 */
export function isoDateOf(text: string): string | null {
  const trimmed = text.trim();
  return fromIso(trimmed) ?? fromCompact(trimmed) ?? fromWords(trimmed) ?? fromNumbers(trimmed);
}

function fromIso(text: string): string | null {
  const found =
    /(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)(?:[T ]\s{0,2}(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?\s{0,2}(Z|UTC|GMT|[+-]\d{2}:?\d{2}(?!\d))?)?/i.exec(
      text,
    );
  if (found === null) return null;
  const [, year = '', month = '', day = '', hour, minute, second = '00', zone] = found;
  const date = dayOf(Number(year), Number(month), Number(day));
  if (date === null || hour === undefined || minute === undefined) return date;
  const time = `${hour.padStart(2, '0')}:${minute}:${second}`;
  if (Number(hour) > 24 || Number(minute) > 59) return date;
  if (zone === undefined) return `${date}T${time}`;
  const offset = /^[a-z]/i.test(zone)
    ? 'Z'
    : zone.includes(':')
      ? zone
      : `${zone.slice(0, 3)}:${zone.slice(3)}`;
  return utc(`${date}T${time}${offset}`) ?? date;
}

/** `20240501` and `2024/05/01`, as in addresses. */
function fromCompact(text: string): string | null {
  const found =
    /(?<!\d)(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?!\d)/.exec(text) ??
    /^(\d{4})(\d{2})(\d{2})(?:T\d{4,6}Z?)?$/.exec(text);
  return found === null ? null : dayOf(Number(found[1]), Number(found[2]), Number(found[3]));
}

/** `1 May 2024`, `May 1st, 2024`, `1. Mai 2024`, `1er mai 2024`, `Wed, 01 May 2024 10:00:00 GMT`. */
function fromWords(text: string): string | null {
  if (/^[a-z]{3}, \d{1,2} [a-z]{3} \d{4} \d{2}:\d{2}/i.test(text)) return utc(text);
  const dayFirst =
    /(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|º|\.)?\s{1,3}(?:de\s{1,3}|of\s{1,3})?(\p{L}{3,12})\.?,?\s{1,3}(?:de\s{1,3})?(\d{4})(?!\d)/u.exec(
      text,
    );
  if (dayFirst !== null)
    return dayOf(Number(dayFirst[3]), monthOf(dayFirst[2]), Number(dayFirst[1]));
  const monthFirst =
    /(?<!\p{L})(\p{L}{3,12})\.?\s{1,3}(\d{1,2})(?:st|nd|rd|th)?,?\s{1,3}(\d{4})(?!\d)/u.exec(text);
  if (monthFirst !== null)
    return dayOf(Number(monthFirst[3]), monthOf(monthFirst[1]), Number(monthFirst[2]));
  const eastAsian = /(\d{4})\s?年\s?(\d{1,2})\s?月\s?(\d{1,2})\s?日/.exec(text);
  return eastAsian === null
    ? null
    : dayOf(Number(eastAsian[1]), Number(eastAsian[2]), Number(eastAsian[3]));
}

/** `01.05.2024` is day first everywhere; `5/13/2024` only where the month can be nothing else. */
function fromNumbers(text: string): string | null {
  const found = /(?<!\d)(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?!\d)/.exec(text);
  if (found === null) return null;
  const [first, second, year] = [Number(found[1]), Number(found[3]), Number(found[4])];
  if (found[2] === '.' || first > 12) return dayOf(year, second, first);
  return second > 12 ? dayOf(year, first, second) : null;
}

function dayOf(year: number, month: number | null, day: number): string | null {
  if (month === null || year < 1000 || year > 9999) return null;
  const date = new Date(Date.UTC(year, month - 1, day));
  // 31 February would become 2 March.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  return date.toISOString().slice(0, 10);
}

function utc(text: string): string | null {
  const time = Date.parse(text);
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}

/** The first letters of the twelve months, in the languages of most pages. */
const months: readonly (readonly string[])[] = [
  ['jan', 'ene', 'gen'],
  ['feb', 'fév', 'fev'],
  ['mar', 'mär', 'mrz', 'maa'],
  ['apr', 'avr', 'abr'],
  ['may', 'mai', 'mag', 'mei'],
  ['jun', 'juin', 'giu'],
  ['jul', 'juil', 'lug'],
  ['aug', 'aoû', 'aou', 'ago'],
  ['sep', 'set'],
  ['oct', 'okt', 'ott', 'out'],
  ['nov'],
  ['dec', 'déc', 'dez', 'dic'],
];

function monthOf(word: string | undefined): number | null {
  const name = (word ?? '').toLowerCase();
  // "juillet" begins like "juin": the longest beginning decides.
  let best: { readonly month: number; readonly length: number } | undefined;
  months.forEach((beginnings, at) => {
    for (const beginning of beginnings) {
      if (name.startsWith(beginning) && beginning.length > (best?.length ?? 0))
        best = { month: at + 1, length: beginning.length };
    }
  });
  return best?.month ?? null;
}
