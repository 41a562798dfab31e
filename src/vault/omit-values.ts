import type { JsonValue } from '../kit/json.ts';
import { mapMembers } from '../kit/map-members.ts';

/** The steps to values that are not kept; `*` stands for any name or index. */
export type OmittedPath = readonly string[];

/** What stands for a value that is not kept. */
export const OMITTED = '(omitted)';

/** `value` with `OMITTED` wherever one of `paths` leads; `value` itself when none leads anywhere. */
export function omitValues(value: JsonValue, paths: readonly OmittedPath[]): JsonValue {
  if (paths.length === 0) return value;
  if (paths.some((path) => path.length === 0)) return OMITTED;
  const below = (name: string): readonly OmittedPath[] =>
    paths.filter(([step]) => step === '*' || step === name).map((path) => path.slice(1));
  return mapMembers(value, (member, step) => omitValues(member, below(step)));
}
