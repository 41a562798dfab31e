import { isJsonArray, isJsonObject, type JsonValue } from '../kit/json.ts';
import { nameOfStep } from '../kit/json-pointer.ts';

/** The steps to values that are not kept; `*` stands for any name or index. */
export type OmittedPath = readonly string[];

/** What stands for a value that is not kept. */
export const OMITTED = '(omitted)';

/** The steps of a JSON Pointer. */
export function omittedPath(pointer: string): OmittedPath {
  return pointer.split('/').slice(1).map(nameOfStep);
}

/** `value` with `OMITTED` wherever one of `paths` leads; `value` itself when none leads anywhere. */
export function omitValues(value: JsonValue, paths: readonly OmittedPath[]): JsonValue {
  if (paths.length === 0) return value;
  if (paths.some((path) => path.length === 0)) return OMITTED;
  const below = (name: string): readonly OmittedPath[] =>
    paths.filter(([step]) => step === '*' || step === name).map((path) => path.slice(1));
  if (isJsonArray(value)) {
    const items = value.map((item, index) => omitValues(item, below(String(index))));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (!isJsonObject(value)) return value;
  const members = [...value].map(([name, member]) => [name, omitValues(member, below(name))] as const);
  return members.some(([name, member]) => member !== value.get(name)) ? new Map(members) : value;
}
