import { isJsonArray, isJsonObject, type JsonValue } from './json.ts';

/**
 * `value` with what `change` makes of each of its members or items, by its name or index; `value` itself when all stay as they are,
 * and when it has none.
 */
export function mapMembers(value: JsonValue, change: (member: JsonValue, step: string) => JsonValue): JsonValue {
  if (isJsonArray(value)) {
    const items = value.map((item, index) => change(item, String(index)));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (!isJsonObject(value)) return value;
  const members = [...value].map(([name, member]) => [name, change(member, name)] as const);
  return members.some(([name, member]) => member !== value.get(name)) ? new Map(members) : value;
}
