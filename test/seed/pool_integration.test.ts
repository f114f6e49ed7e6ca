import { NativeExtractorPool } from '@rockpool/native-adapter';
import { describe, expect, it } from 'vitest';

// tests/pool_integration_test.rs of the seed, line by line.
describe('the integration test of the seed', () => {
  it('test_pool_checkout_return', async () => {
    const pool = await NativeExtractorPool.create({
      minPoolSize: 2,
      maxPoolSize: 5,
    });

    // Checkout extractor
    const extractor = await pool.checkout('css');

    // Verify pool metrics
    let metrics = pool.metrics();
    expect(metrics.cssInUse).toBe(1);

    // Return to pool (via drop)
    extractor[Symbol.dispose]();

    // Verify returned
    metrics = pool.metrics();
    expect(metrics.cssInUse).toBe(0);

    await pool.close();
  });

  it('the usage example of the seed prints what it says', async () => {
    // Create native extractor pool
    await using pool = await NativeExtractorPool.create();
    const html = '<html><body><h1>Title</h1><p>Content</p></body></html>';
    {
      // Checkout CSS extractor
      using extractor = await pool.checkout('css');

      // Use extractor
      expect(extractor.extract(html, 'h1')).toBe('Title');
      expect(pool.metrics().cssInUse).toBe(1);

      // Extractor returns to pool when dropped
    }

    // Get pool metrics
    const { cssInUse, cssTotal, regexInUse, regexTotal } = pool.metrics();
    expect({ cssInUse, regexInUse }).toEqual({ cssInUse: 0, regexInUse: 0 });
    expect(cssTotal).toBeGreaterThan(0);
    expect(regexTotal).toBeGreaterThan(0);
  });
});
