import { isJsonArray, isJsonObject, type JsonValue } from '../../kit/json.ts';
import type { Work } from '../work.ts';

/** Work of one item, one member, one name that the engine has not met in this value, and one code unit of text. */
const UNITS = { item: 3, member: 20, newName: 75, codeUnit: 0.125 } as const;

/**
 * Takes the work of copying a value and walking through it, whatever the schema says: 10 000 members of different names,
 * or 30 000 of the same few.
 *
 * @throws CannotTellError when it is more than there is.
 */
export function spendOnReading(value: JsonValue, work: Work, names: Set<string> = new Set()): void {
  if (typeof value === 'string') work.spend(UNITS.codeUnit * value.length);
  if (isJsonArray(value)) {
    work.spend(UNITS.item * value.length);
    for (const item of value) spendOnReading(item, work, names);
  }
  if (!isJsonObject(value)) return;
  work.spend(UNITS.member * (value.size + 1));
  for (const [name, member] of value) {
    if (!names.has(name)) work.spend(UNITS.newName);
    names.add(name);
    spendOnReading(member, work, names);
  }
}
