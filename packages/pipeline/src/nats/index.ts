/**
 * Several runtimes share a stream through NATS JetStream.
 * @packageDocumentation
 */
export {
  NatsCoordinator,
  type NatsCoordinatorOptions,
  natsCoordinator,
} from './nats-coordinator.js';
