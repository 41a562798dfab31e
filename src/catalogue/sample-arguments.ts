import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';
import { isUsable, type PinnedTool } from './catalogue.ts';

/** Deepest object that is made up. */
const MAX_DEPTH = 6;

/**
 * Arguments that the tool accepts, made up from its pinned schema: only what is required, the first or shortest value.
 *
 * @returns `undefined` when what was made up does not pass the tool's own validator.
 */
export function sampleArguments(tool: PinnedTool): JsonObject | undefined {
  const schema = tool.definition.get('inputSchema');
  if (!isUsable(tool) || !isJsonObject(schema)) return undefined;
  const sample = sampleObject(schema, 0);
  return tool.validator.validate(sample) === undefined ? sample : undefined;
}

function sampleObject(schema: JsonObject, depth: number): JsonObject {
  const required = schema.get('required');
  const properties = schema.get('properties');
  if (!isJsonArray(required) || !isJsonObject(properties) || depth > MAX_DEPTH) return new Map();
  const names = required.filter((name) => typeof name === 'string');
  return new Map(names.map((name) => [name, sampleValue(properties.get(name), depth + 1)]));
}

function sampleValue(schema: JsonValue | undefined, depth: number): JsonValue {
  if (!isJsonObject(schema)) return 'text';
  for (const given of ['const', 'default']) {
    const value = schema.get(given);
    if (value !== undefined) return value;
  }
  for (const list of ['enum', 'examples']) {
    const values = schema.get(list);
    if (isJsonArray(values) && values[0] !== undefined) return values[0];
  }
  return sampleOfType(schema, depth);
}

function sampleOfType(schema: JsonObject, depth: number): JsonValue {
  const type = schema.get('type');
  switch (isJsonArray(type) ? type[0] : type) {
    case 'object':
      return sampleObject(schema, depth);
    case 'array':
      return sampleArray(schema, depth);
    case 'integer':
    case 'number':
      return numberOf(schema, 'minimum') ?? 1;
    case 'boolean':
      return false;
    case 'null':
      return null;
    default:
      return 'text'.padEnd(Math.min(numberOf(schema, 'minLength') ?? 0, 1000), 'x');
  }
}

function sampleArray(schema: JsonObject, depth: number): JsonValue {
  const length = Math.min(numberOf(schema, 'minItems') ?? 0, 10);
  return depth > MAX_DEPTH ? [] : Array.from({ length }, () => sampleValue(schema.get('items'), depth + 1));
}

function numberOf(schema: JsonObject, keyword: string): number | undefined {
  const value = schema.get(keyword);
  return typeof value === 'number' ? value : undefined;
}
