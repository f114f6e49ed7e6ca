import { bigPoolScenarios } from './big-pools.js';
import { burstScenario } from './bursts.js';
import { cancelScenarios } from './cancel.js';
import { churnScenarios } from './churn.js';
import { contendedScenarios } from './contended.js';
import { costScenario } from './costs.js';
import { extractionWorkersScenario } from './extraction-workers.js';
import { loanScenarios } from './loans.js';
import { observabilityScenarios } from './observability.js';
import { parserWorkerScenarios } from './parser-workers.js';
import { pipelineCurveScenarios } from './pipeline-curves.js';
import { pipelineScenarios } from './pipelines.js';
import { queueScenarios } from './queue.js';
import type { Scenario } from './scenario.js';
import { stormScenarios } from './storms.js';
import { viewScenarios } from './views.js';
import { wasmIsolationScenarios } from './wasm-isolation.js';
import { wasmStartScenarios } from './wasm-starts.js';
import { wasmStopScenario } from './wasm-stop.js';
import { wasmWorkerScenarios } from './wasm-workers.js';
import { watchedScenarios } from './watched.js';
import { yellowstoneCutScenario, yellowstoneScenarios } from './yellowstone.js';

/** Every scenario in the order of the report. */
export const SCENARIOS: readonly Scenario[] = [
  ...loanScenarios,
  ...contendedScenarios,
  ...observabilityScenarios,
  ...watchedScenarios,
  extractionWorkersScenario,
  ...churnScenarios,
  ...bigPoolScenarios,
  ...queueScenarios,
  ...cancelScenarios,
  ...stormScenarios,
  burstScenario,
  costScenario,
  ...wasmIsolationScenarios,
  wasmStopScenario,
  ...wasmWorkerScenarios,
  ...wasmStartScenarios,
  ...viewScenarios,
  ...parserWorkerScenarios,
  ...pipelineScenarios,
  ...pipelineCurveScenarios,
  ...yellowstoneScenarios,
  yellowstoneCutScenario,
];

/** @throws Error when there is no such scenario */
export function findScenario(id: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.id === id);
  if (found === undefined) throw new Error(`there is no scenario ${id}`);
  return found;
}
