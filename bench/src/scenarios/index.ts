export { findScenario, SCENARIOS } from './catalogue.js';
export type { Mode, Ratio, Row, Scenario } from './scenario.js';
