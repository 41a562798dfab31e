import type { SourcePath, YamlSource } from '../source/yaml-source.ts';
import { blindConstraint } from './blind-constraint.ts';
import type { Findings } from './findings.ts';
import type { WrittenRule } from './policy-file.ts';

/** Reports conditions that do not go with the effect of their rule, or that nothing reads. */
export function checkConditions(rule: WrittenRule, source: YamlSource, path: SourcePath, findings: Findings): void {
  checkExtraArgs(rule, source, path, findings);
  if (rule.effect === 'require' && rule.args === undefined && rule.when === undefined) {
    findings.error(source, [...path, 'effect'], 'a requirement needs args or when.', 'Add what must hold.');
  }
  if (rule.let !== undefined && rule.when === undefined) {
    findings.errorAtKey(source, [...path, 'let'], 'nothing reads it without when.', 'Add when, or remove it.');
  }
  for (const name of Object.keys(rule.let ?? {})) {
    if (readsLet(rule, name)) continue;
    findings.errorAtKey(source, [...path, 'let', name], 'nothing reads it.', `Read let.${name}, or remove it.`);
  }
  if (rule.effect === 'deny' || rule.effect === 'limit') checkBlindConstraints(rule, source, path, findings);
}

function checkExtraArgs(rule: WrittenRule, source: YamlSource, path: SourcePath, findings: Findings): void {
  if (rule.extra_args === undefined) {
    if (rule.args === undefined || Object.keys(rule.args).length > 0 || rule.effect === 'allow') return;
    findings.errorAtKey(source, [...path, 'args'], 'it names no argument.', 'Remove it.');
    return;
  }
  const place = [...path, 'extra_args'];
  if (rule.effect === 'deny' || rule.effect === 'limit') {
    const message = `a ${rule.effect} rule looks only at the arguments it names.`;
    findings.errorAtKey(source, place, message, 'Remove it.');
  } else if (rule.args === undefined) {
    findings.errorAtKey(source, place, 'it says nothing without args.', 'Add args, or remove it.');
  }
}

/** Whether `let.NAME` is read by `when` or by a later `let`: by its text, which may err towards yes. */
function readsLet(rule: WrittenRule, name: string): boolean {
  const texts = [rule.when ?? '', ...Object.values(rule.let ?? {})];
  return texts.some((text) => new RegExp(`\\blet\\s*(\\.\\s*${name}\\b|\\[)`).test(text));
}

/** In a rule that refuses when its `args` hold, a constraint that cannot tell must not count as "does not hold". */
function checkBlindConstraints(rule: WrittenRule, source: YamlSource, path: SourcePath, findings: Findings): void {
  for (const [argument, spec] of Object.entries(rule.args ?? {})) {
    const blind = blindConstraint(spec);
    if (blind === undefined) continue;
    const message = `a ${rule.effect} rule cannot use ${blind.kind}: what it cannot tell would pass.`;
    findings.error(source, [...path, 'args', argument], message, blind.instead(argument));
  }
}
