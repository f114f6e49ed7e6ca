/**
 * The parts of the page. Each shows one thing of the snapshot.
 * @import { Act, CockpitSnapshot, ExtractionSnapshot, LoggedEvent, PageEvent, PoolSnapshot, Span, State } from '../dashboard-types/model.js'
 */
import { bytes, count, duration, percent, timeOf, tone } from './format.js';
import { TIMELINE_MS } from './store.js';
import { html, useState } from './vendor/preact.js';

/** @param {{ word: string, id?: string }} properties */
export const Tag = ({ word, id }) =>
  html`<span class=${`tag ${tone(word)}`} id=${id}>${word}</span>`;

/** @type {Record<ExtractionSnapshot['health']['forecast'][number]['sign'], (limit: number) => string>} */
const FORECASTS = {
  utilization: (limit) => `utilization reaches ${percent(limit)}`,
  memory: (limit) => `memory reaches ${percent(limit)}`,
  wait: (limit) => `the mean wait reaches ${duration(limit)}`,
};

/** @param {Pick<ExtractionSnapshot, 'health'>} properties */
export function Health({ health }) {
  const { signs } = health;
  const rows = [
    ['score', health.score.toFixed(0)],
    ['success', percent(signs.successRate)],
    ['fallback', percent(signs.fallbackRate)],
    ['utilization', percent(signs.utilization)],
    ['memory', percent(signs.memory)],
    ['mean time', duration(signs.processingMs)],
    ['looked at', duration(health.windowMs)],
  ];
  return html`<section class="card" aria-labelledby="health-title">
    <h2 id="health-title">Health <${Tag} word=${health.level} id="health-level" /> <${Tag} word=${health.trend} id="health-trend" /></h2>
    <dl>${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
    ${health.because.length > 0 && html`<p class="warn">because of ${health.because.join(', ')}</p>`}
    <p id="forecast" class="quiet">
      ${health.forecast.length === 0 ? 'No forecast: nothing rises for sure.' : health.forecast.map(({ sign, limit, inMs }) => html`<span class="warn">In ${duration(inMs)} ${FORECASTS[sign](limit)}. </span>`)}
    </p>
  </section>`;
}

/** @param {Pick<ExtractionSnapshot, 'breaker'> & { act: Act | undefined }} properties */
export function Breaker({ breaker, act }) {
  const rows = [
    ['trips', count(breaker.trips)],
    ['refused calls', count(breaker.refused)],
    ['failures in a row', count(breaker.failures)],
    ['open for', duration(breaker.openForMs)],
    ['next trial in', duration(breaker.retryInMs)],
  ];
  return html`<section class="card" aria-labelledby="breaker-title">
    <h2 id="breaker-title">Breaker <${Tag} word=${breaker.kind} id="breaker-state" /></h2>
    <dl>${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
    ${
      act &&
      html`<p class="actions">
      ${['trip', 'reset', 'isolate'].map((verb) => html`<button type="button" onClick=${() => act(`breaker/${verb}`)}>${verb}</button>`)}
    </p>`
    }
  </section>`;
}

/** @param {Pick<ExtractionSnapshot, 'metrics'>} properties */
export function Fallbacks({ metrics }) {
  const triggers = Object.entries(metrics.fallbacksByTrigger);
  return html`<section class="card" aria-labelledby="fallback-title">
    <h2 id="fallback-title">Pages</h2>
    <dl>
      <dt>read</dt><dd id="pages-read">${count(metrics.successfulExtractions)}</dd>
      <dt>refused</dt><dd>${count(metrics.refusedPages)}</dd>
      <dt>failed</dt><dd>${count(metrics.failedExtractions - metrics.refusedPages)}</dd>
      <dt>by the fallback</dt><dd id="fallbacks">${count(metrics.fallbackExtractions)}</dd>
      ${triggers.filter(([, value]) => value > 0).map(([name, value]) => html`<dt class="warn">${name}</dt><dd>${count(value)}</dd>`)}
    </dl>
  </section>`;
}

