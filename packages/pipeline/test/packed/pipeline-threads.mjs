// Run by `npm run check -- packages` against the packed package: threads must find their files in the ESM build.
import assert from 'node:assert/strict';
import { BlockingPool, SystemThread, threadedParser } from '@rockpool/pipeline';

const moduleOf = (text) => new URL(`data:text/javascript,${encodeURIComponent(text)}`);
const silent = { level: 'silent', log: () => undefined, child: () => silent };
const context = {
  pipeline: 'packed',
  signal: new AbortController().signal,
  log: silent,
  cache: undefined,
};
const update = { kind: 'message', sizeBytes: 2, receivedAtMs: 0 };
const item = (...bytes) => ({ update, frame: { kind: 'message', bytes: Uint8Array.of(...bytes) } });

async function main() {
  const parser = threadedParser({
    module: moduleOf(`export const parser = {
      id: 'sum',
      kind: 'message',
      parse: ({ bytes }) => (bytes[0] === 9 ? process.exit(1) : bytes[0] + bytes[1]),
    };`),
  });
  await parser.init({ id: 'sum', kind: 'message', parse: () => 0 }, context);
  assert.deepEqual(await parser.parseBatch([item(20, 22), item(1, 2)]), [42, 3]);
  const [good, bad] = await parser.parseBatch([item(1, 1), item(9, 9)]);
  assert.equal(good, 2);
  assert.equal(bad.error.code, 'ERR_PIPELINE_PARSE');
  await parser.dispose();

  const blocking = new BlockingPool();
  const module = moduleOf(`export function handle(value) {
    if (value !== 42) throw new Error('not 42');
  }`);
  const handler = blocking.handler({ name: 'check', module });
  await handler.handle(42, update, { ...context, handler: 'check', attempt: 1 });
  await assert.rejects(
    handler.handle(41, update, { ...context, handler: 'check', attempt: 1 }),
    /not 42/,
  );
  await blocking.close();

  const page = { status: 200, headers: { 'content-type': 'text/plain' }, body: 'figures 1\n' };
  const system = await SystemThread.start({ pages: () => ({ '/metrics': page }) });
  const text = await (await fetch(`${system.url}/metrics`)).text();
  assert.match(text, /^figures 1\n(.|\n)*rockpool_pipeline_snapshot_age_seconds 0\.\d+/);
  await system.close();
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
