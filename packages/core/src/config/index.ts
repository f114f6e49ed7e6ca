/**
 * Reading settings from environment variables: what a text means, which of several variables counts, and what is wrong.
 * Each package brings a table of its own.
 * @packageDocumentation
 */
export { type Candidate, type Choice, chooseFirst, exceeding } from './candidates.js';
export {
  type Environment,
  type EnvironmentReading,
  type FoundVariable,
  misspeltVariables,
  readEnvironment,
  type Variable,
} from './environment.js';
export { type FormReading, numberIn, readForm, switchIn, type VariableForm } from './forms.js';
export { memoryBytes, milliseconds, wholeNumber } from './limits.js';
