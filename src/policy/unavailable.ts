import type { SourcePath, YamlSource } from '../source/yaml-source.ts';
import type { Findings } from './findings.ts';
import type { WrittenRule } from './policy-file.ts';
import type { Effect } from './rule.ts';

/** Fields of a rule that parse and that this version cannot carry out, with what they are. */
const LATER = [
  ['approve', 'approvals'],
  ['redact', 'redactions of replies'],
  ['reply', 'rules on replies'],
] as const;

/**
 * The effect of a rule, or `undefined` when it asks for something that is not there yet: naming a later feature is an
 * error, never a rule without it.
 */
export function effectOf(
  rule: WrittenRule,
  source: YamlSource,
  path: SourcePath,
  findings: Findings,
): Effect | undefined {
  const fields = LATER.filter(([field]) => rule[field] !== undefined);
  for (const [field, what] of fields) {
    findings.errorAtKey(source, [...path, field], `${what} are not available in this version.`, 'Remove it.');
  }
  if (rule.match.operation !== undefined) {
    const message = 'operations of plain HTTP tools are not available in this version.';
    findings.errorAtKey(source, [...path, 'match', 'operation'], message, 'Use tool or method.');
  }
  if (rule.effect !== 'approve' && rule.effect !== 'redact') {
    return fields.length > 0 || rule.match.operation !== undefined ? undefined : rule.effect;
  }
  const what = new Map<string, string>(LATER).get(rule.effect) ?? rule.effect;
  const suggestion = 'Use allow, require, deny, limit or fallback.';
  findings.error(source, [...path, 'effect'], `${what} are not available in this version.`, suggestion);
  return undefined;
}