/** @param {Pick<CockpitSnapshot, 'pools'> & Pick<ExtractionSnapshot, 'memory' | 'metrics'>} properties */
export function Memory({ pools, memory, metrics }) {
  const measured = pools.filter((pool) => pool.memory.peakBytes > 0);
  return html`<section class="card" aria-labelledby="memory-title">
    <h2 id="memory-title">Memory</h2>
    <dl>
      <dt>extractors, used</dt><dd>${bytes(memory.usedBytes)}</dd>
      <dt>extractors, peak</dt><dd>${bytes(memory.peakBytes)}</dd>
      <dt>guest pages</dt><dd>${count(metrics.wasmMemoryPages)}</dd>
      ${measured.map((pool) => html`<dt>${pool.name}</dt><dd>${bytes(pool.memory.usedBytes)} <${Tag} word=${pool.memory.pressure} id=${`pressure-${pool.name}`} /></dd>`)}
    </dl>
  </section>`;
}

/** @param {Pick<CockpitSnapshot, 'pools'> & { act: Act | undefined }} properties */
export function Pools({ pools, act }) {
  const heads = [
    'pool',
    'state',
    'in use',
    'idle',
    'used',
    'max',
    'waiting',
    'wait p50',
    'wait p95',
    'wait p99',
    'use p95',
    'created',
    'ended',
    'leaks',
    'score',
  ];
  return html`<section class="card wide" aria-labelledby="pools-title">
    <h2 id="pools-title">Pools</h2>
    <div class="scroll" tabindex="0" role="region" aria-labelledby="pools-title">
      <table>
        <thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}${act && html`<th scope="col">actions</th>`}</tr></thead>
        <tbody>${pools.map((pool) => html`<${PoolRow} key=${pool.name} pool=${pool} act=${act} />`)}</tbody>
      </table>
    </div>
  </section>`;
}

/** @param {{ pool: PoolSnapshot, act: Act | undefined }} properties */
function PoolRow({ pool, act }) {
  const { name } = pool;
  const path = `pools/${encodeURIComponent(name)}`;
  const resize = () => {
    const max = Number(prompt(`Most resources of ${name}:`, String(pool.max)));
    if (Number.isInteger(max) && max > 0) act?.(`${path}/resize`, { max });
  };
  return html`<tr>
    <td>${name}</td>
    <td><${Tag} word=${pool.state} /></td>
    <td><meter min="0" max="1" low="0.75" high="0.85" optimum="0" value=${pool.utilization} aria-label=${`${name}: ${percent(pool.utilization)} in use`}></meter> ${percent(pool.utilization)}</td>
    <td>${pool.idle}</td><td>${pool.borrowed}</td><td>${pool.max ?? '∞'}</td>
    <td class=${pool.waiting > 0 ? 'warn' : ''}>${pool.waiting}</td>
    <td>${duration(pool.wait.p50Ms)}</td><td>${duration(pool.wait.p95Ms)}</td><td>${duration(pool.wait.p99Ms)}</td>
    <td>${duration(pool.hold.p95Ms)}</td>
    <td>${count(pool.created)}</td><td>${count(pool.destroyed)}</td>
    <td class=${pool.leaks > 0 ? 'bad' : ''} id=${`leaks-${name}`}>${pool.leaks}</td>
    <td>${pool.score.toFixed(0)}</td>
    ${
      act &&
      html`<td><div class="actions">
      ${pool.state === 'draining' ? html`<button type="button" onClick=${() => act(`${path}/resume`)}>resume</button>` : html`<button type="button" onClick=${() => act(`${path}/drain`)}>drain</button>`}
      <button type="button" onClick=${() => act(`${path}/clear`)}>clear</button>
      <button type="button" onClick=${() => act(`${path}/gc`)}>collect</button>
      <button type="button" onClick=${resize}>resize</button>
    </div></td>`
    }
  </tr>`;
}

const WIDTH = 1_000;
const ROW = 16;
const NAMES = 190;

/**
 * One line for each resource: its life, and its leases, over the last minute.
 * @param {Pick<State, 'lives'> & { now: number }} properties
 */
