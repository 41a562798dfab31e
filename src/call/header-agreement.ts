import { isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';
import type { Target } from './call.ts';
import { agrees, decodeHeaderValue } from './header-value.ts';
import type { HeaderFacts } from './read-headers.ts';
import { refused, type Refused } from './refused.ts';

/** Lower-case `mcp-param-*` field → dotted path of the argument it repeats (`x-mcp-header` in the pinned schema). */
export type HeaderParams = ReadonlyMap<string, string>;

/** Whether a field that repeats something in the body must be there, or only must not contradict. */
export type Presence = 'required' | 'optional';

const NO_PARAMS: HeaderParams = new Map();

/** `Mcp-Method` against the method of the body. */
export function compareMethod(
  { single }: HeaderFacts,
  method: string | undefined,
  presence: Presence,
): Refused | undefined {
  return compare(single.get('mcp-method'), method, presence, 'mcp-method');
}

/** `Mcp-Name` against the name, URI or task id of the body. A target without a name allows no header. */
export function compareName({ single }: HeaderFacts, target: Target, presence: Presence): Refused | undefined {
  const value = single.get('mcp-name');
  const decoded = value === undefined ? undefined : decodeHeaderValue(value);
  if (value !== undefined && decoded === undefined) return mismatch('mcp-name');
  return compare(decoded, nameOf(target), presence, 'mcp-name');
}

/**
 * `Mcp-Param-*` against the arguments they repeat. A field that the pinned schema does not declare is refused, and so is
 * one for an argument that is absent or null.
 */
export function compareParams(
  { params }: HeaderFacts,
  declared: HeaderParams | undefined,
  args: JsonObject,
  presence: Presence,
): Refused | undefined {
  const expected = declared ?? NO_PARAMS;
  for (const field of params.keys()) if (!expected.has(field)) return mismatch('mcp-param-');
  for (const [field, path] of expected) {
    const flaw = compareParam(params.get(field), argumentAt(args, path), presence);
    if (flaw !== undefined) return flaw;
  }
  return undefined;
}

function compareParam(
  value: string | undefined,
  argument: JsonValue | undefined,
  presence: Presence,
): Refused | undefined {
  const given = argument !== undefined && argument !== null;
  if (value === undefined) return given && presence === 'required' ? mismatch('mcp-param-') : undefined;
  const decoded = decodeHeaderValue(value);
  return given && decoded !== undefined && agrees(decoded, argument) ? undefined : mismatch('mcp-param-');
}

function compare(
  said: string | undefined,
  meant: string | undefined,
  presence: Presence,
  field: string,
): Refused | undefined {
  if (said === undefined) return presence === 'required' && meant !== undefined ? mismatch(field) : undefined;
  return said === meant ? undefined : mismatch(field);
}

function mismatch(field: string): Refused {
  return refused('mcp.header-mismatch', field);
}

function nameOf(target: Target): string | undefined {
  if (target.kind === 'none') return undefined;
  if (target.kind === 'resource') return target.uri;
  return target.kind === 'task' ? target.id : target.name;
}

function argumentAt(args: JsonObject, path: string): JsonValue | undefined {
  let value: JsonValue | undefined = args;
  for (const name of path.split('.')) value = isJsonObject(value) ? value.get(name) : undefined;
  return value;
}
