export { findScenario, SCENARIOS } from './catalogue.js';
export type { Mode, Row, Scenario } from './scenario.js';
