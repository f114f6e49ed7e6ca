import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { chromiumPath, launch } from './browser.js';
import { serving } from './cockpit.js';
import { page as pageOf } from './folder.js';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

/** Where screenshots go: with `ROCKPOOL_SCREENSHOTS=docs/assets` those of the documentation are taken anew. */
const shots = process.env['ROCKPOOL_SCREENSHOTS'];
const root = fileURLToPath(new URL('../../../', import.meta.url));

/** A busy machine takes its time. */
const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 });

describe.skipIf(chromiumPath === undefined)('the dashboard in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  /** The page, and everything it complained about or asked of others. */
  async function open(url: string, options: Parameters<Browser['newContext']>[0] = {}) {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 900 },
      ...options,
    });
    const page = await context.newPage();
    const complaints: string[] = [];
    const outside: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning')
        complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith('data:'))
        outside.push(request.url());
    });
    await page.goto(`${url}/`);
    await page.waitForSelector('#pools-title');
    return { page, context, complaints, outside };
  }
  const text = (page: Page, selector: string): Promise<string> =>
    // biome-ignore lint/performance/useDomNodeTextContent: what is hidden must not count
    page.locator(selector).innerText();

  it('shows a trip, a recovery, a leak and memory pressure as they happen', async () => {
    const { url, extraction, guests } = await serving();
    const { page, context, complaints, outside } = await open(url);
    expect(await text(page, '#breaker-state')).toBe('closed');
    extraction.breaker.trip(new Error('five failures'));
    await eventually(() => text(page, '#breaker-state')).toBe('open');
    await eventually(() => text(page, '#log')).toContain('the breaker went from closed to open');
    extraction.breaker.reset();
    await eventually(() => text(page, '#breaker-state')).toBe('closed');

    const lease = await guests.acquire({ label: 'forgotten' });
    await eventually(() => text(page, '#leaks-guests')).toBe('1');
    await eventually(() => text(page, '#log')).toContain('forgotten');

    lease.resource.bytes = 950;
    guests.memory.measure();
    await eventually(() => text(page, '#pressure-guests')).toBe('critical');
    await eventually(() => text(page, '#log')).toContain('pool.memory_pressure');
    lease.release();

    await extraction.extract(pageOf('Tides'));
    await eventually(() => text(page, '#pages-read')).toBe('1');
    expect(await page.locator('.timeline .lease').count()).toBeGreaterThan(0);
    expect([complaints, outside]).toEqual([[], []]);
    await context.close();
  });

  it('filters the log, and holds it', async () => {
    const { url, bus } = await serving();
    const { page, context } = await open(url);
    for (const [message, severity] of [
      ['a quiet word', 'info'],
      ['a loud word', 'error'],
    ] as const) {
      bus.publish('system.test', () => ({ message, severity }));
    }
    await eventually(() => text(page, '#log')).toContain('a loud word');
    await page.selectOption('#log-severity', 'error');
    await eventually(() => text(page, '#log')).not.toContain('a quiet word');
    await page.selectOption('#log-severity', 'info');
    await page.fill('#log-text', 'QUIET');
    await eventually(() => text(page, '#log')).not.toContain('a loud word');
    expect(await text(page, '#log')).toContain('a quiet word');
    await page.getByRole('button', { name: 'hold' }).click();
    bus.publish('system.test', () => ({ message: 'a late quiet word' }));
    bus.publish('system.test', () => ({ message: 'the end' }));
    await page.selectOption('#log-family', 'system.');
    expect(await text(page, '#log')).not.toContain('late');
    await page.getByRole('button', { name: 'go on' }).click();
    await eventually(() => text(page, '#log')).toContain('a late quiet word');
    await context.close();
  });

  it('comes back after the connection was lost, without a gap in the log', async () => {
    const { url, bus } = await serving();
    const { page, context } = await open(url);
    await context.setOffline(true);
    // The stream that is open stays open when a page goes offline: a new one is what has to be resumed.
    bus.publish('system.test', () => ({ message: 'said meanwhile' }));
    await context.setOffline(false);
    await eventually(() => text(page, '#log')).toContain('said meanwhile');
    expect(await text(page, '#connection')).toBe('live');
    await context.close();
  });

  it('steers with the token, and says so when it is wrong', async () => {
    const actionsToken = 'a-token-of-enough-characters';
    const { url, guests, extraction } = await serving({ actionsToken });
    const { page, context } = await open(url);
    expect(await page.getByRole('button', { name: 'trip' }).count()).toBe(0);
    await page.fill('#token', 'wrong');
    await page.getByRole('button', { name: 'trip' }).click();
    await page.getByText('actions need the bearer token').waitFor();
    expect(extraction.breaker.trips).toBe(0);
    await page.fill('#token', actionsToken);
    await page.getByRole('button', { name: 'trip' }).click();
    await eventually(() => text(page, '#breaker-state')).toBe('open');
    await page.locator('tr', { hasText: 'guests' }).getByRole('button', { name: 'drain' }).click();
    await eventually(() => guests.state).toBe('draining');
    await page.locator('tr', { hasText: 'guests' }).getByRole('button', { name: 'resume' }).click();
    await eventually(() => guests.state).toBe('running');
    await context.close();
  });

  it('can be reached by keyboard, and changes its theme', async () => {
    const { url } = await serving();
    const { page, context } = await open(url);
    const reached: string[] = [];
    for (let step = 0; step < 12; step++) {
      await page.keyboard.press('Tab');
      reached.push(
        await page.evaluate<string>(
          "const { activeElement: at } = document; at.id || at.getAttribute('aria-labelledby') || at.tagName",
        ),
      );
    }
    for (const each of ['theme', 'pools-title', 'log-text', 'log-severity', 'log-family', 'log']) {
      expect(reached).toContain(each);
    }
    const ground = (): Promise<string> =>
      page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    await page.click('#theme');
    const light = await ground();
    await page.click('#theme');
    await eventually(ground).not.toBe(light);
    await context.close();
  });

  it('fits on a phone', async () => {
    const { url } = await serving();
    const { page, context } = await open(url, { viewport: { width: 360, height: 740 } });
    const { wide, seen } = await page.evaluate<{ wide: number; seen: number }>(
      '({ wide: document.documentElement.scrollWidth, seen: document.documentElement.clientWidth })',
    );
    expect(wide).toBeLessThanOrEqual(seen);
    await context.close();
  });

  it.skipIf(shots === undefined)('has its picture taken', async () => {
    const { url, extraction, guests } = await serving();
    const { page, context } = await open(url, { viewport: { width: 1280, height: 1000 } });
    const folder = path.resolve(root, shots ?? '');
    mkdirSync(folder, { recursive: true });
    for (let round = 0; round < 60; round++) {
      await Promise.all(
        Array.from({ length: 1 + (round % 5) }, () => extraction.extract(pageOf('Tides'))),
      );
      const lease = await guests.acquire();
      lease.resource.bytes = 60 + round * 4;
      lease.release();
      if (round === 30) extraction.breaker.trip(new Error('for the picture'));
      if (round === 50) extraction.breaker.reset();
      await page.waitForTimeout(100);
    }
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.waitForTimeout(300);
      await page.screenshot({ path: path.join(folder, `dashboard-${scheme}.png`) });
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 390, height: 844 });
    await page.waitForTimeout(300);
    await page.screenshot({ path: path.join(folder, 'dashboard-phone.png') });
    await context.close();
  });
});
