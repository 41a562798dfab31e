import { compileArguments, type JudgedArguments } from '../constraint/arguments.ts';
import { ConstraintError } from '../constraint/constraint.ts';
import { fromPlain, isJsonObject, type JsonObject } from '../kit/json.ts';
import type { SourcePath } from '../source/yaml-source.ts';
import { checkConditions } from './check-conditions.ts';
import { checkMatch } from './check-match.ts';
import type { Findings } from './findings.ts';
import { countTemplatesOf, priceOf } from './count-template.ts';
import { type LimitTemplate, limitTemplateOf } from './limit-template.ts';
import { pathInArgs } from './path-in-args.ts';
import type { WrittenLimit, WrittenRule } from './policy-file.ts';
import { readFallback } from './read-fallback.ts';
import type { PolicySource } from './policy-source.ts';
import type { Effect, Rule } from './rule.ts';
import { ruleMatchOf } from './rule-match.ts';
import { effectOf } from './unavailable.ts';

/** Reads one rule without looking at the catalogue; `undefined` when it has errors, which are then in `findings`. */
export function readRule(policy: PolicySource, index: number, findings: Findings): Rule | undefined {
  const written = policy.file.rules[index];
  if (written === undefined) return undefined;
  const { source } = policy;
  const path = ['rules', index];
  const errorsBefore = findings.errorCount;
  const effect = effectOf(written, source, path, findings);
  if (effect === undefined) return undefined;
  checkMatch(written.match, source, path, findings);
  checkConditions(written, source, path, findings);
  const args = readArgs(policy, path, written, effect, findings);
  const limit = readLimit(policy, path, written, effect, findings);
  const fallback = readFallback(policy, path, written, effect, findings);
  checkPriority(policy, path, written, effect, findings);
  if (findings.errorCount > errorsBefore) return undefined;
  const { id, mode, message, priority } = written;
  const match = ruleMatchOf(written.match);
  const metered = { counts: countTemplatesOf(written), ...priceOf(written) };
  return { id, effect, mode, match, args, message, limit, fallback, priority, ...metered, written, source, path };
}

/** The spec of `args`, as JSON. */
function argsSpecOf({ args }: WrittenRule): JsonObject {
  const spec = fromPlain(args ?? {});
  return isJsonObject(spec) ? spec : new Map();
}

function readArgs(
  { source }: PolicySource,
  path: SourcePath,
  written: WrittenRule,
  effect: Effect,
  findings: Findings,
): JudgedArguments | undefined {
  if (written.args === undefined) return undefined;
  // Only `allow` says which arguments there may be; the other effects look at the ones they name.
  const extraArgs = written.extra_args ?? (effect === 'allow' ? 'deny' : 'allow');
  try {
    return compileArguments(argsSpecOf(written), extraArgs, objectsOf(effect));
  } catch (error) {
    if (!(error instanceof ConstraintError)) throw error;
    findings.error(source, pathInArgs(path, error.pointer), `${error.message}.`, error.suggestion);
    return undefined;
  }
}

/** Where a rule refuses or counts what its schemas accept, one more member must not take a call out of it. */
function objectsOf(effect: Effect): 'closed' | 'open' {
  return effect === 'deny' || effect === 'limit' ? 'open' : 'closed';
}

function readLimit(
  { source }: PolicySource,
  path: SourcePath,
  written: WrittenRule,
  effect: Effect,
  findings: Findings,
): LimitTemplate | undefined {
  const { limit, budget, mode } = written;
  if (effect !== 'limit') return refuseLimits({ source, path, written, findings });
  if (mode === 'shadow') {
    findings.error(
      source,
      [...path, 'mode'],
      'a limit cannot be a shadow: it takes tokens or it does not.',
      'Remove mode.',
    );
  }
  if (LIMITS.every((field) => written[field] === undefined)) {
    const suggestion = 'Add limit: { burst: 10, per_minute: 60 }, or a budget or price.';
    findings.error(source, [...path, 'effect'], 'a rule with effect limit needs its limit.', suggestion);
  }
  if (budget !== undefined && budget.calls === undefined && budget.cost === undefined) {
    const suggestion = 'Add calls or cost.';
    findings.error(source, [...path, 'budget'], 'a budget says how much there is.', suggestion);
  }
  if (written.price?.reply !== undefined && written.price.meta !== undefined) {
    findings.error(source, [...path, 'price', 'meta'], 'a price stands in one place of the reply.', 'Remove one.');
  }
  if (limit === undefined) return undefined;
  if (limit.adaptive && !isOfOneServer(limit.by, written.match.server)) {
    const suggestion = 'Add by: [server], or match one server.';
    const message = 'one bucket of several servers cannot follow the health of each.';
    findings.errorAtKey(source, [...path, 'limit', 'adaptive'], message, suggestion);
  }
  const template = limitTemplateOf(limit);
  if (!('message' in template)) return template.tiers.length === 0 ? undefined : template;
  findings.error(source, [...path, 'limit', ...template.at], template.message, template.suggestion);
  return undefined;
}

/** What only a rule with effect limit has. */
const LIMITS = ['limit', 'budget', 'price'] as const;

interface RuleAt {
  readonly source: PolicySource['source'];
  readonly path: SourcePath;
  readonly written: WrittenRule;
  readonly findings: Findings;
}

function refuseLimits({ source, path, written, findings }: RuleAt): undefined {
  for (const field of LIMITS) {
    if (written[field] === undefined) continue;
    findings.errorAtKey(source, [...path, field], `only a rule with effect limit has a ${field}.`, 'Remove it.');
  }
}

/** Whether every bucket of a limit is of one server. */
function isOfOneServer(by: WrittenLimit['by'], server: WrittenRule['match']['server']): boolean {
  if (by.includes('server') || by.includes('tool')) return true;
  const named = typeof server === 'string' ? [server] : (server ?? []);
  return named.length === 1 && !named.some((name) => name.endsWith('*'));
}

/** A class is of who calls what: the caller's next call is put into it before its arguments are read. */
function checkPriority(
  { source }: PolicySource,
  path: SourcePath,
  { priority, mode, args }: WrittenRule,
  effect: Effect,
  findings: Findings,
): void {
  if (effect !== 'priority') {
    if (priority === undefined) return;
    const message = 'only a rule with effect priority has a priority.';
    return findings.errorAtKey(source, [...path, 'priority'], message, 'Remove it.');
  }
  if (priority === undefined) {
    const suggestion = 'Add priority: interactive, batch or speculative.';
    findings.error(source, [...path, 'effect'], 'a rule with effect priority needs its priority.', suggestion);
  }
  if (mode === 'shadow') {
    findings.error(source, [...path, 'mode'], 'a priority cannot be a shadow: it refuses nothing.', 'Remove mode.');
  }
  if (args === undefined) return;
  const message = 'a priority rule says who calls what, whatever the arguments are.';
  findings.errorAtKey(source, [...path, 'args'], message, 'Remove it.');
}
