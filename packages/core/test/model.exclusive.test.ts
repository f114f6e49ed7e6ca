import fc from 'fast-check';
import { describe, it } from 'vitest';
import { MODEL_TIMEOUT_MS, tryPrograms } from './support/property.js';

describe('whatever is done to a pool, in whatever order, while its hooks do what they want', () => {
  it(
    'counts right, lends each resource to one borrower, answers everybody, recovers, and ends each resource once',
    { timeout: MODEL_TIMEOUT_MS },
    () => tryPrograms(0.5, fc.constant(1)),
  );
});
