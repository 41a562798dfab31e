import type { JsonObject } from '../kit/json.ts';

/** The `name` of a tool definition, empty when it has none. */
export function toolNameOf(definition: JsonObject): string {
  const name = definition.get('name');
  return typeof name === 'string' ? name : '';
}
