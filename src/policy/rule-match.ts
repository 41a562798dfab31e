import type { Target } from '../call/call.ts';
import type { JsonObject } from '../kit/json.ts';
import { isEverything, isNamed, type NamePattern, patternOf } from './name-pattern.ts';
import type { WrittenMatch } from './policy-file.ts';

/** Kinds of targets, as `Target` names them. */
export type TargetKind = Target['kind'];

/** A rule's `match`: every part that is there must fit. */
export interface RuleMatch {
  readonly server: NamePattern | undefined;
  /** Names of tools or prompts, or URIs of resources; `undefined` when any target fits. */
  readonly target: { readonly kind: 'tool' | 'prompt' | 'resource'; readonly names: NamePattern } | undefined;
  readonly method: NamePattern | undefined;
  readonly principal: NamePattern | undefined;
  readonly effects: ReadonlySet<string> | undefined;
}

/** What of a call is looked at beyond the index. */
export interface MatchInput {
  readonly method: string;
  readonly principal: JsonObject;
  readonly effects: readonly string[];
}

/** The compiled `match`. With several of tool, prompt and resource the first counts; lint refuses that before. */
export function ruleMatchOf({ server, tool, prompt, resource, method, principal, effects }: WrittenMatch): RuleMatch {
  return {
    server: server === undefined ? undefined : patternOf(server),
    target: targetOf(tool, prompt, resource),
    method: method === undefined ? undefined : patternOf(method),
    principal: principal === undefined ? undefined : patternOf(principal),
    effects: effects === undefined ? undefined : new Set(typeof effects === 'string' ? [effects] : effects),
  };
}

function targetOf(
  tool: WrittenMatch['tool'],
  prompt: WrittenMatch['prompt'],
  resource: WrittenMatch['resource'],
): RuleMatch['target'] {
  if (tool !== undefined) return { kind: 'tool', names: patternOf(tool) };
  if (prompt !== undefined) return { kind: 'prompt', names: patternOf(prompt) };
  if (resource !== undefined) return { kind: 'resource', names: patternOf(resource) };
  return undefined;
}

/** Whether a rule that the index found also fits method, caller and effects. */
export function fits({ method, principal, effects }: RuleMatch, input: MatchInput): boolean {
  if (method !== undefined && !isNamed(method, input.method)) return false;
  if (principal !== undefined && !isPrincipal(principal, input.principal)) return false;
  return effects === undefined || input.effects.some((effect) => effects.has(effect));
}

/**
 * Whether the caller is one of those named. `spiffe://…` is compared with the SPIFFE ID of the client certificate only,
 * `anonymous` names callers without a token, anything else is compared with `sub` only: an issuer that lets its users
 * choose `sub` cannot make one look like a workload or like nobody.
 */
function isPrincipal(pattern: NamePattern, principal: JsonObject): boolean {
  if (isEverything(pattern)) return true;
  const spiffe = principal.get('spiffe');
  if (typeof spiffe === 'string' && spiffe.startsWith('spiffe://') && isNamed(pattern, spiffe)) return true;
  if (principal.get('kind') === 'anonymous') return pattern.literals.has('anonymous');
  const subject = principal.get('subject');
  if (typeof subject !== 'string' || subject === 'anonymous' || subject.startsWith('spiffe://')) return false;
  return isNamed(pattern, subject);
}