export function Timeline({ lives, now }) {
  const rows = [...lives].slice(-24);
  /** @param {number} at */
  const x = (at) =>
    NAMES + (WIDTH - NAMES) * Math.min(1, Math.max(0, 1 - (now - at) / TIMELINE_MS));
  /**
   * @param {string} kind
   * @param {Span} span
   * @param {number} y
   * @param {number} height
   */
  const bar = (kind, { from, to }, y, height) =>
    html`<rect class=${kind} x=${x(from)} y=${y} width=${Math.max(1.5, x(to ?? now) - x(from))} height=${height} />`;
  return html`<section class="card wide" aria-labelledby="timeline-title">
    <h2 id="timeline-title">Resources, last minute</h2>
    ${
      rows.length === 0
        ? html`<p class="quiet">No resource was seen to do anything yet.</p>`
        : html`<div class="scroll"><svg class="timeline" viewBox=${`0 0 ${WIDTH} ${rows.length * ROW}`} role="img" aria-label=${`${rows.length} resources`}>
      ${rows.map(
        ([id, life], index) => html`<g key=${id}>
        <text x="0" y=${index * ROW + 11}>${life.pool} ${id.slice(0, 8)}</text>
        ${bar('life', life, index * ROW + 3, 9)}
        ${life.leases.map((lease) => bar('lease', lease, index * ROW + 5, 5))}
        ${life.to !== undefined && bar('ended', { from: life.to, to: life.to }, index * ROW + 1, 13)}
      </g>`,
      )}
    </svg></div>`
    }
  </section>`;
}

/**
 * A listener that hands on what stands in a field.
 * @param {(text: string) => void} take
 */
export const typed =
  (take) =>
  /** @param {{ target: { value: string } }} event */
  ({ target }) =>
    take(target.value);

const SEVERITIES = ['debug', 'info', 'warn', 'error', 'critical'];

/** @param {Pick<State, 'log' | 'lagged'>} properties */
export function Log({ log, lagged }) {
  const [text, setText] = useState('');
  const [least, setLeast] = useState('info');
  const [family, setFamily] = useState('');
  const [held, setHeld] = useState(/** @type {LoggedEvent[] | undefined} */ (undefined));
  /** @param {LoggedEvent} logged */
  const wanted = ({ event }) =>
    SEVERITIES.indexOf(event.severity) >= SEVERITIES.indexOf(least) &&
    event.eventType.startsWith(family) &&
    (text === '' || JSON.stringify(event).toLowerCase().includes(text.toLowerCase()));
  const shown = (held ?? log).filter(wanted).slice(0, 200);
  return html`<section class="card wide" aria-labelledby="log-title">
    <h2 id="log-title">Events ${lagged > 0 && html`<span class="tag warn">${count(lagged)} missed</span>`}</h2>
    <div class="filters">
      <label>contains <input type="search" id="log-text" value=${text} onInput=${typed(setText)} /></label>
      <label>from <select id="log-severity" value=${least} onChange=${typed(setLeast)}>${SEVERITIES.map((each) => html`<option value=${each} selected=${each === least}>${each}</option>`)}</select></label>
      <label>about <select id="log-family" value=${family} onChange=${typed(setFamily)}>
        <option value="">everything</option>
        ${['pool.', 'extraction.', 'health.', 'system.'].map((each) => html`<option value=${each} selected=${each === family}>${each.slice(0, -1)}</option>`)}
      </select></label>
      <button type="button" aria-pressed=${held !== undefined} onClick=${() => setHeld(held === undefined ? [...log] : undefined)}>${held === undefined ? 'hold' : 'go on'}</button>
    </div>
    <ol class="log" id="log" tabindex="0" aria-label="Events, the newest first">
      ${shown.map(({ id, event }) => html`<li key=${id}><span class="quiet">${timeOf(event.timestamp)}</span><span class=${tone(event.severity)}>${event.eventType}</span><span>${detailsOf(event)}</span></li>`)}
    </ol>
  </section>`;
}

const KNOWN = new Set([
  'eventId',
  'eventType',
  'timestamp',
  'source',
  'severity',
  'metadata',
  'context',
  'instanceId',
  'id',
  'metrics',
]);

/** @param {PageEvent} event */
function detailsOf(event) {
  if (typeof event.message === 'string') return event.message;
  return Object.entries(event)
    .filter(([name, value]) => !KNOWN.has(name) && value !== '')
    .map(
      ([name, value]) => `${name} ${typeof value === 'number' ? Number(value.toFixed(2)) : value}`,
    )
    .join(', ');
}
