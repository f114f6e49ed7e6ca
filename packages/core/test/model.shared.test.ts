import fc from 'fast-check';
import { describe, it } from 'vitest';
import { MODEL_TIMEOUT_MS, tryPrograms } from './support/property.js';

describe('whatever is done to a pool whose resources are shared', () => {
  it(
    'lends each resource to as many as it may serve, to one alone who asks for that, and keeps all other promises',
    { timeout: MODEL_TIMEOUT_MS },
    () => tryPrograms(0.5, fc.integer({ min: 2, max: 3 })),
  );
});
