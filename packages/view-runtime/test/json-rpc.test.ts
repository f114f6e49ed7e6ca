import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  createJsonRpcHandler,
  createRpcFetch,
  MemoryStore,
  MetashrewRuntime,
  type RpcOptions,
  ViewError,
} from '../src/index.js';
import { bytes, hashFor, hex } from './support/bytes.js';
import { order, writing } from './support/chain.js';
import { guestBytes } from './support/guests.js';
import { RecordingLogger } from './support/recording-logger.js';

let runtime: MetashrewRuntime;
const logger = new RecordingLogger();

beforeAll(async () => {
  runtime = await MetashrewRuntime.new(await guestBytes('indexer'), { deadlineMs: 2_000 });
  for (let height = 0; height < 3; height++)
    await runtime.run(writing(height, { a: `a${height}` }));
}, 120_000);

const ox = (text: string | Uint8Array) => `0x${Buffer.from(text as string).toString('hex')}`;
const handlerOf = (options: Partial<RpcOptions> = {}) =>
  createJsonRpcHandler({ views: runtime, store: runtime.store, logger, ...options });
const ask = async (method: string, params?: unknown, options?: Partial<RpcOptions>) =>
  (await handlerOf(options)({ jsonrpc: '2.0', id: 1, method, params })) as {
    result?: string;
    error?: { code: number; message: string; data?: unknown };
  };

describe('the methods', () => {
  it('answer views at any way to name a height', async () => {
    const at = async (tag: unknown) =>
      (await ask('metashrew_view', ['getvalue', ox('a'), tag])).result;
    for (const tag of [1, '1', '0x1', '1:anything']) expect(await at(tag)).toBe(ox('a1'));
    for (const tag of ['latest', undefined, null, 2, 99]) expect(await at(tag)).toBe(ox('a2'));
  });

  it('take input with and without 0x, and none', async () => {
    expect((await ask('metashrew_view', ['echo', '616263', 0])).result).toBe(ox('abc'));
    expect((await ask('metashrew_view', ['echo', '0x', 0])).result).toBe('0x');
  });

  it('tell of calls that took long, and of no others', async () => {
    const lines: string[] = [];
    const told = { logger: { ...logger, info: (line: string) => void lines.push(line) } };
    // A clock that goes on by so much at each look: a call takes as long.
    const lasting = (ms: number) => {
      let now = 0;
      return { clock: { now: () => (now += ms) }, ...told };
    };
    await ask('metashrew_height', [], lasting(100));
    expect(lines).toEqual([]);
    await ask('metashrew_height', [], lasting(123.4));
    await ask('metashrew_height', [], { ...lasting(300), slowCallMs: 400 });
    expect(lines).toEqual(['Slow RPC call: metashrew_height took 123ms']);
  });

  it('preview a block', async () => {
    const block = ox(writing(3, { a: 'next' }).bytes);
    expect((await ask('metashrew_preview', [block, 'getvalue', ox('a'), 'latest'])).result).toBe(
      ox('next'),
    );
    expect((await ask('metashrew_view', ['getvalue', ox('a'), 'latest'])).result).toBe(ox('a2'));
  });

  it('preview a block of 4 MB', async () => {
    const block = ox(new Uint8Array(4_000_000));
    const { result } = await ask('metashrew_preview', [
      block,
      'getblock',
      ox(Buffer.from([3, 0, 0, 0])),
      2,
    ]);
    expect(result?.length).toBe(block.length);
  });

  it('see the block to come as pending, where there is one', async () => {
    const params = ['getvalue', ox('a'), 'pending'];
    const pendingBlock = async () => writing(3, { a: 'soon' }).bytes;
    expect((await ask('metashrew_view', params, { pendingBlock })).result).toBe(ox('soon'));
    expect((await ask('metashrew_view', params)).error).toMatchObject({ code: -32_602 });
    const behind = { pendingBlock: async () => undefined };
    expect((await ask('metashrew_view', params, behind)).error).toEqual({
      code: -32_000,
      message: 'Pending block not found',
    });
    const secret = new ViewError('ERR_INDEX_SOURCE', 'the node at http://10.0.0.7 is gone');
    const gone = { pendingBlock: () => Promise.reject(secret) };
    expect((await ask('metashrew_view', params, gone)).error).toEqual({
      code: -32_603,
      message: 'Internal error',
    });
  });

  it('tell height, hashes, roots and the state of the store', async () => {
    expect((await ask('metashrew_height')).result).toBe('2');
    expect((await ask('metashrew_getblockhash', [1])).result).toBe(ox(hashFor(1)));
    expect((await ask('metashrew_getblockhash', ['1'])).result).toBe(ox(hashFor(1)));
    const root = `0x${hex(runtime.store.stateRoot(2))}`;
    for (const params of [[], ['latest'], [2], ['2']]) {
      expect((await ask('metashrew_stateroot', params)).result).toBe(root);
    }
    const snapshot = JSON.parse((await ask('metashrew_snapshot')).result ?? '');
    expect(snapshot).toMatchObject({ enabled: false, indexed_height: 2, sync_mode: 'Normal' });
    const empty = { store: new MemoryStore() };
    expect((await ask('metashrew_height', [], empty)).result).toBe('0');
    expect((await ask('metashrew_getblockhash', [7])).error).toMatchObject({
      code: -32_000,
      message: 'Block hash not found for height 7',
    });
  });
});

