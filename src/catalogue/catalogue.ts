import type { FieldClass } from '../call/field-classes.ts';
import type { JsonObject } from '../kit/json.ts';
import type { SchemaValidator } from '../constraint/schema/compile-schema.ts';
import type { ServerConfig } from './config.ts';

/** How much a wrong call of a tool could cost. */
export const RISKS = ['low', 'medium', 'high'] as const;
export type Risk = (typeof RISKS)[number];

/** What a call of a tool can do. */
export const EFFECTS = ['read', 'write', 'network', 'execute', 'destructive'] as const;
export type Effect = (typeof EFFECTS)[number];

/** How safe the record of a call must be before the call may pass (DESIGN §8). */
export const DURABILITIES = ['strict', 'bounded', 'best_effort'] as const;
export type Durability = (typeof DURABILITIES)[number];

/** Why a pinned definition cannot be enforced. Its tool is refused (`tool.unusable`) until the operator pins another. */
export interface Unusable {
  /** A sentence for the operator. */
  readonly unusable: string;
}

/** A tool as the operator accepted it. */
export interface PinnedTool {
  readonly name: string;
  /** The whole definition, as it was on the wire. */
  readonly definition: JsonObject;
  /** SHA-256 in hex over RFC 8785 of `definition`. */
  readonly pin: string;
  readonly risk: Risk;
  readonly effects: readonly Effect[];
  /** Whether the same call twice has the effect of once. */
  readonly idempotent: boolean;
  readonly durability: Durability;
  /** RE2 replacements for patterns of the schema that RE2 cannot compile: pattern → replacement. */
  readonly patterns?: ReadonlyMap<string, string>;
  /** What the operator said may become of arguments, by JSON Pointer; `*` is every member or item. */
  readonly classes?: ReadonlyMap<string, FieldClass>;
  /** Checks arguments in the closed world of the pinned `inputSchema`, or says why nothing can. */
  readonly validator: SchemaValidator | Unusable;
  /** Lower-case `mcp-param-*` header name → dotted path of the argument it repeats (2026-07-28, `x-mcp-header`). */
  readonly headerParams: ReadonlyMap<string, string>;
}

/** A tool server and what may be called on it. */
export interface CatalogueServer {
  readonly name: string;
  readonly config: ServerConfig;
  /** Accepted tools by name. */
  readonly tools: ReadonlyMap<string, PinnedTool>;
}

/** Every configured tool server. Immutable: a reload makes another one. */
export interface Catalogue {
  readonly servers: ReadonlyMap<string, CatalogueServer>;
  /** SHA-256 in hex over everything that a decision reads here: which catalogue a record was decided with. */
  readonly digest: string;
}

/** Whether the tool has something to check arguments with. */
export function isUsable(tool: PinnedTool): tool is PinnedTool & { readonly validator: SchemaValidator } {
  return 'validate' in tool.validator;
}
