/**
 * The page: what the pools are doing, as it happens.
 * @import { Act, ExtractionSnapshot, State } from '../dashboard-types/model.js'
 */
import { Chart } from './chart.js';
import { bytes, duration, percent } from './format.js';
import { Breaker, Fallbacks, Health, Log, Memory, Pools, Tag, Timeline, typed } from './panels.js';
import { createStore, PERCENTILES } from './store.js';
import { html, render, useState } from './vendor/preact.js';

const THEMES = /** @type {const} */ ({ '': 'light', light: 'dark', dark: '' });

/**
 * @param {object} properties
 * @param {State['connection']} properties.connection
 * @param {ExtractionSnapshot['health']} properties.health
 * @param {boolean} properties.actions whether the server takes any
 * @param {string} properties.token
 * @param {(token: string) => void} properties.setToken
 */
function Top({ connection, health, actions, token, setToken }) {
  const [theme, setTheme] = useState(/** @type {keyof typeof THEMES} */ (''));
  const next = THEMES[theme];
  const change = () => {
    document.documentElement.dataset['theme'] = next;
    setTheme(next);
  };
  return html`<header class="bar-top">
    <h1>Rockpool</h1>
    <span role="status" aria-live="polite"><${Tag} word=${health.level} /> score ${health.score.toFixed(0)}</span>
    <span class=${connection === 'live' ? 'quiet' : 'bad'} id="connection">${connection}</span>
    <span class="room"></span>
    ${actions && html`<label>token <input type="password" id="token" autocomplete="off" value=${token} onInput=${typed(setToken)} /></label>`}
    <button type="button" id="theme" onClick=${change}>theme: ${theme === '' ? 'as the system' : theme}</button>
  </header>`;
}

/** @param {{ state: State, actions: boolean }} properties */
function App({ state, actions }) {
  const [token, setToken] = useState('');
  const [answer, setAnswer] = useState('');
  const { snapshot, series, times } = state;
  if (snapshot === undefined) return html`<p class="loading">Connecting to the pools …</p>`;
  const { pools, extraction } = snapshot;
  /** @type {Act} */
  const act = async (path, body) => {
    try {
      const response = await fetch(`/actions/${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const result = await response.json();
      setAnswer(result.detail ?? result.done);
    } catch (error) {
      setAnswer(`The server did not answer: ${error}`);
    }
  };
  const steer = actions && token !== '' ? act : undefined;
  /** @param {string} prefix */
  const lines = (prefix) =>
    [...series]
      .filter(([name]) => name.startsWith(`${prefix} `))
      .map(([name, values]) => ({ label: name.slice(prefix.length + 1), values }));
  /**
   * @param {string} name
   * @param {string} label
   */
  const one = (name, label) => ({ label, values: series.get(name) ?? [] });
  return html`<${Top} connection=${state.connection} health=${extraction.health} actions=${actions} token=${token} setToken=${setToken} />
    ${answer !== '' && html`<p class="loading" role="status">${answer}</p>`}
    <main class="grid">
      <${Health} health=${extraction.health} />
      <${Breaker} breaker=${extraction.breaker} act=${steer} />
      <${Fallbacks} metrics=${extraction.metrics} />
      <${Memory} pools=${pools} memory=${extraction.memory} metrics=${extraction.metrics} />
      <${Pools} pools=${pools} act=${steer} />
      <${Chart} title="Utilization" times=${times} series=${lines('utilization')} show=${percent} most=${1} />
      <${Chart} title="Waiting" times=${times} series=${lines('waiting')} show=${whole} />
      <${Chart} title="Time in use, busiest pool" times=${times} series=${PERCENTILES.map((name) => one(`hold ${name}`, name.slice(0, 3)))} show=${duration} />
      <${Chart} title="Health and fallback" times=${times} series=${[one('score', 'score'), one('fallback', 'fallback')]} show=${percent} most=${1} />
      <${Chart} title="Memory" times=${times} series=${lines('memory')} show=${bytes} />
      <${Timeline} lives=${state.lives} now=${Date.parse(snapshot.time)} />
      <${Log} log=${state.log} lagged=${state.lagged} />
    </main>`;
}

/** @param {number} value */
const whole = (value) => value.toFixed(0);

const place = /** @type {HTMLElement} */ (document.getElementById('app'));
let actions = false;
const state = createStore((now) => {
  render(html`<${App} state=${now} actions=${actions} />`, place);
});
actions = (await (await fetch('/api/snapshot')).json()).actions;
render(html`<${App} state=${state} actions=${actions} />`, place);
