export type { LogFormat } from './format.js';
export { type ClosableLogger, createLogger, type LoggerOptions } from './logger.js';
export type { LogOutput, OutputTarget } from './outputs.js';
export { type PinoLike, pinoLogger } from './pino.js';
export { type SamplingOptions, sampledLogger } from './sampled.js';
