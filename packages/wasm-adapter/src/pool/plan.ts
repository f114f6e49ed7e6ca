import type { PoolOptions } from '@rockpool/core';
import { describeOptions, suggestion } from '@rockpool/core';
import { WasmOptionsError } from '../errors.js';
import type { ResolvedInstanceOptions } from '../instance/options.js';
import { instanceOptionNames, parseInstanceOptions } from '../instance/options.js';
import { warnProcess } from '../options.js';
import type { Isolation } from '../program/isolation.js';
import type { GuestApi } from '../program/options.js';
import type { WasmProgram } from '../program/program.js';
import { assertFits } from './address-space.js';

/** Everything that is decided before the first instance is made. */
export interface PlannedPool<Api extends GuestApi> {
  readonly isolation: Isolation;
  readonly options: ResolvedInstanceOptions<Api>;
  /** What is left for the pool itself. */
  readonly poolOptions: PoolOptions<never>;
  readonly coldStartTargetMs: number;
  readonly warn: (message: string) => void;
}

/** @throws WasmOptionsError naming every problem. */
export function planPool<Api extends GuestApi>(
  program: WasmProgram<Api>,
  given: object,
): PlannedPool<Api> {
  const {
    coldStartTargetMs = 15,
    onWarning = warnProcess,
    ...rest
  } = given as { coldStartTargetMs?: number; onWarning?: (message: string) => void; max?: number };
  const own = new Set(instanceOptionNames());
  assertKnown(Object.keys(rest), own);
  const entries = Object.entries(rest);
  const options = parseInstanceOptions<Api>(
    'createWasmPool',
    Object.fromEntries(entries.filter(([key]) => own.has(key))),
  );
  const isolation = options.isolation ?? program.isolationReport().recommended;
  const problems = contradictions(program, options, isolation);
  if (problems.length > 0) throw new WasmOptionsError('createWasmPool', problems);
  assertFits(rest.max ?? 10, program.memoryCount);
  return {
    isolation,
    options,
    poolOptions: Object.fromEntries(entries.filter(([key]) => !own.has(key))),
    coldStartTargetMs,
    warn: onWarning,
  };
}

function contradictions<Api extends GuestApi>(
  program: WasmProgram<Api>,
  options: ResolvedInstanceOptions<Api>,
  isolation: Isolation,
): string[] {
  const report = program.isolationReport();
  const problems: string[] = [];
  if (isolation === 'snapshot' && report.reasons.length > 0) {
    problems.push(`\`isolation\` cannot be "snapshot": ${report.reasons.join('; ')}`);
  }
  if (options.limited === 'limited' && report.memoryLimit === 'not-enforced') {
    problems.push('`memory` cannot be limited: the module cannot be rewritten');
  }
  if (options.limitPages < program.minimumPages) {
    problems.push(
      `\`memory\` allows ${options.limitPages} pages, but the module begins with ${program.minimumPages}`,
    );
  }
  if (options.fuel !== undefined && report.metering !== 'metered') {
    problems.push('`fuel` needs a program that is loaded with `metering: "metered"`');
  }
  if (options.mechanism === 'fuel-clock' && report.metering !== 'metered') {
    problems.push('`deadline.mechanism` "fuel-clock" needs a metered program; use "vm"');
  }
  if (options.mechanism === 'epoch' && report.metering !== 'epoch') {
    problems.push('`deadline.mechanism` "epoch" needs a program loaded with `metering: "epoch"`');
  }
  return problems;
}

/** Two schemas share one object here, so neither can say that a key belongs to nobody. */
function assertKnown(keys: readonly string[], own: ReadonlySet<string>): void {
  const known = [...own, ...describeOptions().map(({ name }) => name)];
  const problems = keys
    .filter((key) => !known.includes(key))
    .map((key) => {
      const meant = suggestion(key, known);
      return `unknown option \`${key}\`${meant === undefined ? '' : `, did you mean \`${meant}\`?`}`;
    });
  if (problems.length > 0) throw new WasmOptionsError('createWasmPool', problems);
}
