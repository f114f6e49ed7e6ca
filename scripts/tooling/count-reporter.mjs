import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * A vitest reporter that writes `{ passed, failed, skipped }` to the file named by
 * `ROCKPOOL_TEST_COUNTS`. A file or group that cannot be set up, and an error nobody handled, count as
 * one failure each: vitest lists no failing test for them.
 */
export default class CountReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      if (module.errors().length > 0) counts.failed += 1;
      for (const suite of module.children.allSuites()) {
        if (suite.errors().length > 0) counts.failed += 1;
      }
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') counts.passed += 1;
        else if (state === 'failed') counts.failed += 1;
        else counts.skipped += 1; // skipped, to do, or never started
      }
    }
    const file = process.env['ROCKPOOL_TEST_COUNTS'];
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(counts));
  }
}
