/**
 * What the page knows: the last snapshot, a short past of figures, the log, the lives of resources.
 * @import { CockpitSnapshot, Life, PageEvent, State } from '../dashboard-types/model.js'
 */

const POINTS = 300;
const LOG = 500;
/** Of the durations that are drawn. */
export const PERCENTILES = /** @type {const} */ (['p50Ms', 'p95Ms', 'p99Ms']);
/** Resources that are gone stay on the timeline for so long. */
const TIMELINE_MS = 60_000;

/**
 * Follows the event stream of the server.
 * @param {(state: State) => void} onChange called before the next frame is drawn, once for all that came until then
 * @returns {State}
 */
export function createStore(onChange) {
  /** @type {State} */
  const state = {
    connection: 'connecting',
    snapshot: undefined,
    series: new Map(),
    times: [],
    log: [],
    lives: new Map(),
    lagged: 0,
  };
  let asked = false;
  // Many events, one painting: whatever comes before the next frame is drawn with it.
  const changed = () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      onChange(state);
    });
  };

  const source = new EventSource('/events');
  source.addEventListener('open', () => {
    state.connection = 'live';
    changed();
  });
  source.addEventListener('error', () => {
    state.connection = source.readyState === EventSource.CLOSED ? 'closed' : 'reconnecting';
    changed();
  });
  source.addEventListener('snapshot', ({ data }) => {
    /** @type {CockpitSnapshot} */
    const snapshot = JSON.parse(data);
    state.snapshot = snapshot;
    remember(state, snapshot);
    prune(state, Date.parse(snapshot.time));
    changed();
  });
  source.addEventListener('lagged', ({ data }) => {
    state.lagged += JSON.parse(data).skipped;
    changed();
  });
  source.addEventListener('pool-event', ({ data, lastEventId }) => {
    /** @type {PageEvent} */
    const event = JSON.parse(data);
    follow(state, event);
    if (!HOT.has(event.eventType)) {
      state.log.unshift({ id: lastEventId, event });
      state.log.length = Math.min(state.log.length, LOG);
    }
    changed();
  });
  return state;
}

/** What happens with every loan and page: drawn, but not listed. */
const HOT = new Set([
  'pool.instance_acquired',
  'pool.instance_released',
  'extraction.started',
  'extraction.completed',
]);

/**
 * @param {State} state
 * @param {CockpitSnapshot} snapshot
 */
function remember(state, { time, pools, extraction }) {
  const now = Date.parse(time) / 1_000;
  state.times.push(now);
  /** @type {Map<string, number>} */
  const values = new Map();
  for (const pool of pools) {
    values.set(`utilization ${pool.name}`, pool.utilization);
    values.set(`waiting ${pool.name}`, pool.waiting);
    values.set(`memory ${pool.name}`, pool.memory.usedBytes);
  }
  const [busiest] = [...pools].sort((one, other) => other.acquired - one.acquired);
  for (const name of PERCENTILES) values.set(`hold ${name}`, busiest?.hold[name] ?? 0);
  values.set('fallback', extraction.health.signs.fallbackRate);
  values.set('score', extraction.health.score / 100);
  values.set('guests', extraction.metrics.wasmMemoryPages * 65_536);
  for (const [name, value] of values) {
    const past = state.series.get(name) ?? new Array(state.times.length - 1).fill(null);
    past.push(value);
    state.series.set(name, past);
  }
  // A pool that is gone goes on as nothing.
  for (const [name, past] of state.series) if (!values.has(name)) past.push(null);
  if (state.times.length <= POINTS) return;
  state.times.shift();
  for (const past of state.series.values()) past.shift();
}

/**
 * What an event says about the life of one resource.
 * @param {State} state
 * @param {PageEvent} event
 */
function follow({ lives }, { eventType, instanceId, poolId, timestamp }) {
  if (instanceId === undefined) return;
  const at = Date.parse(timestamp);
  /** @type {Life} */
  const life = lives.get(instanceId) ?? { pool: poolId, from: at, to: undefined, leases: [] };
  lives.set(instanceId, life);
  const lease = life.leases.at(-1);
  if (eventType === 'pool.instance_acquired') life.leases.push({ from: at, to: undefined });
  if (eventType === 'pool.instance_released' && lease !== undefined) lease.to ??= at;
  if (eventType === 'pool.instance_destroyed') {
    life.to = at;
    if (lease !== undefined) lease.to ??= at;
  }
  if (life.leases.length > 200) life.leases.shift();
}

/**
 * @param {State} state
 * @param {number} now
 */
function prune({ lives }, now) {
  for (const [id, life] of lives) {
    life.leases = life.leases.filter(({ to }) => to === undefined || now - to < TIMELINE_MS);
    if (life.to !== undefined && now - life.to > TIMELINE_MS) lives.delete(id);
  }
}

export { TIMELINE_MS };
