import type { EventBus } from '@rockpool/events';
import { configure } from './config/configure.js';
import { ExtractionPool } from './extraction-pool.js';
import type { ExtractionPoolOptions } from './options.js';

/**
 * The instance pool of the seed: an extraction pool whose component reads the pages, configured by an
 * `ExtractorConfig` (settings by path or under their short names, such as `maxPoolSize`).
 */
export class AdvancedInstancePool extends ExtractionPool {
  /**
   * @param config settings; what it does not set has its default. Nothing is read from the environment.
   * @param component the path, address or bytes of the extractor component
   * @throws PoolOptionsError `ERR_POOL_OPTIONS` with everything that is wrong
   */
  constructor(
    config: Readonly<Record<string, unknown>>,
    component: string | URL | Uint8Array,
    options: Omit<ExtractionPoolOptions, 'component' | 'configuration'> = {},
  ) {
    super({ ...options, component, configuration: configure({ argument: config }) });
  }
}

/**
 * An instance pool that a bus observes from its first instance on: `pool.*`, `extraction.*` and `health.*`.
 * @throws PoolOptionsError `ERR_POOL_OPTIONS`; EventBusClosedError `ERR_EVENTS_CLOSED`
 */
export function createEventAwarePool(
  config: Readonly<Record<string, unknown>>,
  componentPath: string | URL | Uint8Array,
  bus: EventBus,
  options: Omit<ExtractionPoolOptions, 'component' | 'configuration' | 'bus'> = {},
): AdvancedInstancePool {
  return new AdvancedInstancePool(config, componentPath, { ...options, bus });
}
