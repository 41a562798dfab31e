import { type Document, isAlias, isMap, isPair, isScalar, isSeq, LineCounter, type Node } from 'yaml';
import type { Position, SourcePath } from '../../../source/yaml-source.ts';

/** A document of Envoy with the means to say where something stands. */
export interface EnvoyDocument {
  readonly yaml: Document;
  readonly lines: LineCounter;
}

/**
 * A place in a configuration of Envoy, whether something is there or not: so one can ask on, and say where it should be.
 *
 * Names are those of the protocol buffers in snake_case; the camelCase that Envoy takes as well is found too. A YAML alias
 * is what it stands for, a typed struct the struct in it.
 */
export class Place {
  readonly path: SourcePath;
  readonly #document: EnvoyDocument;
  readonly #node: Node | undefined;
  /** Start of the nearest enclosing value that is there, as an offset into the text. */
  readonly #offset: number;

  private constructor(document: EnvoyDocument, node: unknown, path: SourcePath, offset: number) {
    this.path = path;
    this.#document = document;
    const there = isAlias(node) ? node.resolve(document.yaml) : node;
    this.#node = isMap(there) || isSeq(there) || isScalar(there) ? there : undefined;
    this.#offset = this.#node === undefined ? offset : (startOf(node) ?? offset);
  }

  static root(document: EnvoyDocument): Place {
    return new Place(document, document.yaml.contents, [], 0);
  }

  /** Whether something other than null is there. */
  get exists(): boolean {
    return this.#node !== undefined && !(isScalar(this.#node) && this.#node.value === null);
  }

  get position(): Position {
    const { line, col } = this.#document.lines.linePos(this.#offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  /** The place `names` further in. */
  at(...names: readonly string[]): Place {
    return names.reduce<Place>((place, name) => place.#member(name), this);
  }

  #member(name: string): Place {
    const pair = isMap(this.#node) ? pairOf(this.#node.items, name) : undefined;
    const key = isScalar(pair?.key) ? String(pair.key.value) : name;
    const offset = startOf(pair?.key) ?? this.#offset;
    return new Place(this.#document, pair?.value, [...this.path, key], offset);
  }

  /** The items of a list; of anything else none. */
  items(): readonly Place[] {
    if (!isSeq(this.#node)) return [];
    return this.#node.items.map((item, index) => new Place(this.#document, item, [...this.path, index], this.#offset));
  }

  /** The members of a map; of anything else none. */
  members(): readonly (readonly [name: string, place: Place])[] {
    if (!isMap(this.#node)) return [];
    return this.#node.items.flatMap((pair) => {
      if (!isPair(pair) || !isScalar(pair.key)) return [];
      const name = String(pair.key.value);
      const offset = startOf(pair.key) ?? this.#offset;
      return [[name, new Place(this.#document, pair.value, [...this.path, name], offset)] as const];
    });
  }

  /** A scalar as the file has it; of a wrapper `{ value: … }` the inner one. */
  get scalar(): string | number | boolean | undefined {
    if (isMap(this.#node)) return this.#node.items.length === 1 ? this.at('value').scalar : undefined;
    if (!isScalar(this.#node)) return undefined;
    const { value } = this.#node;
    if (typeof value === 'bigint') return Number(value);
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : undefined;
  }

  get text(): string | undefined {
    const { scalar } = this;
    return scalar === undefined ? undefined : String(scalar);
  }

  /** A number, also in quotes. */
  get number(): number | undefined {
    const { scalar } = this;
    const number = typeof scalar === 'string' && scalar.trim() !== '' ? Number(scalar) : scalar;
    return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
  }

  /** Whether it is switched on, in one of the words that Envoy's parser takes for that. */
  get isOn(): boolean {
    return this.scalar === true || this.#says(/^(?:y|yes|on|true)$/i);
  }

  /** Whether it is absent or switched off; what cannot be read is not. */
  get isOff(): boolean {
    return !this.exists || this.scalar === false || this.#says(/^(?:n|no|off|false)$/i);
  }

  #says(words: RegExp): boolean {
    const { scalar } = this;
    return typeof scalar === 'string' && words.test(scalar);
  }

  /** A duration such as `0.25s`, in milliseconds. */
  get milliseconds(): number | undefined {
    const [, seconds] = /^(\d+(?:\.\d+)?)s$/.exec(this.text ?? '') ?? [];
    return seconds === undefined ? undefined : Number(seconds) * 1000;
  }

  /** The name of an enum value that is written by name or by number. */
  name(names: readonly string[]): string | undefined {
    const { number } = this;
    return number === undefined ? this.text : names[number];
  }

  /** Whether this and `other` are written at the same place: of an alias there are two ways to it. */
  isSame(other: Place): boolean {
    return this.#node !== undefined && this.#node === other.#node;
  }
}

function pairOf(items: readonly unknown[], name: string) {
  const camel = name.replaceAll(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
  return items.filter(isPair).find(({ key }) => isScalar(key) && (key.value === name || key.value === camel));
}

function startOf(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined;
}
