import type { SourcePath, YamlSource } from '../source/yaml-source.ts';
import { blindConstraint } from './blind-constraint.ts';
import { TAKEN_NAMES } from './environment.ts';
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
  checkLetNames(rule, source, path, findings);
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

function checkLetNames(rule: WrittenRule, source: YamlSource, path: SourcePath, findings: Findings): void {
  const entries = Object.entries(rule.let ?? {});
  for (const [index, [name]] of entries.entries()) {
    const place = [...path, 'let', name];
    if (TAKEN_NAMES.has(name)) findings.errorAtKey(source, place, 'the name is taken.', 'Choose another one.');
    // By text, which may err towards "is read".
    const later = [...entries.slice(index + 1).map(([, text]) => text), rule.when ?? ''];
    if (later.some((text) => new RegExp(`\\b${name}\\b`).test(text))) continue;
    findings.errorAtKey(source, place, 'nothing reads it.', `Read ${name} in when or in a later let, or remove it.`);
  }
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
