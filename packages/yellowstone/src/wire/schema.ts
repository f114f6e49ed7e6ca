import { create, createFileRegistry, type DescFile, type Message } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  EnumDescriptorProtoSchema,
  EnumValueDescriptorProtoSchema,
  type FieldDescriptorProto,
  FieldDescriptorProtoSchema,
  FileDescriptorProtoSchema,
  FieldDescriptorProto_Label as Label,
  OneofDescriptorProtoSchema,
  FieldDescriptorProto_Type as Type,
} from '@bufbuild/protobuf/wkt';

/**
 * One field of a message: its number and wire type, and in `shape` the type of its value, so that the compiler
 * compares the table of fields with the interface that it describes.
 */
export interface Field<Value> {
  readonly number: number;
  readonly type: Type;
  /** The message or enum, with its package. */
  readonly typeName?: string;
  readonly label?: 'repeated' | 'optional' | 'map';
  readonly shape?: (value: Value) => Value;
}

/** A group of fields of which one is set at most. */
export interface Oneof<Value> {
  readonly members: Readonly<Record<string, Omit<Field<unknown>, 'shape'>>>;
  readonly shape?: (value: Value) => Value;
}

/** The table of a message: one entry for each property of its interface. */
export type FieldsOf<Shape> = {
  readonly [Key in Exclude<keyof Shape, keyof Message>]-?: Shape[Key] extends OneofValue | undefined
    ? Oneof<Shape[Key]>
    : Field<Exclude<Shape[Key], undefined>>;
};

/** How protobuf-es shows a oneof. */
type OneofValue =
  | { readonly case: string; readonly value: unknown }
  | { readonly case: undefined; readonly value?: undefined };

/** What a file of messages is made of: names of messages to their fields. */
export type Messages = Readonly<Record<string, Readonly<Record<string, AnyEntry>>>>;
type AnyField = Omit<Field<unknown>, 'shape'>;
type AnyEntry = AnyField | { readonly members: Readonly<Record<string, AnyField>> };

const scalar =
  <Value>(type: Type) =>
  (number: number): Field<Value> => ({ number, type });

export const u64: (number: number) => Field<bigint> = scalar<bigint>(Type.UINT64);
export const i64: (number: number) => Field<bigint> = scalar<bigint>(Type.INT64);
export const u32: (number: number) => Field<number> = scalar<number>(Type.UINT32);
export const i32: (number: number) => Field<number> = scalar<number>(Type.INT32);
export const f64: (number: number) => Field<number> = scalar<number>(Type.DOUBLE);
export const bool: (number: number) => Field<boolean> = scalar<boolean>(Type.BOOL);
export const string: (number: number) => Field<string> = scalar<string>(Type.STRING);
export const bytes: (number: number) => Field<Uint8Array> = scalar<Uint8Array>(Type.BYTES);

/** A message within the message. */
export const message = <Value extends Message>(
  number: number,
  typeName: Value['$typeName'],
): Field<Value> => ({ number, type: Type.MESSAGE, typeName });

/** A number with names. Unknown numbers are kept. */
export const enumeration = <Value extends number>(
  number: number,
  typeName: string,
): Field<Value> => ({ number, type: Type.ENUM, typeName });

/** Any number of values, in order. */
export const repeated = <Value>(field: Field<Value>): Field<Value[]> => ({
  ...(field as unknown as Field<Value[]>),
  label: 'repeated',
});

/** A scalar whose absence is something else than its zero. */
export const optional = <Value>(field: Field<Value>): Field<Value> => ({
  ...field,
  label: 'optional',
});

/** Names to messages. */
export const map = <Value>(field: Field<Value>): Field<Record<string, Value>> => ({
  ...(field as unknown as Field<Record<string, Value>>),
  label: 'map',
});

/** One of several. */
export const oneof = <Value extends OneofValue>(
  members: { readonly [Key in Value as Key['case'] & string]: Field<Key['value'] & {}> },
): Oneof<Value> => ({ members });

