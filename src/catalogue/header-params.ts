import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';

/** Header names from `x-mcp-header`, or the sentence that says why the annotation is invalid. */
export type DeclaredHeaders =
  | { readonly kind: 'headers'; readonly headers: ReadonlyMap<string, string> }
  | { readonly kind: 'invalid'; readonly message: string };

/** RFC 9110 §5.6.2 `token`, at most 128 characters. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/;
/** Types whose values a header can repeat exactly. */
const TYPES: readonly JsonValue[] = ['string', 'integer', 'boolean'];
/** Keywords that hold data, not schemas: an annotation there is just text. */
const DATA: ReadonlySet<string> = new Set(['default', 'const', 'enum', 'examples']);

/**
 * The arguments that a 2026-07-28 client repeats in `Mcp-Param-*` headers: lower-case header name → dotted argument path.
 *
 * An annotation counts on a string, integer or boolean property that is reached through `properties` alone, under a name
 * that is unique without case (Streamable HTTP, "Custom headers"). Anywhere else it makes the definition invalid: clients
 * drop such a tool.
 */
export function headerParamsOf(inputSchema: JsonObject): DeclaredHeaders {
  const headers = new Map<string, string>();
  const message = collect(inputSchema, [], headers);
  return message === undefined ? { kind: 'headers', headers } : { kind: 'invalid', message };
}

function collect(schema: JsonObject, path: readonly string[], headers: Map<string, string>): string | undefined {
  if (schema.has('x-mcp-header')) {
    const fault = declare(schema, path, headers);
    if (fault !== undefined) return fault;
  }
  for (const [keyword, value] of schema) {
    if (DATA.has(keyword) || keyword === 'x-mcp-header') continue;
    const fault = keyword === 'properties' ? collectProperties(value, path, headers) : findElsewhere(value, keyword);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function collectProperties(
  value: JsonValue,
  path: readonly string[],
  headers: Map<string, string>,
): string | undefined {
  if (!isJsonObject(value)) return undefined;
  for (const [name, property] of value) {
    const fault = isJsonObject(property) ? collect(property, [...path, name], headers) : undefined;
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function declare(schema: JsonObject, path: readonly string[], headers: Map<string, string>): string | undefined {
  const name = schema.get('x-mcp-header');
  if (path.length === 0) return 'x-mcp-header stands on the whole schema.';
  if (typeof name !== 'string' || !TOKEN.test(name)) return 'x-mcp-header is not an HTTP token.';
  if (!TYPES.includes(schema.get('type') ?? null))
    return 'x-mcp-header stands on something else than a string, integer or boolean.';
  if (path.some((step) => step.includes('.')))
    return 'x-mcp-header stands on a property whose path has a dot in a name.';
  const header = `mcp-param-${name.toLowerCase()}`;
  if (headers.has(header)) return 'two x-mcp-header annotations differ only by case.';
  headers.set(header, path.join('.'));
  return undefined;
}

/** An annotation below another keyword than `properties` is not one that a client can follow. */
function findElsewhere(value: JsonValue, keyword: string): string | undefined {
  if (isJsonArray(value)) return firstFault(value, keyword);
  if (!isJsonObject(value)) return undefined;
  if (value.has('x-mcp-header')) return `x-mcp-header stands below ${JSON.stringify(keyword.slice(0, 64))}.`;
  return firstFault(
    [...value].filter(([name]) => !DATA.has(name)).map(([, member]) => member),
    keyword,
  );
}

function firstFault(values: readonly JsonValue[], keyword: string): string | undefined {
  for (const value of values) {
    const fault = findElsewhere(value, keyword);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
