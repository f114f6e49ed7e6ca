import type { RuntimeConfig } from '@rockpool/pipeline';
import { SETTINGS } from '@rockpool/pipeline';
import type { ReconnectOptions, YellowstoneOptions } from '@rockpool/yellowstone';

/** The options of a source that a configuration stands for. */
export function sourceOptions(
  { grpc, runtime }: RuntimeConfig,
  endpoint: string,
): YellowstoneOptions {
  // The default of two minutes is for answers; nobody wants to wait that long for a connection.
  const isOwn = grpc.timeoutMs !== SETTINGS['grpc.timeoutMs'].fallback;
  return {
    endpoints: endpoint,
    xToken: grpc.xToken,
    commitment: grpc.commitmentLevel,
    fromSlot: grpc.fromSlot === undefined ? undefined : BigInt(grpc.fromSlot),
    compression: grpc.acceptCompression,
    maxMessageBytes: grpc.maxDecodingMessageSizeBytes,
    connections: {
      maxConnections: runtime.maxConnections,
      idleTimeoutMs: Math.max(1, grpc.idleTimeoutMs),
      healthCheckIntervalMs: grpc.healthCheckIntervalMs,
      ...(isOwn && { connectTimeoutMs: grpc.timeoutMs }),
    },
    reconnect: reconnectOptions(grpc),
  };
}

const LONGEST_WAIT_MS = 60_000;

function reconnectOptions({
  autoReconnect,
  maxReconnectAttempts,
  reconnectIntervalMs,
  reconnectSlotRetention,
}: RuntimeConfig['grpc']): ReconnectOptions | false {
  if (!autoReconnect || maxReconnectAttempts === 0) return false;
  return {
    initialMs: reconnectIntervalMs,
    maxMs: Math.max(LONGEST_WAIT_MS, reconnectIntervalMs),
    maxAttempts: maxReconnectAttempts,
    retentionSlots: reconnectSlotRetention,
  };
}
