import type { AnyEvent } from '../contract/map.js';
import { checkType, EVENT_ALIASES } from '../contract/names.js';
import type { CheckedFilter } from '../contract/schema.js';
import { SEVERITIES, type Severity } from '../contract/severity.js';

/** Which events somebody wants: first by name and severity, which is cheap and known beforehand, then one by one. */
export class Filter {
  /** One bit for each severity that is wanted. */
  readonly severities: number;
  readonly #patterns: readonly Pattern[];
  readonly #where: ((event: never) => unknown) | undefined;
  readonly #conditional: boolean;

  /**
   * @throws UnknownEventTypeError `ERR_EVENTS_UNKNOWN_TYPE`
   */
  constructor(types: readonly string[], { minSeverity, severities, where }: CheckedFilter) {
    this.#patterns = types.map(patternOf);
    this.severities = from(minSeverity ?? 'debug') & exactly(severities ?? SEVERITIES);
    this.#where = where;
    this.#conditional = this.#patterns.some(({ only }) => only !== undefined);
  }

  /** Whether an event of this name may be wanted. */
  wants(type: string): boolean {
    return this.#patterns.some((pattern) => pattern.matches(type));
  }

  /** Whether this event is wanted, given that its name is. Throws what `where` throws. */
  passes(event: AnyEvent): boolean {
    if ((this.severities & severityBit(event.severity)) === 0) return false;
    if (this.#conditional && !this.#meets(event)) return false;
    return this.#where === undefined || this.#where(event as never) === true;
  }

  #meets(event: AnyEvent): boolean {
    return this.#patterns.some(
      ({ matches, only }) => matches(event.eventType) && (only === undefined || only(event)),
    );
  }
}

/** The bit of a severity; 0 for a word that is none. */
export function severityBit(severity: Severity): number {
  return BITS[severity];
}

interface Pattern {
  readonly matches: (type: string) => boolean;
  readonly only?: ((event: AnyEvent) => boolean) | undefined;
}

const BITS: Readonly<Record<Severity, number>> = {
  debug: 1,
  info: 2,
  warn: 4,
  error: 8,
  critical: 16,
};

function patternOf(text: string): Pattern {
  if (Object.hasOwn(EVENT_ALIASES, text)) {
    const { type, only } = EVENT_ALIASES[text as keyof typeof EVENT_ALIASES];
    return { matches: (name) => name === type, only };
  }
  const star = text.indexOf('*');
  if (star !== -1 && star === text.length - 1) {
    const prefix = text.slice(0, star);
    return { matches: (name) => name.startsWith(prefix) };
  }
  checkType(text);
  return { matches: (name) => name === text };
}

function from(least: Severity): number {
  return exactly(SEVERITIES.slice(SEVERITIES.indexOf(least)));
}

function exactly(severities: readonly Severity[]): number {
  return severities.reduce((bits, severity) => bits | BITS[severity], 0);
}
