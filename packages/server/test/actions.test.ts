import { describe, expect, it } from 'vitest';
import { serving } from './cockpit.js';

const TOKEN = 'a-token-of-enough-characters';
const bodyOf = async (response: Response): Promise<Record<string, unknown>> =>
  (await response.json()) as Record<string, unknown>;

describe('actions', () => {
  const act = (
    url: string,
    path: string,
    { token = TOKEN, body }: { token?: string; body?: object } = {},
  ) =>
    fetch(`${url}/actions/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });

  it('do not exist without a token', async () => {
    const { url } = await serving();
    expect((await act(url, 'breaker/trip')).status).toBe(404);
  });

  it('are refused to those who do not bring it', async () => {
    const { url, extraction } = await serving({ actionsToken: TOKEN });
    for (const token of ['', 'x', `${TOKEN}x`, TOKEN.slice(1), TOKEN.toUpperCase()]) {
      const answer = await act(url, 'breaker/trip', { token });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toContain('Bearer');
    }
    expect((await fetch(`${url}/actions/breaker/trip`, { method: 'POST' })).status).toBe(401);
    expect((await fetch(`${url}/actions/breaker/trip`)).status).toBe(401);
    expect(extraction.breaker.trips).toBe(0);
  });

  it.each([
    ['pools/nowhere/drain', undefined, 404, /^there is no pool nowhere; there are .*guests/],
    ['pools/guests/explode', undefined, 404, /there are drain, resume, clear, gc and resize$/],
    ['pools/guests/resize', '{bad', 400, /^send the sizes as JSON, such as \{"max":8\}$/],
    ['pools/guests/resize', '{"max":"x"}', 400, /^max must be a whole number$/],
    ['pools/guests/resize', '{}', 400, /^give min, max or both$/],
  ])('say what is wrong with %s %j', async (path, body, status, detail) => {
    const { url } = await serving({ actionsToken: TOKEN });
    const answer = await fetch(`${url}/actions/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}` },
      ...(body !== undefined && { body }),
    });
    expect(answer.status).toBe(status);
    expect((await bodyOf(answer))['detail']).toMatch(detail);
  });

  it.each(['/actions/breaker/trip', '/extract'])('of %s are for POST alone', async (path) => {
    const { url } = await serving({ actionsToken: TOKEN });
    const answer = await fetch(url + path, { headers: { authorization: `Bearer ${TOKEN}` } });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
    expect(await bodyOf(answer)).toMatchObject({
      code: 'ERR_HTTP_METHOD',
      detail: `${path} takes POST, not GET`,
    });
  });

  it('trip, reset and isolate the breaker', async () => {
    const { url, extraction } = await serving({ actionsToken: TOKEN });
    const kinds = [];
    for (const verb of ['trip', 'reset', 'isolate', 'reset']) {
      expect((await act(url, `breaker/${verb}`)).status).toBe(200);
      kinds.push(extraction.breaker.state.kind);
    }
    expect(kinds).toEqual(['open', 'closed', 'isolated', 'closed']);
  });

  it('drain, resume, resize, clear and collect a pool, and are told in the log', async () => {
    const { url, guests, bus } = await serving({ actionsToken: TOKEN });
    const told: string[] = [];
    bus.on('system.action', ({ message }) => told.push(message));
    (await guests.acquire()).release();
    expect((await act(url, 'pools/guests/clear')).status).toBe(200);
    expect(guests.size).toBe(0);
    expect((await act(url, 'pools/guests/resize', { body: { max: 9 } })).status).toBe(200);
    expect(guests.max).toBe(9);
    expect((await act(url, 'pools/guests/gc')).status).toBe(200);
    expect(await bodyOf(await act(url, 'pools/guests/drain'))).toMatchObject({ state: 'draining' });
    expect(await bodyOf(await act(url, 'pools/guests/resume'))).toMatchObject({ state: 'running' });
    expect(told).toEqual(
      ['clear', 'resize', 'gc', 'drain', 'resume'].map((verb) => `by hand: ${verb} guests`),
    );
  });

  it.each([
    ['pools/nowhere/clear', undefined, 404],
    ['pools/guests/explode', undefined, 404],
    ['breaker/explode', undefined, 404],
    ['pools/guests/resize', undefined, 400],
    ['pools/guests/resize', { max: 'all' }, 400],
    ['pools/guests/resize', { max: 0 }, 409],
    ['pools/guests/resize', { max: 5, most: 6 }, 400],
    ['pools/guests/resize', { max: 5, why: 'x'.repeat(20_000) }, 400],
  ])('%s with %j is refused', async (path, body, status) => {
    const { url, guests } = await serving({ actionsToken: TOKEN });
    expect((await act(url, path, { ...(body !== undefined && { body }) })).status).toBe(status);
    expect(guests.max).toBe(4);
  });

  it('need a token that is worth the name', async () => {
    await expect(serving({ actionsToken: 'short' })).rejects.toThrow(/at least 16 characters/);
  });
});
