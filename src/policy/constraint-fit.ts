import type { CelType } from '../constraint/cel/type.ts';

/** JSON types by the name a person knows them under, with the static types that hold them. */
const KINDS: Readonly<Record<string, readonly CelType['kind'][]>> = {
  'a number': ['int', 'double'],
  'a text': ['string'],
  'a list': ['list'],
  'a text, list or object': ['string', 'list', 'map', 'object'],
  'true or false': ['bool'],
  'an object': ['map', 'object'],
};

/** What a constraint wants its value to be. Constraints that are not named take anything. */
const WANTS = new Map<string, string>([
  ['range', 'a number'],
  ['len', 'a text, list or object'],
  ['contains', 'a list'],
  ['subset', 'a list'],
  ['re2', 'a text'],
  ['path_under', 'a text'],
  ['url', 'a text'],
  ['cidr', 'a text'],
]);

/** Why a constraint does not go with a type. */
export interface Misfit {
  readonly message: string;
  readonly suggestion: string;
}

/**
 * What keeps a written constraint from ever holding for a value of `type`; `undefined` when nothing does.
 *
 * @param certain Asks for a known type as well: in a rule that refuses when its constraints hold, a number sent as a text
 *   must not slip by.
 */
export function misfitOf(spec: unknown, type: CelType, certain: boolean): Misfit | undefined {
  if (typeof spec !== 'object' || spec === null || !('c' in spec) || typeof spec.c !== 'string') return undefined;
  if ('of' in spec && Array.isArray(spec.of)) {
    const misfits = spec.of.map((part) => misfitOf(part, type, certain));
    // One alternative that fits is enough for `any`, unless every one must be certain.
    if (spec.c === 'any' && !certain && misfits.includes(undefined)) return undefined;
    return misfits.find((misfit) => misfit !== undefined);
  }
  const plain = type.kind === 'nullable' ? type.type : type;
  const wanted = WANTS.get(spec.c);
  if (wanted !== undefined) return misfitOfKind(spec.c, wanted, plain, certain);
  return misfitOfValues(spec, plain);
}

function misfitOfKind(constraint: string, wanted: string, { kind }: CelType, certain: boolean): Misfit | undefined {
  if (kind === 'dyn') {
    if (!certain) return undefined;
    const message = `${constraint} is about ${wanted}, and the pinned schema does not say that this is one.`;
    return { message, suggestion: 'Write the condition in when, with type().' };
  }
  if (KINDS[wanted]?.includes(kind) === true) return undefined;
  const message = `${constraint} is about ${wanted}, and the pinned schema says that this is ${sayKind(kind)}.`;
  return { message, suggestion: 'Use a constraint for that type, or name another argument.' };
}

/** For `exact` and `one_of`: whether none of the values could be of the type. */
function misfitOfValues(spec: object, { kind }: CelType): Misfit | undefined {
  const values = 'value' in spec ? [spec.value] : 'values' in spec && Array.isArray(spec.values) ? spec.values : [];
  if (kind === 'dyn' || values.length === 0 || values.some((value) => kindsOf(value).includes(kind))) return undefined;
  const message = `no value here is ${sayKind(kind)}, which the pinned schema asks for.`;
  return { message, suggestion: 'Write values of that type.' };
}

function kindsOf(value: unknown): readonly CelType['kind'][] {
  if (typeof value === 'string') return ['string', 'timestamp', 'duration'];
  if (typeof value === 'boolean') return ['bool'];
  if (typeof value === 'number') return Number.isInteger(value) ? ['int', 'double'] : ['double'];
  if (Array.isArray(value)) return ['list'];
  return value === null ? ['null'] : ['map', 'object'];
}

/** A static type in the words of a schema. */
function sayKind(kind: CelType['kind']): string {
  if (kind === 'int') return 'a whole number';
  const named = Object.entries(KINDS).find(([, kinds]) => kinds.includes(kind));
  return named?.[0] ?? kind;
}
