import { type CelType, isMapLike, isNumeric } from './type.ts';

/** What a parameter takes. `number` is int or double, `keyed` a map or object. */
export type Parameter =
  | 'bool'
  | 'int'
  | 'double'
  | 'number'
  | 'string'
  | 'list'
  | 'keyed'
  | 'timestamp'
  | 'duration'
  | 'any';

/** One overload of a function. */
export interface Signature {
  readonly name: string;
  /** Called on a target, which is then the first parameter: `text.contains(part)`. */
  readonly method: boolean;
  readonly parameters: readonly Parameter[];
  readonly result: CelType;
  /** Units for the call itself. */
  readonly baseCost: number;
  /** Units for each character or item of each argument; an argument without one is read in constant time. */
  readonly sizeCosts: readonly number[];
  /** Checks of arguments, which must then be literals: what is wrong, or `undefined`. By parameter index. */
  readonly literals?: ReadonlyMap<number, LiteralCheck>;
}

export interface LiteralCheck {
  /** Whether anything but a literal is refused. */
  readonly required: boolean;
  readonly check: (text: string) => string | undefined;
}

/** Whether an argument of this type may stand for the parameter. */
export function takes(parameter: Parameter, type: CelType): boolean {
  if (parameter === 'any' || type.kind === 'dyn') return true;
  if (parameter === 'number') return isNumeric(type);
  return parameter === 'keyed' ? isMapLike(type) : type.kind === parameter;
}

/** The signature as authors read it: `string.contains(string)`. */
export function saySignature({ name, method, parameters }: Signature): string {
  const [target, ...rest] = parameters.map((parameter) => (parameter === 'keyed' ? 'map' : parameter));
  return method ? `${target}.${name}(${rest.join(', ')})` : `${name}(${[target, ...rest].join(', ')})`;
}