/** Checks a table against its interface; there is nothing to do at run time. */
export const fields = <Shape>(table: FieldsOf<Shape>): Readonly<Record<string, AnyEntry>> =>
  table as unknown as Readonly<Record<string, AnyEntry>>;

/** Makes the descriptors of a proto3 file. Property names become field names with underscores. */
export function describeFile(
  name: string,
  packageName: string,
  messages: Messages,
  enums: Readonly<Record<string, readonly string[]>> = {},
  imports: readonly DescFile[] = [],
): DescFile {
  const file = create(FileDescriptorProtoSchema, {
    name,
    package: packageName,
    syntax: 'proto3',
    dependency: imports.map((each) => each.proto.name),
    messageType: Object.entries(messages).map(([each, table]) =>
      describeMessage(`.${packageName}.${each}`, each, table),
    ),
    enumType: Object.entries(enums).map(([each, values]) =>
      create(EnumDescriptorProtoSchema, {
        name: each,
        value: values.map((value, number) =>
          create(EnumValueDescriptorProtoSchema, { name: value, number }),
        ),
      }),
    ),
  });
  const registry = createFileRegistry(file, (wanted) =>
    imports.find((each) => each.proto.name === wanted),
  );
  return registry.getFile(name) as DescFile;
}

/** The descriptor of one message of a file, with the type of its values. */
export function messageIn<Shape extends Message>(
  file: DescFile,
  typeName: Shape['$typeName'],
): GenMessage<Shape> {
  const found = file.messages.find((each) => each.typeName === typeName);
  if (found === undefined) throw new Error(`bug in rockpool: no message ${typeName}`);
  return found as unknown as GenMessage<Shape>;
}

function describeMessage(
  fullName: string,
  name: string,
  table: Readonly<Record<string, AnyEntry>>,
): DescriptorProto {
  const result = create(DescriptorProtoSchema, { name });
  for (const [property, entry] of Object.entries(table)) {
    if (!('members' in entry)) {
      result.field.push(describeField(property, entry));
      if (entry.label === 'map') addMapEntry(result, fullName, property, entry);
      continue;
    }
    const oneofIndex = result.oneofDecl.length;
    result.oneofDecl.push(create(OneofDescriptorProtoSchema, { name: underscored(property) }));
    for (const [member, field] of Object.entries(entry.members)) {
      const described = describeField(member, field);
      described.oneofIndex = oneofIndex;
      result.field.push(described);
    }
  }
  return result;
}

function describeField(property: string, field: AnyField): FieldDescriptorProto {
  return create(FieldDescriptorProtoSchema, {
    name: underscored(property),
    jsonName: property,
    number: field.number,
    label: field.label === 'repeated' || field.label === 'map' ? Label.REPEATED : Label.OPTIONAL,
    type: field.type,
    ...(field.typeName === undefined ? {} : { typeName: `.${field.typeName}` }),
    ...(field.label === 'optional' ? { proto3Optional: true } : {}),
  });
}

/** A map is a repeated message of a key and a value, declared inside the message. */
function addMapEntry(
  owner: DescriptorProto,
  fullName: string,
  property: string,
  field: AnyField,
): void {
  const name = `${property[0]?.toUpperCase()}${property.slice(1)}Entry`;
  const value = { ...field, number: 2 };
  owner.nestedType.push(
    create(DescriptorProtoSchema, {
      name,
      field: [
        describeField('key', { number: 1, type: Type.STRING }),
        { ...describeField('value', value), label: Label.OPTIONAL },
      ],
      options: { mapEntry: true },
    }),
  );
  const last = owner.field[owner.field.length - 1] as FieldDescriptorProto;
  last.type = Type.MESSAGE;
  last.typeName = `${fullName}.${name}`;
}

function underscored(property: string): string {
  return property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
