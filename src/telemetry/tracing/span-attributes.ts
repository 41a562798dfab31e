import { boundText } from '../../kit/bound-text.ts';
import { ATTRIBUTE, type Alias, OLDER_NAMES, V1_37 } from './attribute-names.ts';
import type { AttributeValue, SpanAttributes } from './finished-span.ts';

/** An attribute by its name of today; left out without a value. */
export type Attribute = readonly [name: string, value: AttributeValue | undefined];

/** Under which names attributes are given: those of today, those of semantic conventions 1.37, or both and older ones too. */
export type AttributeNaming = 'current' | 'v1.37' | 'both';

const MAX_TEXT = 256;
const HTTP_METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'DELETE', 'HEAD', 'OPTIONS', 'PUT', 'PATCH']);

/** Attributes that have a value, bounded, under the names that are wished. A later one of the same name counts. */
export function named(attributes: readonly Attribute[], naming: AttributeNaming): SpanAttributes {
  const given: Record<string, AttributeValue> = {};
  for (const [name, value] of attributes) {
    if (value === undefined) continue;
    const bounded = typeof value === 'string' ? boundText(value, MAX_TEXT) : value;
    const aliases = naming === 'current' ? [] : aliasesOf(name, naming);
    // What 1.37 has no name for keeps that of today.
    if (naming !== 'v1.37' || aliases.length === 0) given[name] = bounded;
    for (const { name: alias, value: said } of aliases) given[alias] = said === undefined ? bounded : said(bounded);
  }
  return given;
}

function aliasesOf(name: string, naming: Exclude<AttributeNaming, 'current'>): readonly Alias[] {
  const of137 = V1_37.get(name) ?? [];
  return naming === 'v1.37' ? of137 : [...of137, ...(OLDER_NAMES.get(name) ?? []).map((older) => ({ name: older }))];
}

/** A method of HTTP that is known, or `undefined`: no caller makes names. */
export function knownMethod(method: string): string | undefined {
  return HTTP_METHODS.has(method) ? method : undefined;
}

/** `http.request.method` as the conventions want it. */
export function methodAttribute(method: string): Attribute {
  return [ATTRIBUTE.httpMethod, knownMethod(method) ?? '_OTHER'];
}

/** `server.address` and `server.port` of `host:port`; a path is an address alone. */
export function addressed(upstream: string | undefined): readonly Attribute[] {
  if (upstream === undefined) return [];
  const [, host, port] = /^\[?(.*?)\]?:(\d+)$/.exec(upstream) ?? [];
  if (host === undefined) return [[ATTRIBUTE.serverAddress, upstream]];
  return [
    [ATTRIBUTE.serverAddress, host],
    [ATTRIBUTE.serverPort, Number(port)],
  ];
}
