import { compileSchema, SchemaError, type SchemaValidator } from '../constraint/schema/compile-schema.ts';
import { isJsonObject, type JsonObject } from '../kit/json.ts';
import type { PinnedTool, Unusable } from './catalogue.ts';
import { headerParamsOf } from './header-params.ts';
import { toolNameOf } from './tool-name.ts';
import { hiddenCharacters } from './visible-text.ts';

/** What the operator said about a tool. */
export type ToolTraits = Pick<PinnedTool, 'risk' | 'effects' | 'idempotent' | 'durability' | 'classes'>;

/** A pin as the pins file has it. */
export interface PinnedToolInput extends ToolTraits, Pick<PinnedTool, 'definition' | 'pin' | 'patterns'> {}

/**
 * The tool that calls are checked against. A definition that cannot be enforced makes a tool that is refused, and says
 * why: one bad tool does not take its server down.
 */
export function pinnedTool(input: PinnedToolInput): PinnedTool {
  const name = toolNameOf(input.definition);
  const schema = input.definition.get('inputSchema');
  const refused = (unusable: string): PinnedTool => ({
    ...input,
    name,
    validator: { unusable },
    headerParams: new Map(),
  });
  if (hiddenCharacters(name).length > 0) return refused('Its name hides characters.');
  if (!isJsonObject(schema)) return refused('It has no inputSchema.');
  const params = headerParamsOf(schema);
  if (params.kind === 'invalid') return refused(params.message);
  return { ...input, name, validator: compile(schema, input.patterns), headerParams: params.headers };
}

function compile(schema: JsonObject, patterns?: ReadonlyMap<string, string>): SchemaValidator | Unusable {
  try {
    return compileSchema(schema, { closed: true, ...(patterns === undefined ? {} : { patterns }) });
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    return { unusable: `inputSchema${error.pointer}: ${error.message}` };
  }
}
