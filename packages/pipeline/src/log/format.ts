import type { LogLevel } from '../contract/ports.js';

/** How a record is written. */
export type LogFormat = 'json' | 'pretty';

/** One record. */
export interface LogRecord {
  /** Ms since 1970. */
  readonly at: number;
  readonly level: Exclude<LogLevel, 'silent'>;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A record as one line, without its end. */
export function renderRecord(record: LogRecord, format: LogFormat): string {
  const { at, level, message, fields } = record;
  const time = new Date(at).toISOString();
  if (format === 'json') return asJson({ time, level, message, ...fields });
  const rest = Object.entries(fields).map(([key, value]) => `${key}=${asJson(value)}`);
  const text = [time, level.toUpperCase().padEnd(5), oneLine(message), ...rest].join(' ');
  return text;
}

/** JSON of any value: nothing a field holds keeps a record from being written. */
function asJson(value: unknown): string {
  const above: unknown[] = [];
  const text = JSON.stringify(value, function replace(this: unknown, _key, each: unknown) {
    while (above.length > 0 && above.at(-1) !== this) above.pop();
    if (typeof each === 'bigint' || typeof each === 'symbol') return each.toString();
    if (typeof each === 'function') return `[function ${each.name}]`;
    if (typeof each !== 'object' || each === null) return each;
    if (above.includes(each)) return '[circular]';
    above.push(each);
    if (ArrayBuffer.isView(each)) return `[${each.byteLength} bytes]`;
    return each instanceof Error ? errorFields(each, above) : each;
  }) as string | undefined;
  return text ?? 'undefined';
}

function errorFields(error: Error, above: unknown[]): object {
  const { name, message, stack, cause } = error;
  const fields = { ...error, name, message, stack, ...(cause === undefined ? {} : { cause }) };
  above[above.length - 1] = fields;
  return fields;
}

function oneLine(text: string): string {
  return text.replace(/[\r\n]+\s*/g, ' ');
}
