import type { PriorityRange } from '../call/priority.ts';
import type { Problem } from '../kit/problem.ts';
import type { ClassRule } from './class-rules.ts';
import { combine } from './combine.ts';
import { meteringOf } from './metering-of.ts';
import type { MutableBindings } from './condition.ts';
import { bindingsOf } from './environment.ts';
import type { FallbackSpec } from './fallback-spec.ts';
import { type Judgement, judgeCall } from './judge.ts';
import { limitSpecOf, type LimitSurroundings } from './limit-template.ts';
import { type LimitView, limitViewOf } from './limit-view.ts';
import { isPlainUri } from './plain-uri.ts';
import { isNamed } from './name-pattern.ts';
import type { DecisionBase, PolicyDecision, PolicyInput, PolicySet, Reach, ReachInput } from './policy-set.ts';
import { priorityOf, priorityRange } from './priority-range.ts';
import { reachOf } from './reach.ts';
import { readArguments } from './read-arguments.ts';
import type { Rule, ScopedRule } from './rule.ts';
import type { RuleIndex } from './rule-index.ts';
import { fits } from './rule-match.ts';
import { shadowOf } from './shadow.ts';

/** A policy set that also tells how it came to its answer: for tests of rules and explanations. */
export class CompiledPolicies implements PolicySet {
  readonly digest: string;
  readonly warnings: readonly Problem[];
  /** In file order. */
  readonly rules: readonly Rule[];
  /** What the files make stricter of arguments. */
  readonly classes: readonly ClassRule[];
  readonly #index: RuleIndex;
  readonly #surroundings: LimitSurroundings;

  constructor(
    digest: string,
    warnings: readonly Problem[],
    rules: readonly Rule[],
    index: RuleIndex,
    surroundings: LimitSurroundings,
    classes: readonly ClassRule[] = [],
  ) {
    this.classes = classes;
    this.digest = digest;
    this.warnings = warnings;
    this.rules = rules;
    this.#index = index;
    this.#surroundings = surroundings;
  }

  decide(input: PolicyInput): PolicyDecision {
    if (this.isAmbiguous(input)) {
      return { kind: 'denied', reason: 'policy.ambiguous-resource', rules: [], shadow: [], readArguments: new Map() };
    }
    const matching = this.matching(input);
    const judgements = this.judge(matching, input);
    const enforced = judgements.filter(({ rule }) => rule.mode === 'enforce');
    const answer = combine(enforced, input.housekeeping);
    const base: DecisionBase = {
      rules: enforced.map(({ rule }) => rule.id),
      shadow: shadowOf(answer, judgements, input.housekeeping),
      readArguments: readArguments(matching, input.args),
    };
    if (answer.kind !== 'allowed') return { ...answer, ...base };
    const limits = limitsOf(enforced, input, this.#surroundings);
    const metering = meteringOf(enforced, input, this.#surroundings);
    const priority = priorityOf(enforced);
    const metered = metering === undefined ? {} : { metering };
    const classed = priority === undefined ? {} : { priority };
    return { ...answer, ...base, limits, ...metered, ...classed, ...fallbacksOf(enforced) };
  }

  /** Whether the call names a resource by a URI that has other spellings, where rules tell resources apart by theirs. */
  isAmbiguous(input: PolicyInput): boolean {
    const uri = uriOf(input);
    return uri !== undefined && this.#isAmbiguous(input.server, uri);
  }

  /** The rules that match a call, shadow rules too. */
  matching(input: PolicyInput): readonly ScopedRule[] {
    return this.#index.find(input.server, input.target, input.method).filter(({ rule }) => fits(rule.match, input));
  }

  /** What each of the matching rules says. `bindings` are those of the call unless a test leaves some out. */
  judge(
    matching: readonly ScopedRule[],
    input: PolicyInput,
    bindings: MutableBindings = bindingsOf(input),
  ): readonly Judgement[] {
    return matching.map((scoped) => judgeCall(scoped, input, bindings));
  }

  reach(input: ReachInput): Reach {
    const { server, target } = input;
    if (target.kind === 'resource' && this.#isAmbiguous(server, target.uri)) {
      return { kind: 'never', because: 'ambiguous URI' };
    }
    return reachOf(this.#index.findEntry(server, target), input);
  }

  /** The limits that the rules have, in file order. */
  limits(): readonly LimitView[] {
    return this.rules.flatMap((rule) =>
      rule.limit === undefined ? [] : [limitViewOf(rule, rule.limit, this.#surroundings)],
    );
  }

  priorities(server: string): PriorityRange {
    const matching = this.rules.filter(({ match }) => match.server === undefined || isNamed(match.server, server));
    return priorityRange(matching);
  }

  /** Whether rules tell resources of the server apart by URI, and this one has other spellings. */
  #isAmbiguous(server: string, uri: string): boolean {
    return this.#index.tellsResourcesApart(server) && !isPlainUri(uri);
  }
}

/** The URI that a call names, in which a template to be completed has its variables filled in with something. */
function uriOf({ target, method }: PolicyInput): string | undefined {
  if (target.kind !== 'resource') return undefined;
  return method === 'completion/complete' ? target.uri.replaceAll(/\{[^{}]*\}/g, 'x') : target.uri;
}

function fallbacksOf(judgements: readonly Judgement[]): { readonly fallbacks?: readonly FallbackSpec[] } {
  const fallbacks = judgements.flatMap(({ rule, outcome }) =>
    rule.fallback !== undefined && outcome.kind === 'holds' ? [rule.fallback] : [],
  );
  return fallbacks.length === 0 ? {} : { fallbacks };
}

function limitsOf(judgements: readonly Judgement[], input: PolicyInput, surroundings: LimitSurroundings) {
  return judgements.flatMap(({ rule, outcome }) =>
    rule.limit !== undefined && outcome.kind === 'holds' ? [limitSpecOf(rule, rule.limit, input, surroundings)] : [],
  );
}
