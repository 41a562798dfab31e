import { pointerStep, stepsOf } from '../kit/json-pointer.ts';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';
import { mapMembers } from '../kit/map-members.ts';
import { isSecretName } from './secret-name.ts';

/** What may become of an argument's value: `secret` is kept and shown nowhere, `pii` only under a pseudonym. */
export const FIELD_CLASSES = ['secret', 'pii', 'plain'] as const;
export type FieldClass = (typeof FIELD_CLASSES)[number];
export type MaskedClass = Exclude<FieldClass, 'plain'>;

/** Member names down to an argument; `*` stands for every member or item. */
export type FieldPath = readonly string[];

/** The class of one argument and of all that is in it. */
export interface ClassedField<C extends FieldClass = FieldClass> {
  readonly path: FieldPath;
  readonly class: C;
}

export interface FieldClassesOptions {
  /** Of two that one lies in the other the inner one counts. */
  readonly declared?: readonly ClassedField[];
  /** Count besides: they can only make a class stricter. */
  readonly stricter?: readonly ClassedField<MaskedClass>[];
  /** Where objects may have members that nobody declared: there the names of members tell. */
  readonly open?: readonly FieldPath[];
}

/** The classes of the arguments of one tool or prompt. Immutable. Where all of them are plain there is no such thing. */
export class FieldClasses {
  readonly #declared: readonly ClassedField[];
  readonly #stricter: readonly ClassedField<MaskedClass>[];
  readonly #masked: readonly ClassedField<MaskedClass>[];
  readonly #open: readonly FieldPath[];

  private constructor({ declared = [], stricter = [], open = [] }: FieldClassesOptions) {
    this.#declared = declared.toSorted((a, b) => b.path.length - a.path.length);
    this.#stricter = stricter;
    this.#masked = [...declared, ...stricter].filter(isMasked);
    this.#open = open;
  }

  /** `undefined` when everything is plain, so that calls of most tools need not ask. */
  static of(options: FieldClassesOptions): FieldClasses | undefined {
    const classes = new FieldClasses(options);
    return classes.#masked.length === 0 && classes.#open.length === 0 ? undefined : classes;
  }

  /**
   * The class of the value at this JSON Pointer (RFC 6901): the strictest of what it is in, what it is, and what is in it.
   * `undefined`: it is plain.
   */
  classAt(pointer: string, value?: JsonValue): MaskedClass | undefined {
    const path = stepsOf(pointer);
    const own = this.#classOf(path);
    if (own === 'secret') return own;
    const inside = strictest(
      this.#masked.filter((field) => field.path.length > path.length && meets(field.path, path)),
    );
    if (own !== undefined || inside !== undefined) return inside ?? own;
    return this.#isOpenAround(path) && hasSecretName(value) ? 'secret' : undefined;
  }

  /** Whether any argument that is not plain is among these. */
  isAmong(args: JsonObject): boolean {
    return (
      this.#masked.some(({ path }) => someAt(args, path, () => true)) ||
      this.#open.some((path) => someAt(args, path, hasSecretName))
    );
  }

  /** `args` with `standIn` in the place of every value that is secret; `args` itself when none is. */
  withoutSecrets(args: JsonObject, standIn: JsonValue): JsonValue {
    return this.#withoutSecrets(args, [], standIn);
  }

  /** `pointer` down to the first argument that is not plain: below it, and in the place of a `*`, names were chosen by the caller. */
  shown(pointer: string): string {
    const path = stepsOf(pointer);
    for (const [index] of path.entries()) {
      const above = path.slice(0, index + 1);
      if (this.#classOf(above) === undefined) continue;
      const isNamed = this.#masked.some((field) => field.path.length > index && field.path[index] === path[index]);
      return pointerOf(isNamed || isIndex(path[index]) ? above : path.slice(0, index));
    }
    return pointer;
  }

  #withoutSecrets(value: JsonValue, path: FieldPath, standIn: JsonValue): JsonValue {
    if (this.#classOf(path) === 'secret') return standIn;
    return mapMembers(value, (member, step) => this.#withoutSecrets(member, [...path, step], standIn));
  }

  /** Of the value at `path` by what it is and what it is in. */
  #classOf(path: FieldPath): MaskedClass | undefined {
    const nearest = this.#declared.find((field) => field.path.length <= path.length && meets(field.path, path));
    const named = this.#open.length === 0 ? -1 : path.findLastIndex(isSecretName);
    const isTelling = this.#open.some((open) => open.length <= named && meets(open, path));
    if (isTelling && (nearest?.path.length ?? 0) <= named) return 'secret';
    const within = this.#stricter.filter((field) => field.path.length <= path.length && meets(field.path, path));
    return strictest([...within, ...(nearest === undefined ? [] : [nearest])].filter(isMasked));
  }

  #isOpenAround(path: FieldPath): boolean {
    return this.#open.some((open) => meets(open, path));
  }
}

function isMasked(field: ClassedField): field is ClassedField<MaskedClass> {
  return field.class !== 'plain';
}

function strictest(fields: readonly ClassedField<MaskedClass>[]): MaskedClass | undefined {
  return fields.some((field) => field.class === 'secret') ? 'secret' : fields[0]?.class;
}

/** Whether one of the two begins with the other. */
function meets(pattern: FieldPath, path: FieldPath): boolean {
  const shorter = Math.min(pattern.length, path.length);
  for (let index = 0; index < shorter; index++) {
    if (pattern[index] !== '*' && pattern[index] !== path[index]) return false;
  }
  return true;
}

/** Whether `test` holds of a value at `path`. */
function someAt(value: JsonValue, [step, ...rest]: FieldPath, test: (found: JsonValue) => boolean): boolean {
  return step === undefined ? test(value) : childrenAt(value, step).some((child) => someAt(child, rest, test));
}

function childrenAt(value: JsonValue, step: string): readonly JsonValue[] {
  if (isJsonArray(value)) return step === '*' ? value : value.slice(Number(step), Number(step) + 1);
  if (!isJsonObject(value)) return [];
  if (step === '*') return [...value.values()];
  const child = value.get(step);
  return child === undefined ? [] : [child];
}

/** Whether some member in the value has a name that says that it is secret. */
function hasSecretName(value: JsonValue | undefined): boolean {
  if (isJsonArray(value)) return value.some(hasSecretName);
  if (!isJsonObject(value)) return false;
  for (const [name, member] of value) if (isSecretName(name) || hasSecretName(member)) return true;
  return false;
}

function pointerOf(path: FieldPath): string {
  return path.map((step) => `/${pointerStep(step)}`).join('');
}

function isIndex(step: string | undefined): boolean {
  return /^\d{1,9}$/.test(step ?? '');
}
