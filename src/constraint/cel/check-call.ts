import { nearest } from '../../kit/nearest.ts';
import type { Ast, CallNode } from './ast.ts';
import { CelError } from './cel-error.ts';
import { OWN_SIGNATURES } from './functions.ts';
import { ARITHMETIC, arithmeticType, canOrder, EQUALITY, negatedType, ORDERING, SYMBOLS } from './operators.ts';
import { saySignature, type Signature, takes } from './signature.ts';
import { STANDARD_SIGNATURES } from './standard-signatures.ts';
import { BOOL, canEqual, type CelType, isNumeric, sayType } from './type.ts';

/** Every function that can be called, by name. */
export const SIGNATURES: ReadonlyMap<string, readonly Signature[]> = Map.groupBy(
  [...STANDARD_SIGNATURES, ...OWN_SIGNATURES],
  ({ name }) => name,
);

/** The type of a call; `check` gives the type of an argument. @throws CelError */
export function checkCall(call: CallNode, check: (arg: Ast) => CelType): CelType {
  const args = call.target === undefined ? call.args : [call.target, ...call.args];
  const types = args.map(check);
  const [left, right] = types;
  if (left !== undefined && right === undefined && call.name === '!_') return checkNot(call, left);
  if (left !== undefined && right === undefined && call.name === '-_') return negatedType(left) ?? fail(call, types);
  if (left !== undefined && right !== undefined && SYMBOLS.has(call.name)) return checkBinary(call, left, right);
  const signature = findSignature(call, types);
  checkLiterals(signature, args);
  return signature.result;
}

function checkNot(call: CallNode, operand: CelType): CelType {
  return operand.kind === 'bool' || operand.kind === 'dyn' ? BOOL : fail(call, [operand]);
}

function checkBinary(call: CallNode, left: CelType, right: CelType): CelType {
  if (ARITHMETIC.has(call.name)) return arithmeticType(call.name, left, right) ?? fail(call, [left, right]);
  if (ORDERING.has(call.name)) return canOrder(left, right) ? BOOL : fail(call, [left, right]);
  if (EQUALITY.has(call.name)) return canEqual(left, right) ? BOOL : neverEqual(call, left, right);
  return checkIn(call, left, right);
}

function checkIn(call: CallNode, item: CelType, holder: CelType): CelType {
  if (holder.kind === 'dyn') return BOOL;
  if (holder.kind === 'list') return canEqual(item, holder.element) ? BOOL : neverEqual(call, item, holder.element);
  const isKeyed = holder.kind === 'map' || holder.kind === 'object';
  return isKeyed && (item.kind === 'string' || item.kind === 'dyn') ? BOOL : fail(call, [item, holder]);
}

function neverEqual(call: CallNode, left: CelType, right: CelType): never {
  throw new CelError(call.offset, `${sayType(left)} is never equal to ${sayType(right)}`, adviceFor(left, right));
}

function fail(call: CallNode, types: readonly CelType[]): never {
  const symbol = SYMBOLS.get(call.name) ?? call.name;
  const words = types.length === 1 ? `${symbol}${sayType(types[0] ?? BOOL)}` : types.map(sayType).join(` ${symbol} `);
  throw new CelError(call.offset, `there is no ${words}`, adviceFor(types[0], types[1]));
}

function adviceFor(left: CelType | undefined, right: CelType | undefined): string | undefined {
  if (left?.kind === 'nullable' || right?.kind === 'nullable') return 'Guard against null first: … != null && …';
  const isMixed =
    left !== undefined && right !== undefined && isNumeric(left) && isNumeric(right) && left.kind !== right.kind;
  return isMixed ? 'A schema number is a double: write 1.0 instead of 1, or double(…).' : undefined;
}

function findSignature(call: CallNode, types: readonly CelType[]): Signature {
  const isMethod = call.target !== undefined;
  const named = SIGNATURES.get(call.name);
  if (named === undefined) throw unknownFunction(call);
  const found = named.find(
    ({ method, parameters }) =>
      method === isMethod &&
      parameters.length === types.length &&
      parameters.every((parameter, index) => takes(parameter, types[index] ?? BOOL)),
  );
  if (found !== undefined) return found;
  const given = `(${types.map(sayType).join(', ')})`;
  const known = named.map(saySignature).join(', ');
  throw new CelError(call.offset, `${call.name} does not take ${given}`, `It is ${known}.`);
}

function unknownFunction(call: CallNode): CelError {
  const meant = nearest(call.name, SIGNATURES.keys());
  const suggestion = meant === undefined ? undefined : `Did you mean ${meant}?`;
  return new CelError(call.offset, `unknown function ${JSON.stringify(call.name)}`, suggestion);
}

function checkLiterals({ name, literals }: Signature, args: readonly Ast[]): void {
  for (const [index, { required, check }] of literals ?? []) {
    const arg = args[index];
    if (arg === undefined) continue;
    const text = arg.kind === 'literal' && typeof arg.value === 'string' ? arg.value : undefined;
    if (text === undefined && required) throw new CelError(arg.offset, `${name} takes only a literal here`);
    const problem = text === undefined ? undefined : check(text);
    if (problem !== undefined) throw new CelError(arg.offset, `this ${problem}`);
  }
}
