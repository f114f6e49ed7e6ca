export {
  type Coordination,
  type CoordinationOptions,
  coordination,
} from './coordination-extension.js';
export type { CheckpointStore, LeaseStore } from './lease-store.js';
export { type CoordinatorOptions, LeasedCoordinator } from './leased-coordinator.js';
export { byKey, PARTITIONS, type Partitioner, partitionOf } from './partition.js';
