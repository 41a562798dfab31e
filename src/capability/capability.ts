import type { ArgumentConstraints } from '../constraint/arguments.ts';
import type { TokenBudget, ToolLimits } from './token-budget.ts';

/** What a token grants of one tool. */
export interface ToolGrant {
  /** What arguments are granted; `undefined` = any. */
  readonly arguments: ArgumentConstraints | undefined;
  /** The tool definition that was consented to: SHA-256 in lower-case hex over RFC 8785, as `sallyport catalogue` prints it. */
  readonly schemaSha256?: string;
  /** The most the pinned tool may be able to do; absent = not restricted by the token. */
  readonly effects?: readonly string[];
  /** How much of it may be used with the token; absent = as much as else is allowed. */
  readonly limits?: ToolLimits;
}

/** Prompts or resources that a token grants, by exact name or URI. */
export interface NameGrant {
  /** `true` for `*`: every one of the server. */
  readonly all: boolean;
  readonly names: ReadonlySet<string>;
}

/**
 * What a token lets its holder do on one resource. Immutable.
 *
 * Every token format is read into this; the checks know no other.
 */
export interface Capability {
  /** Grants by exact tool name; `*` stands for every tool that is not named. */
  readonly tools: ReadonlyMap<string, ToolGrant>;
  readonly prompts: NameGrant;
  /** By exact URI. */
  readonly resources: NameGrant;
  /** How much may be used in all; absent = as much as else is allowed. */
  readonly budgets?: readonly TokenBudget[];
}

/** Grants no name. */
export const NO_NAMES: NameGrant = { all: false, names: new Set() };

/** Grants nothing: a token without a word about this resource. */
export const NOTHING: Capability = { tools: new Map(), prompts: NO_NAMES, resources: NO_NAMES };

/** The grant that covers the tool `name`: its own, else the one for `*`. */
export function toolGrantFor(capability: Capability, name: string): ToolGrant | undefined {
  // A tool that is really called "*" is not one a grant can single out.
  return capability.tools.get(name) ?? capability.tools.get('*');
}

/** Whether `grant` covers `name`. Exact comparison of code units, no normalisation. */
export function coversName(grant: NameGrant, name: string): boolean {
  return grant.all || grant.names.has(name);
}

/** Whether `capability` grants anything at all. */
export function grantsAnything({ tools, prompts, resources }: Capability): boolean {
  return tools.size > 0 || [prompts, resources].some(({ all, names }) => all || names.size > 0);
}
