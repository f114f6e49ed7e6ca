import type { Additions } from './additions.js';
import { Section, sectionOrder } from './format.js';
import type { ModuleShape, SectionRange } from './module.js';
import { ByteReader } from './reader.js';
import { ByteWriter } from './writer.js';

/**
 * Writes the module with its additions. Sections keep their order, custom sections their places; the start section is
 * left out because the host calls the start function itself.
 */
export function emitModule(
  shape: ModuleShape,
  additions: Additions,
  code: Uint8Array | undefined,
): Uint8Array {
  const appended = appendedItems(additions);
  const out = new ByteWriter(shape.bytes.length + (code?.length ?? 0) + 4096);
  out.raw(shape.bytes.subarray(0, 8));
  const missing = sectionOrder.filter(
    (id) => appended.has(id) && !shape.sections.some((section) => section.id === id),
  );
  for (const section of shape.sections) {
    if (section.id !== Section.custom) {
      const place = sectionOrder.indexOf(section.id);
      while (missing.length > 0 && sectionOrder.indexOf(missing[0] as number) < place) {
        emitNew(out, missing.shift() as number, appended);
      }
    }
    if (section.id === Section.start) continue;
    emitSection(out, shape, section, appended.get(section.id), code);
  }
  for (const id of missing) emitNew(out, id, appended);
  return out.finish();
}

interface Appended {
  readonly count: number;
  readonly bytes: Uint8Array;
}

function appendedItems(additions: Additions): Map<number, Appended> {
  const items = new Map<number, Appended>();
  const add = <T>(id: number, list: readonly T[], write: (out: ByteWriter, item: T) => void) => {
    if (list.length === 0) return;
    const out = new ByteWriter();
    for (const item of list) write(out, item);
    items.set(id, { count: list.length, bytes: out.finish() });
  };
  const raw = (out: ByteWriter, bytes: Uint8Array): void => void out.raw(bytes);
  add(Section.type, additions.types, raw);
  add(Section.function, additions.functions, (out, { type }) => out.u32(type));
  add(Section.table, additions.tables, raw);
  add(Section.memory, additions.memories, raw);
  add(Section.global, additions.globals, raw);
  add(Section.export, additions.exports, (out, { name, kind, index }) =>
    out.name(name).byte(kind).u32(index),
  );
  add(Section.code, additions.functions, (out, { body }) => out.sized(body));
  return items;
}

function emitNew(out: ByteWriter, id: number, appended: ReadonlyMap<number, Appended>): void {
  const { count, bytes } = appended.get(id) as Appended;
  const content = new ByteWriter(bytes.length + 8).u32(count).raw(bytes);
  out.byte(id).sized(content.view());
}

function emitSection(
  out: ByteWriter,
  shape: ModuleShape,
  section: SectionRange,
  extra: Appended | undefined,
  code: Uint8Array | undefined,
): void {
  const rewritten = section.id === Section.code ? code : undefined;
  if (extra === undefined && rewritten === undefined) {
    out.raw(shape.bytes.subarray(section.header, section.end));
    return;
  }
  const reader = new ByteReader(shape.bytes, section.start, section.end);
  const count = reader.u32();
  const items = rewritten ?? shape.bytes.subarray(reader.position, section.end);
  const content = new ByteWriter(items.length + (extra?.bytes.length ?? 0) + 8);
  content.u32(count + (extra?.count ?? 0)).raw(items);
  if (extra !== undefined) content.raw(extra.bytes);
  out.byte(section.id).sized(content.view());
}
