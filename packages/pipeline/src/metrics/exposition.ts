import { type Family, LATENCY_BOUNDS, type Labels, type MetricsReading } from './family.js';

/** Families as text, in the exposition format 0.0.4 of Prometheus. */
export function exposition(families: readonly Family[], reading: MetricsReading): string {
  const lines: string[] = [];
  for (const family of families) {
    const { name } = family;
    lines.push(`# HELP ${name} ${escaped(family.help)}`, `# TYPE ${name} ${family.kind}`);
    if (family.kind !== 'histogram') {
      for (const { labels, value } of family.read(reading)) lines.push(line(name, labels, value));
      continue;
    }
    for (const { labels, counts, count, sum } of family.read(reading)) {
      for (const [index, bound] of LATENCY_BOUNDS.entries()) {
        lines.push(line(`${name}_bucket`, { ...labels, le: String(bound) }, counts[index] ?? 0));
      }
      lines.push(line(`${name}_bucket`, { ...labels, le: '+Inf' }, count));
      lines.push(line(`${name}_sum`, labels, sum), line(`${name}_count`, labels, count));
    }
  }
  return `${lines.join('\n')}\n`;
}

/** Families as JSON: samples by the name of their family. */
export function metricsAsJson(families: readonly Family[], reading: MetricsReading): string {
  const entries = families.map((family) => [
    family.name,
    { kind: family.kind, help: family.help, samples: family.read(reading) },
  ]);
  return JSON.stringify(Object.fromEntries(entries));
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escapedLabel(text)}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapedLabel(text: string): string {
  return escaped(text).replaceAll('"', '\\"');
}
