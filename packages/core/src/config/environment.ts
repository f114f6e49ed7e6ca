import { suggestion } from '../contract/parse.js';
import type { OptionProblem } from '../errors.js';
import type { Candidate } from './candidates.js';
import { readForm, type VariableForm } from './forms.js';

/** An environment variable, and the setting it means. */
export interface Variable<Setting extends string = string> {
  readonly name: string;
  readonly setting: Setting;
  readonly form: VariableForm;
}

/** A variable that is set, and what it says. */
export interface FoundVariable<Setting extends string = string> extends Candidate {
  readonly setting: Setting;
  readonly value: number | boolean;
}

/** What stands in an environment. */
export interface EnvironmentReading<Setting extends string = string> {
  /** In the order of the table: where several mean one setting, the first one counts. */
  readonly found: readonly FoundVariable<Setting>[];
  /** One for each variable whose text means nothing in its form. */
  readonly problems: readonly OptionProblem[];
}

/** The variables of a process, or of a test. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the variables of a table. One that is empty is not set: that is how a shell unsets one for a single command. */
export function readEnvironment<Setting extends string>(
  table: readonly Variable<Setting>[],
  environment: Environment,
): EnvironmentReading<Setting> {
  const found: FoundVariable<Setting>[] = [];
  const problems: OptionProblem[] = [];
  for (const { name, setting, form } of table) {
    const text = environment[name];
    if (text === undefined || text.trim() === '') continue;
    const reading = readForm(form, text);
    if (reading.kind === 'value') found.push({ setting, value: reading.value, from: name });
    else {
      const message = `is ${JSON.stringify(text)}; expected ${reading.expected}`;
      problems.push({ path: name, message });
    }
  }
  return { found, problems };
}

/** A sentence for each variable that begins as ours do and that nobody reads, with the one that was probably meant. */
export function misspeltVariables(
  environment: Environment,
  known: readonly string[],
  beginnings: readonly string[],
): readonly string[] {
  return Object.keys(environment)
    .filter((name) => beginnings.some((beginning) => name.startsWith(beginning)))
    .filter((name) => !known.includes(name))
    .map((name) => {
      const near = suggestion(name, known);
      return `${name} is not read${near === undefined ? '' : `; did you mean ${near}?`}`;
    });
}
