/** Value types of one function as their bytes in the binary, such as `0x7f` for `i32`. */
export interface Signature {
  readonly parameters: readonly number[];
  readonly results: readonly number[];
}

export const I32 = 0x7f;

/**
 * The signatures of the functions a module exports, by name. V8 tells names and kinds but no types, and a view must be
 * told from a function that only has a similar name. `undefined`: the module has types this reader does not know.
 */
export function exportedSignatures(module: Uint8Array): ReadonlyMap<string, Signature> | undefined {
  try {
    return signaturesIn(module);
  } catch (error) {
    if (error instanceof UnknownFormError) return undefined;
    throw error;
  }
}

/** The module was valid for V8, so what cannot be read here is newer than this reader. */
class UnknownFormError extends Error {}

const SECTION = { type: 1, import: 2, function: 3, export: 7 } as const;

function signaturesIn(module: Uint8Array): ReadonlyMap<string, Signature> {
  const types: Signature[] = [];
  const functions: number[] = [];
  const found = new Map<string, Signature>();
  const reader = new Reader(module, 8);
  while (!reader.done) {
    const id = reader.byte();
    const section = reader.part(reader.u32());
    if (id === SECTION.type) section.list(() => types.push(section.functionType()));
    if (id === SECTION.import) section.list(() => readImport(section, functions));
    if (id === SECTION.function) section.list(() => functions.push(section.u32()));
    if (id !== SECTION.export) continue;
    section.list(() => {
      const name = section.text();
      const kind = section.byte();
      const type = functions[section.u32()];
      if (kind === 0 && type !== undefined) found.set(name, types[type] as Signature);
    });
  }
  return found;
}

function readImport(section: Reader, functions: number[]): void {
  section.text();
  section.text();
  const kind = section.byte();
  if (kind === 0) functions.push(section.u32());
  else if (kind === 1) {
    section.valueType();
    section.limits();
  } else if (kind === 2) section.limits();
  else if (kind === 3) {
    section.valueType();
    section.byte();
  } else {
    section.byte();
    section.u32();
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new UnknownFormError();
    return byte;
  }

  u32(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  part(length: number): Reader {
    const part = new Reader(this.#bytes.subarray(this.#at, this.#at + length));
    this.#at += length;
    return part;
  }

  list(item: () => void): void {
    for (let left = this.u32(); left > 0; left--) item();
  }

  text(): string {
    const length = this.u32();
    const text = new TextDecoder().decode(this.#bytes.subarray(this.#at, this.#at + length));
    this.#at += length;
    return text;
  }

  valueType(): number {
    const type = this.byte();
    // References to declared types are followed by which one.
    if (type === 0x63 || type === 0x64) throw new UnknownFormError();
    return type;
  }

  functionType(): Signature {
    if (this.byte() !== 0x60) throw new UnknownFormError();
    const parameters: number[] = [];
    const results: number[] = [];
    this.list(() => parameters.push(this.valueType()));
    this.list(() => results.push(this.valueType()));
    return { parameters, results };
  }

  limits(): void {
    const flags = this.byte();
    this.u32();
    if ((flags & 1) !== 0) this.u32();
  }
}
