import type { Catalogue } from '../catalogue/catalogue.ts';
import { canonicalJson } from '../kit/canonical-json.ts';
import { fromPlain } from '../kit/json.ts';
import { serversOf } from './check-names.ts';
import type { Findings } from './findings.ts';
import { covers, type NamePattern } from './name-pattern.ts';
import { pathInArgs } from './path-in-args.ts';
import type { Rule } from './rule.ts';
import type { RuleMatch } from './rule-match.ts';
import { warnOfFallback } from './warn-of-fallback.ts';
import { placesOf } from './rule-places.ts';

/** Warns of rules that can be used and are probably not what was meant. */
export function lintRules(rules: readonly Rule[], catalogue: Catalogue, findings: Findings): void {
  for (const rule of rules) {
    warnOfNoMatch(rule, catalogue, findings);
    warnOfNoTests(rule, findings);
    warnOfSchemas(rule, findings);
    warnOfFallback(rule, catalogue, findings);
  }
  warnOfDead(rules, findings);
  warnOfTwins(rules, findings);
  warnOfUnpriced(rules, findings);
}

/** A budget of cost whose calls nobody prices refuses all of them. */
function warnOfUnpriced(rules: readonly Rule[], findings: Findings): void {
  const units = new Set(rules.flatMap(({ price }) => price?.unit ?? []));
  for (const { counts = [], source, path } of rules) {
    const unpriced = counts.find(({ kind, unit }) => kind === 'cost' && !units.has(unit ?? ''));
    if (unpriced === undefined) continue;
    const message = `no rule has a price in ${unpriced.unit}: the budget refuses every call.`;
    findings.warning(source, [...path, 'budget'], message, 'Add a rule with a price in that unit.');
  }
}

function warnOfNoMatch(rule: Rule, catalogue: Catalogue, findings: Findings): void {
  if (serversOf(rule, catalogue).some((server) => placesOf(rule.match, server).length > 0)) return;
  findings.warning(rule.source, [...rule.path, 'match'], 'nothing in the catalogue matches: the rule never applies.');
}

function warnOfNoTests({ written, effect, source, path }: Rule, findings: Findings): void {
  if ((written.tests ?? []).length > 0) return;
  if (effect === 'allow') {
    findings.warning(
      source,
      [...path, 'id'],
      'an allow rule without tests.',
      'Add a call that passes and one that does not.',
    );
  }
}

/** What in a schema of its own decides nothing, which the author of the rule could mend. */
function warnOfSchemas({ args, source, path }: Rule, findings: Findings): void {
  for (const { pointer, message } of args?.notes ?? []) {
    findings.warning(source, pathInArgs(path, pointer), message.endsWith('?') ? message : `${message}.`);
  }
}

/** A rule that allows only what an unconditional deny rule refuses. */
function warnOfDead(rules: readonly Rule[], findings: Findings): void {
  const bans = rules.filter(isBan);
  for (const rule of rules.filter(({ effect }) => effect === 'allow')) {
    const ban = bans.find(({ match }) => coversMatch(match, rule.match));
    if (ban === undefined) continue;
    findings.warning(rule.source, [...rule.path, 'id'], `the rule is dead: ${ban.id} denies all it could allow.`);
  }
}

function isBan({ effect, mode, written }: Rule): boolean {
  return effect === 'deny' && mode === 'enforce' && written.args === undefined && written.when === undefined;
}

/** Whether every call that `narrow` matches is matched by `wide` too. */
function coversMatch(wide: RuleMatch, narrow: RuleMatch): boolean {
  if (!coversNames(wide.server, narrow.server)) return false;
  if (!coversNames(wide.method, narrow.method) || !coversNames(wide.principal, narrow.principal)) return false;
  if (wide.target !== undefined) {
    if (narrow.target?.kind !== wide.target.kind || !covers(wide.target.names, narrow.target.names)) return false;
  }
  if (wide.effects === undefined) return true;
  return narrow.effects !== undefined && narrow.effects.isSubsetOf(wide.effects);
}

function coversNames(wide: NamePattern | undefined, narrow: NamePattern | undefined): boolean {
  if (wide === undefined) return true;
  return narrow !== undefined && covers(wide, narrow);
}

/** Rules that say the same in the same mode. */
function warnOfTwins(rules: readonly Rule[], findings: Findings): void {
  const first = new Map<string, Rule>();
  for (const rule of rules) {
    const {
      match,
      effect,
      args = null,
      when = null,
      let: lets = null,
      extra_args = null,
      limit = null,
      budget = null,
      price = null,
      fallback = null,
      mode,
    } = rule.written;
    const says = canonicalJson(
      fromPlain([rule.source.file, match, effect, args, when, lets, extra_args, limit, budget, price, fallback, mode]),
    );
    const known = first.get(says);
    if (known === undefined) first.set(says, rule);
    else
      findings.warning(
        rule.source,
        [...rule.path, 'id'],
        `the rule says what ${known.id} says.`,
        'Remove one of them.',
      );
  }
}
