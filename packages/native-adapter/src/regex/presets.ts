import type { Validator } from './validators.js';

/** One named pattern of a {@link RegexExtractor}. */
export interface RegexPattern {
  /** Key of the matches in the result. */
  readonly name: string;
  readonly pattern: string | RegExp;
  /** The field the matches are stored under; default `name`. Several patterns may share a field. */
  readonly field?: string;
  /** See `PatternOptions.flags`. */
  readonly flags?: string;
  /** The group that is the value; default the whole match. */
  readonly group?: number | string;
  /** A text without it is refused with `ERR_EXTRACT_MISSING_REQUIRED`. Default false. */
  readonly required?: boolean;
  /** Shown as `[REDACTED]`, or as what the function makes of it; still counted. Default false. */
  readonly redact?: boolean | ((text: string) => string);
  /** Matches that fail the check are dropped. */
  readonly validate?: Validator;
  /** This pattern's engine; default that of the extractor. */
  readonly engine?: 'linear' | 'native';
  /** See `PatternOptions.trusted`. */
  readonly trusted?: boolean;
}

/** Names of the ready-made sets. */
export type RegexPreset = 'default' | 'news' | 'contact' | 'financial' | 'social' | 'sensitive';

const email: RegexPattern = {
  name: 'email',
  pattern: String.raw`\b[A-Za-z0-9][A-Za-z0-9._%+-]*@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,24}\b`,
};

const phone: RegexPattern = {
  name: 'phone',
  // An opening parenthesis is no word character: `\b\(` could never match after a space.
  pattern: String.raw`(?:^|[^\w.,/:#-])((?:\+\d{1,3}[\s.-]?)?(?:\(\d{1,5}\)[\s.-]?\d{2,5}(?:[\s.-]\d{2,6}){0,4}|\d{3}[\s.-]\d{3}[\s.-]\d{4}|\+?\d{2,4}(?:[\s-]\d{2,6}){2,4}))(?:$|[^\w/])`,
  group: 1,
  validate: (text) => {
    const digits = text.replaceAll(/\D/g, '').length;
    return digits >= 7 && digits <= 15 && !/^\d{4}-\d{2}-\d{2}/.test(text);
  },
};

const url: RegexPattern = {
  name: 'url',
  pattern: String.raw`\bhttps?://[^\s<>"'\x60{}|\\^\[\]]+[^\s<>"'\x60{}|\\^\[\].,;:!?)]`,
};

const monthName =
  '(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)';
const date: RegexPattern = {
  name: 'date',
  pattern: String.raw`\b(?:\d{4}-\d{2}-\d{2}|\d{1,2}[/.]\d{1,2}[/.]\d{4}|${monthName}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}|\d{1,2}(?:st|nd|rd|th)? ${monthName}\.?,? \d{4})\b`,
};

const ip: RegexPattern = {
  name: 'ip',
  pattern: String.raw`\b(?:\d{1,3}\.){3}\d{1,3}\b`,
  validate: 'ipv4',
};

const price: RegexPattern = {
  name: 'price',
  pattern: String.raw`(?:[$€£¥]|\b(?:USD|EUR|GBP|CHF|JPY))\s?\d{1,3}(?:[.,' ]?\d{3}){0,5}(?:[.,]\d{1,2})?\b|\b\d{1,3}(?:[., ]?\d{3}){0,5}(?:[.,]\d{1,2})?\s?(?:€|£|USD\b|EUR\b|GBP\b|CHF\b)`,
};

const ssn: RegexPattern = {
  name: 'ssn',
  pattern: String.raw`\b\d{3}-\d{2}-\d{4}\b`,
  validate: (text) => !/^(?:000|666|9\d\d)|-00-|-0000$/.test(text),
  redact: true,
};

const creditCard: RegexPattern = {
  name: 'credit_card',
  pattern: String.raw`\b(?:\d{4}[ -]?){3}\d{1,7}\b|\b3[47]\d{2}[ -]?\d{6}[ -]?\d{5}\b`,
  validate: 'luhn',
  redact: true,
};

const iban: RegexPattern = {
  name: 'iban',
  pattern: String.raw`\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b`,
  validate: 'iban',
};

/**
 * Ready-made sets. All of them run on the linear engine: no page can make them slow. `default` has the eight
 * patterns of RipTide; `ssn` and `credit_card` are counted but never shown.
 */
export const regexPresets: Readonly<Record<RegexPreset, readonly RegexPattern[]>> = Object.freeze({
  default: [email, phone, url, date, ip, price, ssn, creditCard],
  news: [
    date,
    {
      name: 'byline',
      pattern: String.raw`\b[Bb]y ((?:[A-Z][\p{L}'.-]{1,30} ){1,3}[A-Z][\p{L}'-]{1,30})`,
      group: 1,
    },
    {
      name: 'dateline',
      pattern: String.raw`(?m)^([A-Z][A-Z .'-]{2,40}(?:, [A-Z][A-Za-z. ]{1,30})?) ?(?:\(\w{2,12}\) ?)?[—–-]{1,2} `,
      group: 1,
    },
  ],
  contact: [
    email,
    phone,
    {
      name: 'address',
      pattern: String.raw`\b\d{1,5} (?:[A-Z][A-Za-z]{1,30} ){1,4}(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Way)\b`,
    },
    { name: 'zip', pattern: String.raw`\b[A-Z]{2} (\d{5}(?:-\d{4})?)\b`, group: 1 },
  ],
  financial: [
    price,
    {
      name: 'percent',
      pattern: String.raw`(?:^|[^\w.,])([-+]?\d{1,6}(?:[.,]\d{1,6})?\s?%)`,
      group: 1,
    },
    {
      name: 'ticker',
      pattern: String.raw`\b(?:NYSE|NASDAQ|Nasdaq|LSE|FWB|TSX): ?([A-Z]{1,6}(?:\.[A-Z])?)\b`,
      group: 1,
    },
    iban,
  ],
  social: [
    { name: 'mention', pattern: String.raw`(?:^|[^\w@/.])(@[A-Za-z0-9_]{2,30})\b`, group: 1 },
    {
      name: 'hashtag',
      pattern: String.raw`(?:^|[^\w&/#])(#[\p{L}_][\p{L}\p{N}_]{1,60})`,
      group: 1,
    },
    {
      name: 'profile',
      pattern: String.raw`\bhttps?://(?:www\.)?(?:x|twitter|facebook|instagram|linkedin|youtube|github|mastodon)\.(?:com|social)/[\w@./-]{1,100}[\w]`,
    },
    url,
  ],
  sensitive: [ssn, creditCard, iban, email],
});
