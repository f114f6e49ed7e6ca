/**
 * Several runtimes share a stream through NATS JetStream.
 * @packageDocumentation
 */
export {
  type NatsConnectionLike,
  type NatsConnectOptions,
  NatsCoordinator,
  type NatsCoordinatorOptions,
  natsCoordinator,
} from './nats-coordinator.js';
