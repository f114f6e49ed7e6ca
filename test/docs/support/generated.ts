import {
  DESTROY_REASONS,
  describeOptions,
  POOL_EVENT_NAMES,
  PRESETS,
  TRANSITIONS,
} from '@rockpool/core';
import { HEALTH_THRESHOLDS } from '@rockpool/core/health';
import { BREAKER_TRANSITIONS } from '@rockpool/core/resilience';
import { SETTING_NAMES, SETTINGS, VARIABLES } from '@rockpool/extraction';
import {
  describePipelineOptions,
  PIPELINE_TRANSITIONS,
  type PipelineOptionDescription,
} from '@rockpool/pipeline';
import { FAMILIES } from '@rockpool/server/metrics';
import { docCommentOf, membersOf, unionOf } from './declarations.js';

/** A part of a page that is written by `docs/write.ts` of this package and by nobody else. */
export interface GeneratedPart {
  readonly page: string;
  /** Stands in the page between `<!-- begin generated: name -->` and `<!-- end generated: name -->`. */
  readonly name: string;
  readonly render: () => string;
}

/** Everything in the documentation that has a source in the code. */
export const GENERATED: readonly GeneratedPart[] = [
  { page: 'docs/configuration.md', name: 'options', render: optionTable },
  { page: 'docs/configuration.md', name: 'create-retry', render: () => memberTable('CreateRetry') },
  { page: 'docs/configuration.md', name: 'autoscale', render: () => memberTable('Autoscale') },
  { page: 'docs/configuration.md', name: 'presets', render: presetTable },
  { page: 'docs/architecture.md', name: 'slot-states', render: slotDiagram },
  { page: 'docs/resilience.md', name: 'breaker-states', render: breakerDiagram },
  { page: 'docs/resilience.md', name: 'health-levels', render: healthTable },
  { page: 'docs/operating.md', name: 'settings', render: settingTable },
  { page: 'docs/operating.md', name: 'variables', render: variableTable },
  { page: 'docs/operating.md', name: 'metrics', render: metricTable },
  { page: 'docs/events.md', name: 'events', render: eventTable },
  { page: 'docs/guide.md', name: 'counters', render: counterTable },
  { page: 'docs/guide.md', name: 'destroy-reasons', render: reasonTable },
  { page: 'docs/pipeline.md', name: 'pipeline-states', render: pipelineDiagram },
  {
    page: 'docs/pipeline.md',
    name: 'pipeline-options',
    render: () => describedTable(describePipelineOptions().pipeline),
  },
  {
    page: 'docs/pipeline.md',
    name: 'runtime-options',
    render: () => describedTable(describePipelineOptions().runtime),
  },
];

/** A page with a generated part put in its place. */
export function withPart(text: string, part: GeneratedPart): string {
  const begin = `<!-- begin generated: ${part.name} -->`;
  const end = `<!-- end generated: ${part.name} -->`;
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from === -1 || to < from) throw new Error(`${part.page} has no place for '${part.name}'`);
  return `${text.slice(0, from + begin.length)}\n\n${part.render()}\n\n${text.slice(to)}`;
}

function optionTable(): string {
  return describedTable(describeOptions());
}

function describedTable(options: readonly PipelineOptionDescription[]): string {
  const rows = options.map(({ name, defaultValue, description }) => [
    code(name),
    defaultValue === '' ? '' : code(defaultValue),
    description,
  ]);
  return table(['option', 'default', 'meaning'], rows);
}

function pipelineDiagram(): string {
  const moves = Object.entries(PIPELINE_TRANSITIONS).flatMap(([from, targets]) =>
    targets.length === 0 ? [`  ${from} --> [*]`] : targets.map((to) => `  ${from} --> ${to}`),
  );
  return ['```mermaid', 'stateDiagram-v2', '  [*] --> initializing', ...moves, '```'].join('\n');
}

