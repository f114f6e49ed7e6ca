/** Names of the numbers in the WebAssembly binary format, as far as the rewriter speaks of them. */
export const Section = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
  tag: 13,
} as const;

/** The order in which a module must hold its sections; custom ones may stand anywhere. */
export const sectionOrder: readonly number[] = [
  Section.type,
  Section.import,
  Section.function,
  Section.table,
  Section.memory,
  Section.tag,
  Section.global,
  Section.export,
  Section.start,
  Section.element,
  Section.dataCount,
  Section.code,
  Section.data,
];

export const Kind = { function: 0, table: 1, memory: 2, global: 3, tag: 4 } as const;

export const ValueType = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
  funcref: 0x70,
  externref: 0x6f,
  exnref: 0x69,
  /** A block without values. */
  empty: 0x40,
} as const;

export const Op = {
  unreachable: 0x00,
  nop: 0x01,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  try: 0x06,
  catch: 0x07,
  throw: 0x08,
  rethrow: 0x09,
  throwRef: 0x0a,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  returnCall: 0x12,
  returnCallIndirect: 0x13,
  callRef: 0x14,
  returnCallRef: 0x15,
  delegate: 0x18,
  catchAll: 0x19,
  tryTable: 0x1f,
  selectTyped: 0x1c,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  tableGet: 0x25,
  tableSet: 0x26,
  memorySize: 0x3f,
  memoryGrow: 0x40,
  i32Const: 0x41,
  i64Const: 0x42,
  f32Const: 0x43,
  f64Const: 0x44,
  i32Eqz: 0x45,
  i32Eq: 0x46,
  i32LtS: 0x48,
  i32LtU: 0x49,
  i32GtU: 0x4b,
  i32LeS: 0x4c,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32And: 0x71,
  i32Or: 0x72,
  i32ShrU: 0x76,
  refNull: 0xd0,
  refFunc: 0xd2,
  brOnNull: 0xd5,
  brOnNonNull: 0xd6,
  prefixGc: 0xfb,
  prefixBulk: 0xfc,
  prefixSimd: 0xfd,
  prefixAtomic: 0xfe,
} as const;

/** Instructions behind the 0xfc prefix, as `0xfc00 | number`. */
export const Bulk = {
  memoryInit: 0xfc08,
  dataDrop: 0xfc09,
  memoryCopy: 0xfc0a,
  memoryFill: 0xfc0b,
  tableInit: 0xfc0c,
  elemDrop: 0xfc0d,
  tableCopy: 0xfc0e,
  tableGrow: 0xfc0f,
  tableSize: 0xfc10,
  tableFill: 0xfc11,
} as const;

/** What the passes do with an instruction; most of them are `ignored`, and looked up in a table for speed. */
export const Interest = { ignored: 0, loop: 1, open: 2, close: 3, call: 4, rare: 5 } as const;

const interests = ((): Uint8Array => {
  const table = new Uint8Array(256);
  table[Op.loop] = Interest.loop;
  for (const op of [Op.block, Op.if, Op.try, Op.tryTable]) table[op] = Interest.open;
  for (const op of [Op.end, Op.delegate]) table[op] = Interest.close;
  table.fill(Interest.call, Op.call, Op.returnCallRef + 1);
  for (const op of [Op.tableSet, Op.memorySize, Op.memoryGrow]) table[op] = Interest.rare;
  return table;
})();

/** The interest in a decoded opcode; of the prefixed ones only the bulk instructions matter. */
export const interestIn = (op: number): number =>
  op < 256 ? (interests[op] as number) : op >= Bulk.memoryInit && op <= Bulk.tableFill ? 5 : 0;
