/** A variable in the closure of jco's glue; `set` only for those that are reassigned. */
export interface ClosureVariable {
  readonly name: string;
  readonly get: () => unknown;
  readonly set: ((value: unknown) => void) | undefined;
}

/** What an injected line calls with the variable it stands behind. */
export const keepFunction = 'rockpoolKeep';

/**
 * Makes the state visible that jco's glue keeps in JavaScript: handle tables, task lists and trap marks are arrays, maps
 * and plain objects in one closure. Behind each declaration a call is added that shows it to us.
 */
export function exposeState(source: string): string {
  return source
    .replace(/^(\s*const ((?:handle|capture)Table\d+) = [^;\n]*;)/gm, exposeConstant)
    .replace(/^(\s*const ([A-Z][A-Z_]+) = (?:new Map\(\)|\[\]|\{[^;\n]*\});)/gm, exposeConstant)
    .replace(/^(\s*let ([A-Z][A-Z_]+) = \[\];)/gm, (_whole, line: string, name: string) => {
      const accessors = `() => ${name}, (value) => { ${name} = value; }`;
      return `${line} ${keepFunction}('${name}', ${accessors});`;
    });
}

/** Captures all variables; the result puts them back. */
export function captureVariables(variables: readonly ClosureVariable[]): () => void {
  const trapMark = variables.find(({ name }) => name === 'STORE_TRAP')?.get() as
    | { error: unknown }
    | undefined;
  const asyncState = variables.find(({ name }) => name === 'ASYNC_STATE')?.get();
  const putBack = variables
    .filter(({ name }) => name !== 'ASYNC_STATE')
    .map(({ get, set }) => restorer(get, set));
  return () => {
    // The states hide a mark that refuses every later call; they are made anew where they are missing.
    const trapped = trapMark !== undefined && trapMark.error !== null;
    if (trapped && asyncState instanceof Map) asyncState.clear();
    for (const put of putBack) put();
  };
}

const exposeConstant = (_whole: string, line: string, name: string): string =>
  `${line} ${keepFunction}('${name}', () => ${name});`;

function restorer(get: () => unknown, set: ((value: unknown) => void) | undefined): () => void {
  const original = get();
  const refill = refiller(original);
  return () => {
    if (set !== undefined && get() !== original) set(original);
    refill();
  };
}

/** Puts the content of an array, a map or a plain object back, one level deep; handle tables carry a set as well. */
function refiller(value: unknown): () => void {
  if (Array.isArray(value)) {
    const items: readonly unknown[] = [...(value as unknown[])];
    const created = (value as { _createdReps?: Set<unknown> })._createdReps;
    const refillCreated = created === undefined ? undefined : setRefiller(created);
    return () => {
      value.length = items.length;
      for (let index = 0; index < items.length; index += 1) value[index] = items[index];
      refillCreated?.();
    };
  }
  if (value instanceof Map) {
    const entries = [...(value as Map<unknown, unknown>)].map(([key, item]) => ({
      key,
      item,
      refill: Array.isArray(item) ? refiller(item) : undefined,
    }));
    return () => {
      if (value.size > 0 || entries.length > 0) value.clear();
      for (const { key, item, refill } of entries) {
        refill?.();
        value.set(key, item);
      }
    };
  }
  const target = value as Record<string, unknown>;
  const content = { ...target };
  return () => {
    for (const key of Object.keys(target)) if (!(key in content)) delete target[key];
    Object.assign(target, content);
  };
}

function setRefiller(set: Set<unknown>): () => void {
  const items = [...set];
  return () => {
    set.clear();
    for (const item of items) set.add(item);
  };
}