function memberTable(type: string): string {
  const rows = membersOf('packages/core/src/contract/options.ts', type).map(({ name, doc }) => [
    code(name),
    doc,
  ]);
  return table(['field', 'meaning'], rows);
}

function presetTable(): string {
  const rows = Object.entries(PRESETS).flatMap(([weight, loads]) =>
    Object.entries(loads).map(([load, { min, max }]) => [
      code(`PRESETS.${weight}.${load}`),
      String(min),
      String(max),
    ]),
  );
  return table(['preset', 'min', 'max'], rows);
}

function slotDiagram(): string {
  const moves = Object.entries(TRANSITIONS).flatMap(([from, targets]) =>
    targets.map((to) => `  ${from} --> ${to === 'gone' ? '[*]' : to}`),
  );
  return ['```mermaid', 'stateDiagram-v2', '  [*] --> creating', ...moves, '```'].join('\n');
}

function breakerDiagram(): string {
  // Mermaid takes a hyphen for a part of an arrow.
  const shown = (state: string): string => state.replace('-', '_');
  const moves = Object.entries(BREAKER_TRANSITIONS).flatMap(([from, targets]) =>
    targets.map((to) => `  ${shown(from)} --> ${shown(to)}`),
  );
  return ['```mermaid', 'stateDiagram-v2', '  [*] --> closed', ...moves, '```'].join('\n');
}

function healthTable(): string {
  const rows = HEALTH_THRESHOLDS.map(({ sign, bad, limits }) => [
    code(sign),
    ...limits.map((limit) => (limit === undefined ? '' : `${bad} ${limit.toLocaleString('en')}`)),
  ]);
  return table(['sign', 'degraded', 'unhealthy', 'critical'], rows);
}

function settingTable(): string {
  const rows = SETTING_NAMES.map((name) => {
    const { fallback, what } = SETTINGS[name];
    return [code(name), fallback === undefined ? 'none' : code(String(fallback)), what];
  });
  return table(['setting', 'default', 'meaning'], rows);
}

function variableTable(): string {
  const rows = VARIABLES.map(({ name, setting, form }) => [code(name), form, code(setting)]);
  return table(['variable', 'is read as', 'setting'], rows);
}

function metricTable(): string {
  const rows = FAMILIES.map(({ name, otel, kind, help }) => [code(name), code(otel), kind, help]);
  return table(['Prometheus', 'OpenTelemetry', 'kind', 'meaning'], rows);
}

function eventTable(): string {
  const events = membersOf('packages/core/src/contract/events.ts', 'PoolEvents');
  const rows = POOL_EVENT_NAMES.map((name) => {
    const event = events.find((each) => each.name === name);
    if (event === undefined) throw new Error(`PoolEvents has no ${name}`);
    return [code(name), event.doc, event.fields.map(code).join(', ')];
  });
  return table(['event', 'when', 'carries'], rows);
}

function counterTable(): string {
  const rows = membersOf('packages/core/src/contract/stats.ts', 'PoolCounters').map(
    ({ name, doc }) => [code(name), doc],
  );
  return table(['counter', 'counts'], rows);
}

/** The doc comment of the type has one entry for each reason, separated by `·`. */
function reasonTable(): string {
  const file = 'packages/core/src/contract/poolable.ts';
  const doc = docCommentOf(file, 'DestroyReason').replaceAll(/\s+/g, ' ');
  const entries = doc.split(' · ').map((entry) => /`([\w-]+)` (.+)$/.exec(entry) ?? []);
  const meanings = new Map(entries.map(([, reason, meaning]) => [reason, meaning]));
  const rows = DESTROY_REASONS.map((reason) => {
    const meaning = meanings.get(reason);
    if (meaning === undefined) throw new Error(`${file} does not say what '${reason}' means`);
    return [code(reason), meaning];
  });
  const declared = unionOf(file, 'DestroyReason');
  if (declared.length !== rows.length) throw new Error('DESTROY_REASONS lacks a reason');
  return table(['reason', 'meaning'], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}