describe('errors', () => {
  it('show the reason of a trap in data', async () => {
    expect((await ask('metashrew_view', ['boom', '0x', 0])).error).toEqual({
      code: -32_000,
      message: "Failed to execute view function 'boom': unreachable",
      data: {
        code: 'ERR_VIEW_TRAP',
        reason: expect.stringContaining('boom'),
        cause: 'unreachable',
      },
    });
    expect((await ask('metashrew_view', ['nope', '0x', 0])).error?.data).toMatchObject({
      code: 'ERR_VIEW_NOT_FOUND',
    });
    expect(
      (await ask('metashrew_preview', [ox(order(3, 'bop!').bytes), 'tiny', '0x', 2])).error?.data,
    ).toMatchObject({
      code: 'ERR_INDEX_TRAP',
    });
    expect((await ask('metashrew_view', ['spin', '0x', 0])).error?.data).toMatchObject({
      code: 'ERR_VIEW_DEADLINE',
    });
  });

  it('have the codes of the specification', async () => {
    const handle = handlerOf();
    const codeOf = async (request: unknown) =>
      ((await handle(request)) as { error: { code: number } }).error.code;
    const request = { jsonrpc: '2.0', id: 1, method: 'metashrew_height' };
    expect(await codeOf({ ...request, method: 'nope' })).toBe(-32_601);
    expect(await codeOf({ ...request, method: 'constructor' })).toBe(-32_601);
    for (const bad of [
      null,
      5,
      'x',
      {},
      { ...request, jsonrpc: '1.0' },
      { ...request, method: 1 },
      { ...request, params: 5 },
      { ...request, id: {} },
      [],
    ]) {
      expect(await codeOf(bad)).toBe(-32_600);
    }
    const views = [
      [],
      ['tiny'],
      ['tiny', '0xz1', 0],
      ['tiny', '0x1', 0],
      ['tiny', '0x', 'newest'],
      ['tiny', '0x', -1],
      ['tiny', '0x', 1.5],
      ['tiny', '0x', 2 ** 40],
      [5, '0x', 0],
      ['', '0x', 0],
      { name: 'tiny' },
    ];
    for (const params of views) {
      expect(await codeOf({ ...request, method: 'metashrew_view', params })).toBe(-32_602);
    }
  });

  it('can have the shape that metashrew itself gives them', async () => {
    const upstream = { errors: 'upstream' } as const;
    const messageOf = async (method: string, params: unknown) =>
      (await ask(method, params, upstream)).error;
    expect(await messageOf('nope', [])).toEqual({
      code: -32_000,
      message: 'Generic error: Method not found',
    });
    expect(await messageOf('metashrew_view', ['tiny', '0x1', 0])).toMatchObject({
      code: -32_000,
      message: expect.stringMatching(/^Serialization error: Invalid hex input: /),
    });
    expect((await messageOf('metashrew_view', ['tiny', '0x', 'x']))?.message).toBe(
      'Serialization error: Invalid height: invalid digit found in string',
    );
    expect((await messageOf('metashrew_getblockhash', [9]))?.message).toBe(
      'Storage error: Block hash not found for height 9',
    );
    expect((await messageOf('metashrew_view', ['nope', '0x', 0]))?.message).toMatch(
      /^View function error: Failed to get view function/,
    );
  });

  it('give nothing away of what goes wrong inside', async () => {
    const views = { ...runtime, view: () => Promise.reject(new Error('/secret/path')) } as never;
    const { error } = await ask('metashrew_view', ['tiny', '0x', 0], { views });
    expect(error).toEqual({ code: -32_603, message: 'Internal error' });
    expect(logger.lines.at(-1)).toBe('error a request failed: /secret/path');
  });

  it('never are a crash, whatever is asked', async () => {
    const handle = handlerOf();
    const request = fc.record(
      {
        jsonrpc: fc.constantFrom('2.0', 2),
        id: fc.oneof(fc.integer(), fc.string(), fc.constant(null)),
        method: fc.constantFrom(
          'metashrew_view',
          'metashrew_preview',
          'metashrew_getblockhash',
          'metashrew_stateroot',
          '__proto__',
        ),
        params: fc.oneof(
          fc.array(fc.oneof(fc.jsonValue(), fc.constantFrom('tiny', 'echo', '0x00', 'latest', 0))),
          fc.jsonValue(),
        ),
      },
      { requiredKeys: ['jsonrpc', 'id', 'method'] },
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(request, fc.jsonValue()), async (value) => {
        const answer = await handle(value);
        for (const each of Array.isArray(answer) ? answer : [answer]) {
          expect(each).toMatchObject({ jsonrpc: '2.0' });
          expect('result' in each !== 'error' in each).toBe(true);
          if (each.error) expect(each.error.code).not.toBe(-32_603);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('batches and notifications', () => {
  const height = (id?: unknown) => ({
    jsonrpc: '2.0',
    method: 'metashrew_height',
    ...(id === undefined ? {} : { id }),
  });

  it('are answered one by one, without the notifications', async () => {
    const handle = handlerOf();
    expect(await handle([height(1), height(), { nonsense: true }, height('b')])).toEqual([
      { jsonrpc: '2.0', id: 1, result: '2' },
      { jsonrpc: '2.0', id: null, error: expect.objectContaining({ code: -32_600 }) },
      { jsonrpc: '2.0', id: 'b', result: '2' },
    ]);
    expect(await handle(height())).toBeUndefined();
    expect(await handle({ jsonrpc: '2.0', method: 'nope' })).toBeUndefined();
    expect(await handle([height(), height()])).toBeUndefined();
    expect(await handle(height(0))).toMatchObject({ id: 0 });
  });

  it('have a limit', async () => {
    const answer = await handlerOf({ maxBatch: 2 })([height(1), height(2), height(3)]);
    expect(answer).toMatchObject({
      error: { code: -32_600, data: { reason: 'a batch of 3 requests; at most 2' } },
    });
  });
});

describe('over HTTP', () => {
  const post = (body: string, init: RequestInit = {}) =>
    new Request('http://views.test/', { method: 'POST', body, ...init });

  it('answers POST / with JSON', async () => {
    const fetch = createRpcFetch(handlerOf());
    const response = await fetch(post('{"jsonrpc":"2.0","id":7,"method":"metashrew_height"}'));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ jsonrpc: '2.0', id: 7, result: '2' });
    const silent = await fetch(post('{"jsonrpc":"2.0","method":"metashrew_height"}'));
    expect([silent.status, await silent.text()]).toEqual([204, '']);
  });

  it('refuses what is no JSON, too large, elsewhere or another verb', async () => {
    const fetch = createRpcFetch(handlerOf(), { maxBodyBytes: 100 });
    for (const body of ['', '{', 'x']) {
      expect(await (await fetch(post(body))).json()).toMatchObject({
        id: null,
        error: { code: -32_700 },
      });
    }
    expect((await fetch(post('x'.repeat(101)))).status).toBe(413);
    const endless = new ReadableStream({ pull: (stream) => stream.enqueue(bytes('x'.repeat(60))) });
    const streamed = post('', { body: endless, duplex: 'half' } as RequestInit);
    expect((await fetch(streamed)).status).toBe(413);
    const broken = new ReadableStream({ pull: (stream) => stream.error(new Error('hung up')) });
    const cut = post('', { body: broken, duplex: 'half' } as RequestInit);
    expect((await fetch(cut)).status).toBe(400);
    expect((await fetch(new Request('http://views.test/'))).status).toBe(405);
    expect((await fetch(new Request('http://views.test/other', { method: 'POST' }))).status).toBe(
      404,
    );
  });

  it('lets browsers in from the origins it was told', async () => {
    const origin = 'http://app.test';
    const allowed = async (cors: '*' | string[] | undefined) => {
      const fetch = createRpcFetch(handlerOf(), cors === undefined ? {} : { cors });
      const response = await fetch(
        new Request('http://views.test/', { method: 'OPTIONS', headers: { origin } }),
      );
      return response.headers.get('access-control-allow-origin');
    };
    expect(await allowed('*')).toBe('*');
    expect(await allowed([origin])).toBe(origin);
    expect(await allowed(undefined)).toBeNull();
  });
});
