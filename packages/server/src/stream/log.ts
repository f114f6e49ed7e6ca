import { type Logger, pinoLogger, type RuntimeConfig } from '@rockpool/pipeline';
import { pino, stdSerializers, stdTimeFunctions } from 'pino';
import { prettyFactory } from 'pino-pretty';

/** Logs through pino: JSON, or lines for people. */
export function streamLog(
  { logLevel, logFormat }: Pick<RuntimeConfig['runtime'], 'logLevel' | 'logFormat'>,
  write: (line: string) => void,
): Logger {
  const pretty = prettyFactory({ colorize: false, translateTime: 'HH:MM:ss.l', singleLine: true });
  return pinoLogger(
    pino(
      {
        level: logLevel,
        base: null,
        timestamp: stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        serializers: { error: stdSerializers.err },
      },
      { write: logFormat === 'pretty' ? (line) => write(pretty(line)) : write },
    ),
  );
}
