import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One field of a message, in the words of test/envoy/descriptors/main.go. */
export interface Field {
  readonly number: number;
  readonly type: string;
  readonly label: 'optional' | 'repeated' | 'map';
  /** Full name of its message or enum. */
  readonly of?: string;
  readonly oneof?: string;
}

/** What a set of .proto files says. */
export interface Protos {
  readonly messages: Readonly<Record<string, Readonly<Record<string, Field>>>>;
  readonly enums: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly services: Readonly<Record<string, Readonly<Record<string, readonly [string, string]>>>>;
}

const WELL_KNOWN = [
  'google.protobuf.BoolValue',
  'google.protobuf.Duration',
  'google.protobuf.Struct',
  'google.protobuf.UInt32Value',
];

/**
 * Reads the .proto files below `root`. Knows the plain form in which ours are written, one declaration a line, and no more.
 *
 * @throws when a line is anything else.
 */
export function readProtos(root: string): Protos {
  const texts = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.proto'))
    .map((path) => readFileSync(join(root, path), 'utf8'));
  const declared = texts.map((text) => new ProtoFile(text));
  const known = new Map<string, string>(WELL_KNOWN.map((name) => [name, 'message']));
  for (const { kinds } of declared) for (const [name, kind] of kinds) known.set(name, kind);
  const resolved = declared.flatMap(({ fields }) => fields).map((field) => resolve(field, known));
  return {
    messages: group(resolved.map(({ message, name, field }) => [message, name, field])),
    enums: group(declared.flatMap(({ values }) => values)),
    services: group(declared.flatMap(({ methods }) => methods)),
  };
}

interface RawField {
  readonly message: string;
  readonly name: string;
  readonly typeName: string;
  readonly keyType: string | undefined;
  readonly number: number;
  readonly repeated: boolean;
  readonly oneof: string | undefined;
}

/** What one file declares, line by line. */
class ProtoFile {
  readonly kinds: [name: string, kind: string][] = [];
  readonly fields: RawField[] = [];
  readonly values: [enumeration: string, name: string, value: number][] = [];
  readonly methods: [service: string, name: string, types: readonly [string, string]][] = [];
  readonly #open: { readonly kind: string; readonly name: string }[] = [];
  #package = '';

  constructor(text: string) {
    for (const line of text.split('\n').map((one) => one.trim())) {
      const known =
        /^($|\/\/|syntax |import )/.test(line) ||
        this.#scope(line) ||
        this.#field(line) ||
        this.#value(line) ||
        this.#method(line);
      if (!known) throw new Error(`not understood: ${line}`);
    }
  }

  get #message(): string {
    const names = this.#open.filter(({ kind }) => kind !== 'oneof').map(({ name }) => name);
    return [this.#package, ...names].join('.');
  }

  #scope(line: string): boolean {
    const [, packageName] = /^package ([\w.]+);$/.exec(line) ?? [];
    const [, kind, name] = /^(message|enum|oneof|service) (\w+) \{$/.exec(line) ?? [];
    if (packageName !== undefined) this.#package = packageName;
    if (kind !== undefined && name !== undefined) {
      this.#open.push({ kind, name });
      if (kind !== 'oneof') this.kinds.push([this.#message, kind]);
    }
    if (line === '}') this.#open.pop();
    return line === '}' || packageName !== undefined || kind !== undefined;
  }

  #field(line: string): boolean {
    const [, repeated, keyType, mapValue, plain, name, number] =
      /^(repeated )?(?:map<(\w+), ([\w.]+)>|([\w.]+)) (\w+) = (\d+);$/.exec(line) ?? [];
    if (name === undefined) return false;
    const inner = this.#open.at(-1);
    this.fields.push({
      message: this.#message,
      name,
      typeName: plain ?? mapValue ?? '',
      keyType,
      number: Number(number),
      repeated: repeated !== undefined,
      oneof: inner?.kind === 'oneof' ? inner.name : undefined,
    });
    return true;
  }

  #value(line: string): boolean {
    const [, name, number] = /^(\w+) = (\d+);$/.exec(line) ?? [];
    if (name === undefined) return false;
    this.values.push([this.#message, name, Number(number)]);
    return true;
  }

  #method(line: string): boolean {
    const [, name, streamsIn = '', input, streamsOut = '', output] =
      /^rpc (\w+)\((stream )?([\w.]+)\) returns \((stream )?([\w.]+)\)(?:;| \{\})$/.exec(line) ?? [];
    if (name === undefined) return false;
    const types = [`${streamsIn}${this.#package}.${input}`, `${streamsOut}${this.#package}.${output}`] as const;
    this.methods.push([this.#message, name, types]);
    return true;
  }
}

function resolve(raw: RawField, known: ReadonlyMap<string, string>): { message: string; name: string; field: Field } {
  const scopes = raw.message
    .split('.')
    .map((_, index, parts) => [...parts.slice(0, parts.length - index), raw.typeName].join('.'));
  const of = [...scopes, raw.typeName].find((name) => known.has(name));
  const kind = of === undefined ? raw.typeName : (known.get(of) ?? '');
  const field: Field = {
    number: raw.number,
    type: raw.keyType === undefined ? kind : `${raw.keyType},${kind}`,
    label: raw.keyType === undefined ? (raw.repeated ? 'repeated' : 'optional') : 'map',
    ...(of !== undefined && { of }),
    ...(raw.oneof !== undefined && { oneof: raw.oneof }),
  };
  return { message: raw.message, name: raw.name, field };
}

function group<T>(
  rows: readonly (readonly [group: string, name: string, value: T])[],
): Record<string, Record<string, T>> {
  const groups: Record<string, Record<string, T>> = {};
  for (const [name, member, value] of rows) (groups[name] ??= {})[member] = value;
  return groups;
}
