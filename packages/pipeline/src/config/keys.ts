import { SETTING_NAMES, SETTINGS, type SettingName } from './settings.js';

/** A setting that a key means, and what its value has to be multiplied by. */
export interface KeyMeaning {
  readonly setting: SettingName;
  readonly factor: number;
}

/** Other paths of settings: those of `BufferConfig`, and the file of Vixen, which counts its time in seconds. */
const ALIASES: Readonly<Record<string, SettingName | readonly [SettingName, factor: number]>> = {
  profile: 'runtime.profile',
  'buffer.maxCapacity': 'runtime.bufferCapacity',
  'buffer.maxBytes': 'runtime.bufferMaxBytes',
  'buffer.batchSize': 'runtime.batchSize',
  'buffer.batchTimeout': 'runtime.batchTimeoutMs',
  'buffer.batchTimeoutMs': 'runtime.batchTimeoutMs',
  'buffer.overflowPolicy': 'runtime.overflowPolicy',
  'buffer.jobs': 'runtime.handlerThreads',
  'buffer.sourcesChannelSize': 'runtime.bufferCapacity',
  'source.endpoint': 'grpc.endpoint',
  'source.xToken': 'grpc.xToken',
  'source.timeout': ['grpc.timeoutMs', 1_000],
  'source.commitmentLevel': 'grpc.commitmentLevel',
  'source.fromSlot': 'grpc.fromSlot',
  'source.maxDecodingMessageSize': 'grpc.maxDecodingMessageSizeBytes',
  'source.acceptCompression': 'grpc.acceptCompression',
  'source.autoReconnect': 'grpc.autoReconnect',
  'source.reconnectMaxRetries': 'grpc.maxReconnectAttempts',
  'source.reconnectSlotRetention': 'grpc.reconnectSlotRetention',
};

const KEYS: ReadonlyMap<string, KeyMeaning> = new Map([
  ...SETTING_NAMES.flatMap((setting) => {
    const meaning = { setting, factor: 1 };
    // The seed leaves the unit out: `interval = 10000`.
    const bare = setting.replace(/(Ms|Bytes)$/, '');
    return [[setting, meaning] as const, [bare, meaning] as const];
  }),
  ...Object.entries(ALIASES).map(([key, to]) => {
    const [setting, factor] = typeof to === 'string' ? [to, 1] : to;
    return [key, { setting, factor }] as const;
  }),
]);

/** Every key that is understood, in camel case. */
export const KNOWN_KEYS: readonly string[] = [...KEYS.keys()];

/** What a path of a file means, written in camel, snake or kebab case; `undefined` when it means nothing. */
export function meaningOf(path: string): KeyMeaning | undefined {
  return KEYS.get(path.split('.').map(camelCased).join('.'));
}

/** `worker_threads` and `worker-threads` become `workerThreads`. */
export function camelCased(key: string): string {
  return key.replace(/[_-]+([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** `maxDecodingMessageSizeBytes` with a `_` becomes `max_decoding_message_size_bytes`. */
export function separated(name: string, separator: '_' | '-'): string {
  return name.replace(/[A-Z]/g, (letter) => `${separator}${letter.toLowerCase()}`);
}

/** The environment variable of a setting: `ROCKPOOL_RUNTIME_WORKER_THREADS`. */
export function variableOf(setting: SettingName): string {
  return `ROCKPOOL_${separated(seedName(setting), '_').replaceAll('.', '_').toUpperCase()}`;
}

/** The flag of a setting, without its two dashes: `runtime-worker-threads`. */
export function flagOf(setting: SettingName): string {
  return separated(seedName(setting), '-').replaceAll('.', '-');
}

/** The way a setting is written in a file of the seed: `runtime.worker_threads`. */
export function fileKeyOf(setting: SettingName): string {
  return separated(seedName(setting), '_');
}

/** Whether a setting is written as `true` or `false`. */
export function isSwitch(setting: SettingName): boolean {
  return typeof SETTINGS[setting].fallback === 'boolean';
}

function seedName(setting: SettingName): string {
  return setting.replace(/(Ms|Bytes)$/, '');
}
